"""What an answer is: a wall, a page that is reserved, an error page in disguise, or one to keep.

In: an answer and what was read on its page. Out: a `Judgement`. Writes nothing.
"""

from dataclasses import dataclass

from crawler.frontier import PAGE, PROBE, Lease
from crawler.host_rules import HostRules
from crawler.net.answers import REDIRECTS, Answer
from crawler.pages.links import PageReading
from crawler.rules.challenges import Wall, wall_of
from crawler.rules.reservations import Signals, header_signals, merged, page_signals
from crawler.soft404 import SoftErrors

UNREAD = "unread"  # its markup could not be parsed within the limits, so nobody knows what it reserves


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What follows from an answer. `withheld` says why its body is not kept; None: it is."""

    wall: Wall | None
    signals: Signals
    withheld: str | None

    @property
    def may_be_read(self) -> bool:
        """The links of a reserved page may lead to pages that are not reserved; a wall leads nowhere."""
        return self.withheld is None or (self.wall is None and self.signals.reservation is not None)


def judged(
    lease: Lease, answer: Answer, reading: PageReading | None, rules: HostRules, soft_errors: SoftErrors
) -> Judgement:
    """Walls first: a challenge page carries a noindex of its own, which is not the site's."""
    wall = wall_of(answer.status, answer.headers, answer.body)
    signals = _signals(lease, answer, reading, rules)
    withheld = None
    if wall is not None:
        withheld = str(wall)
    elif signals.reservation is not None:
        withheld = f"{signals.reservation.kind}: {signals.reservation.source}"
    elif lease.kind == PAGE and answer.status == 200 and answer.is_html and reading is None:
        withheld = UNREAD
    elif lease.kind == PAGE and reading is not None and soft_errors.is_one(reading.texts):
        withheld = "soft 404"
    return Judgement(wall=wall, signals=signals, withheld=withheld)


def _signals(lease: Lease, answer: Answer, reading: PageReading | None, rules: HostRules) -> Signals:
    """What the page, its headers and its host reserve, and whether its links may be followed."""
    if lease.kind not in (PAGE, PROBE) or answer.status in REDIRECTS:
        return Signals(reservation=None, follows_links=True)
    metas = reading.metas if reading else ()
    return merged(*rules.signals(lease.url), header_signals(answer.fields), page_signals(metas))
