"""Fields of a frozen dataclass that are worked out when they are first read.

In: a value, or a function that gives it. Out: the value. A field that `keeps` its value works it out once; one that
does not asks its function each time, which is then free to forget.
"""

from collections.abc import Callable
from typing import Generic, TypeVar, cast

T = TypeVar("T")


class Deferred(Generic[T]):
    """`body: Deferred[bytes] = Deferred(b"")`: the constructor takes bytes or a function without arguments."""

    def __init__(self, default: T, *, keeps: bool = True) -> None:
        self._default = default
        self._keeps = keeps
        self._slot = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._slot = f"_{name}"

    def __get__(self, instance: object | None, owner: type) -> T:
        if instance is None:  # how a dataclass asks for the default
            return self._default
        value = instance.__dict__[self._slot]
        if not callable(value):
            return cast(T, value)
        made = cast(T, value())
        if self._keeps:
            instance.__dict__[self._slot] = made
        return made

    def __set__(self, instance: object, value: T | Callable[[], T]) -> None:
        # dataclasses.field(default=Deferred(...)) hands over the descriptor itself where nothing was given
        instance.__dict__[self._slot] = self._default if isinstance(value, Deferred) else value
