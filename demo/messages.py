"""A request that was read and an answer that will be sent; no socket, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Request:
    """A parsed request; the names of `headers` are in lower case, `host` is without its port."""

    method: str
    target: str
    host: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
