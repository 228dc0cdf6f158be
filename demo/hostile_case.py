"""What a hostile case is: a host that harms in one way, and ordinary pages beside it that must come home all the same.

In: nothing. Out: `HostileCase`, which the modules `hostile_*` make and `demo.hostile` gathers.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from demo.wire import Behaviour

HOSTILE_DOMAIN = "hostile.kommuneby.test"
SIDES = ("/side-1.html", "/side-2.html")


class Certificate(enum.StrEnum):
    """How a host's certificate is; most hosts have none and speak http."""

    NONE = "none"
    GOOD = "good"
    EXPIRED = "expired"
    SELF_SIGNED = "self-signed"
    WRONG_NAME = "wrong-name"


@dataclass(frozen=True, kw_only=True)
class HostileCase:
    """One case on one host.

    Attributes:
        id: as the list of hostile cases numbers it; a letter tells variants apart.
        does: what the host does, in a sentence.
        behaviours: what it answers, by path; a path that ends with `*` stands for all that begin so.
        hrefs: what its front page links to beside the two ordinary pages; by default every path of `behaviours`.
        is_intact: the two ordinary pages must be archived. Where not, the case shuts them off.
        more_content: further paths that must be archived.
        closed_paths: paths that must never be asked for.
        unkept_paths: paths whose body must not be kept.
        robots: its robots.txt, where that is an ordinary file.
        seeds: paths at which its crawl begins.
        shares_with: the id of the case on whose address it lives.
        is_slow: a crawler that does as it is told takes minutes for it.
        certificate: other than NONE, it is reached by https, and served only where the web has TLS.
        other_hosts: further hosts of the same site, with the address they resolve to; "" is that of the case.
        host_name: its host, where that is not made from its id.
    """

    id: str
    does: str
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict, repr=False)
    hrefs: tuple[str, ...] | None = None
    is_intact: bool = True
    more_content: tuple[str, ...] = ()
    closed_paths: tuple[str, ...] = ()
    unkept_paths: tuple[str, ...] = ()
    robots: str = "User-agent: *\nDisallow:\n"
    seeds: tuple[str, ...] = ("/",)
    shares_with: str = ""
    is_slow: bool = False
    certificate: Certificate = Certificate.NONE
    other_hosts: Mapping[str, str] = field(default_factory=dict)
    host_name: str = ""

    @property
    def host(self) -> str:
        return self.host_name or f"{self.id.lower()}.{HOSTILE_DOMAIN}"

    @property
    def scheme(self) -> str:
        return "http" if self.certificate is Certificate.NONE else "https"

    @property
    def needs_tls(self) -> bool:
        return self.scheme == "https"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(self.behaviours)

    @property
    def links(self) -> tuple[str, ...]:
        """What the front page links to beside the ordinary pages."""
        if self.hrefs is not None:
            return self.hrefs
        return tuple(path.rstrip("*") for path in self.behaviours if path not in ("/robots.txt", "/"))

    @property
    def content(self) -> tuple[str, ...]:
        """URLs that must be archived, byte for byte."""
        sides = SIDES if self.is_intact else ()
        return tuple(f"{self.origin}{path}" for path in (*sides, *self.more_content))

    @property
    def closed(self) -> tuple[str, ...]:
        return tuple(f"{self.origin}{path}" for path in self.closed_paths)

    @property
    def unkept(self) -> tuple[str, ...]:
        return tuple(f"{self.origin}{path}" for path in self.unkept_paths)

    def behaviour(self, target: str) -> Behaviour | None:
        """What answers a path and query; None where the page is an ordinary one."""
        path = target.partition("?")[0]
        exact = self.behaviours.get(target) or self.behaviours.get(path)
        begun = (each for key, each in self.behaviours.items() if key.endswith("*") and target.startswith(key[:-1]))
        return exact or next(begun, None)
