"""What happens to whole sites over the quarters: how honest they are, and which of them fail when.

In: a site. Out: its `SiteLife`. What happens to single pages is drawn in `demo.changes`; nothing is answered here.
"""

import enum
from dataclasses import dataclass, replace

from demo.places import PretendSite, SiteKind


class Validators(enum.StrEnum):
    """What a site's ETag and Last-Modified are worth."""

    HONEST = "honest"
    LYING = "lying"  # on some pages they stay although the text changed
    WEAK = "weak"
    EACH_QUARTER = "each-quarter"  # the ETag changes without a cause
    EACH_REQUEST = "each-request"  # so often that it never fits
    NONE = "none"


class Lastmod(enum.StrEnum):
    """What the dates in a site's sitemap are worth."""

    HONEST = "honest"
    NOW = "now"
    NEVER = "never"


class Incident(enum.StrEnum):
    """What all addresses of a host answer in a bad quarter."""

    SILENT = "silent"  # the connection is closed
    BUSY = "busy"  # 503
    WALL = "wall"  # a challenge with 403; only robots.txt is still there


@dataclass(frozen=True, kw_only=True)
class SiteLife:
    """The fate of one site.

    Attributes:
        incident, bad_quarters: what goes wrong, and when.
        relaunch_quarter: when all addresses but the front page's are new; 0: never.
        has_soft_errors: what is not there is said with status 200.
        shell_quarters: when the shell of all its pages changes.
        island_quarter: when a theme of its own loses its only link; 0: it has none.
    """

    validators: Validators = Validators.HONEST
    lastmod: Lastmod = Lastmod.HONEST
    incident: Incident = Incident.BUSY
    bad_quarters: tuple[int, ...] = ()
    relaunch_quarter: int = 0
    has_soft_errors: bool = False
    shell_quarters: tuple[int, ...] = ()
    island_quarter: int = 0

    @property
    def missing_status(self) -> int:
        return 200 if self.has_soft_errors else 404

    def last_shell_quarter(self, quarter_index: int) -> int:
        return max((quarter for quarter in self.shell_quarters if quarter <= quarter_index), default=0)

    def incident_in(self, quarter_index: int) -> Incident | None:
        return self.incident if quarter_index in self.bad_quarters else None

    def is_relaunched_by(self, quarter_index: int) -> bool:
        return 0 < self.relaunch_quarter <= quarter_index

    def is_upset_within(self, first: int, last: int) -> bool:
        """Whether its crawl of one of these quarters cannot be published."""
        return any(first <= quarter <= last for quarter in (*self.bad_quarters, self.relaunch_quarter) if quarter)


QUIET = SiteLife()
# The municipalities in turn. The fifth and the sixth share an address, and their hosts are up at all times.
_LIVES = (
    SiteLife(validators=Validators.LYING),
    SiteLife(validators=Validators.WEAK, shell_quarters=(1, 3), island_quarter=2),
    SiteLife(incident=Incident.SILENT, bad_quarters=(1,)),
    SiteLife(validators=Validators.EACH_REQUEST, island_quarter=1),
    SiteLife(relaunch_quarter=2),
    SiteLife(validators=Validators.NONE, island_quarter=3),
    SiteLife(has_soft_errors=True, island_quarter=2),
    SiteLife(lastmod=Lastmod.NOW, incident=Incident.BUSY, bad_quarters=(3,)),
    SiteLife(incident=Incident.WALL, bad_quarters=(1,)),
    SiteLife(validators=Validators.LYING, lastmod=Lastmod.NEVER),
    SiteLife(incident=Incident.SILENT, bad_quarters=(2, 3)),
    SiteLife(validators=Validators.EACH_QUARTER, shell_quarters=(2,), island_quarter=1),
)


def life_of(site: PretendSite) -> SiteLife:
    """KL's areas live quietly; they share a host. Nothing happens to a life that comes again, else too much would fail.

    Of 24 municipalities at most two fail in a quarter, so that it is published all the same.
    """
    if site.kind is not SiteKind.MUNICIPALITY:
        return QUIET
    life = _LIVES[site.index % len(_LIVES)]
    return life if site.index < len(_LIVES) else replace(life, bad_quarters=(), relaunch_quarter=0)
