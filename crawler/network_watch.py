"""Whether it is the operator's own network that fails, and not the sites.

In: how each request of a process ended. Out: that most sites fall silent at once, and which failures are not theirs.
A suspended laptop or a lost VPN looks like a hundred dead sites; no site is to suffer for it.
"""

from dataclasses import dataclass

from crawler.frontier import Lease
from crawler.site_crawl import SiteCrawl

WINDOW_S = 60.0
EVIDENCE_S = 900.0  # a site that has not answered for longer may be dead
MIN_SILENT_SITES = 3  # two sites may well be down at the same time
PAUSE_S = 30.0  # between two attempts to reach anything at all


@dataclass(frozen=True)
class _Silence:
    at: float
    crawl: SiteCrawl
    lease: Lease


class NetworkWatch:
    """The last minute of one process.

    Only the silence of sites that have answered lately is evidence: sites that are dead for good would otherwise be
    taken for a lost network for ever.
    """

    def __init__(self) -> None:
        self._silences: list[_Silence] = []
        self._last_answer: dict[str, float] = {}
        self.is_lost = False

    def answered(self, crawl: SiteCrawl, at: float) -> bool:
        """A site answered; True where the network was lost and is there again."""
        was_lost, self.is_lost = self.is_lost, False
        self._last_answer[crawl.site.id] = at
        self._silences = [silence for silence in self._silences if silence.crawl is not crawl]
        return was_lost

    def fell_silent(self, crawl: SiteCrawl, lease: Lease, at: float) -> list[tuple[SiteCrawl, list[Lease]]]:
        """Nothing came back from a site; gives the failures to forgive, once the network is taken for lost."""
        self._silences = [silence for silence in self._silences if at - silence.at <= WINDOW_S]
        self._silences.append(_Silence(at, crawl, lease))
        alive = {site for site, when in self._last_answer.items() if at - when <= EVIDENCE_S}
        silent = {silence.crawl.site.id for silence in self._silences} & alive
        answering = {site for site, when in self._last_answer.items() if at - when <= WINDOW_S} - silent
        if not self.is_lost and (len(silent) < MIN_SILENT_SITES or len(silent) <= len(answering)):
            return []
        self.is_lost = True
        forgiven: dict[str, tuple[SiteCrawl, list[Lease]]] = {}
        for silence in self._silences:
            forgiven.setdefault(silence.crawl.site.id, (silence.crawl, []))[1].append(silence.lease)
        self._silences = []
        return list(forgiven.values())
