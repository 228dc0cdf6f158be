"""What a corpus has of the register: which sites are missing, thin, blocked, carried on or reserved, and why.

In: the sites of a corpus, of the register, and of the snapshot where it is still there. Out: `SiteCoverage` for every
site that any of them names. Judges nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from corpus.inspection.figures import SiteFigures
from crawler.snapshot import Freshness, RegisteredSite, SiteSummary, TerminalState

AREA = "area"  # of KL; a pretend web has the same
MISSING, NOT_CRAWLED = "missing", "not-crawled"
THIN, RESERVED = "thin", "reserved"


@dataclass(frozen=True, kw_only=True)
class SiteCoverage:
    """How a site came into the corpus, or why it did not.

    Attributes:
        state: how its crawl ended (`TerminalState`), "missing" (to be crawled, but the corpus does not know it) or
            "not-crawled".
        freshness: of its pages; None where no snapshot says so.
        reason: why it is not simply there.
    """

    site: str
    name: str
    kind: str
    region: str | None
    state: str
    freshness: str | None = None
    reason: str | None = None
    is_thin: bool = False
    reservation: str | None = None

    @property
    def groups(self) -> list[str]:
        """What is to be said of it; nothing where all is well."""
        found = [self.freshness] if self.freshness in (Freshness.CARRIED, Freshness.ABSENT) else []
        found += [self.state] if self.state != TerminalState.COMPLETE else []
        return [*found, *([THIN] if self.is_thin else []), *([RESERVED] if self.reservation else [])]


def coverage(
    sites: Iterable[SiteFigures], registered: Iterable[RegisteredSite], summaries: Iterable[SiteSummary]
) -> list[SiteCoverage]:
    """In order of id. A register that knows none of the corpus's sites, besides KL's, is another one."""
    there = {each.site: each for each in sites}
    crawled = {each.site: each for each in summaries}
    known = {each.site: each for each in registered}
    if not knows(known.values(), there.values()):
        known = {}
    return [
        _of_site(there[site], crawled.get(site)) if site in there else _of_register(known[site])
        for site in sorted(there.keys() | known.keys())
    ]


def knows(registered: Iterable[RegisteredSite], sites: Iterable[SiteFigures]) -> bool:
    """Whether the register is that of the corpus."""
    own = {each.site for each in sites if each.kind != AREA}
    return not own or bool(own & {each.site for each in registered})


def by_group(sites: Iterable[SiteCoverage]) -> Mapping[str, list[SiteCoverage]]:
    """What is to be said of sites, with those of which it is said; the most serious first."""
    found: dict[str, list[SiteCoverage]] = {}
    for each in sites:
        for group in each.groups:
            found.setdefault(group, []).append(each)
    return {group: found[group] for group in sorted(found, key=_ORDER.index)}


def _of_site(figures: SiteFigures, summary: SiteSummary | None) -> SiteCoverage:
    if summary is None:
        return SiteCoverage(
            site=figures.site, name=figures.name, kind=figures.kind, region=figures.region, state=figures.state
        )
    return SiteCoverage(
        site=figures.site, name=figures.name, kind=figures.kind, region=figures.region, state=summary.state,
        freshness=summary.freshness, reason=summary.reason or summary.freshness_reason, is_thin=summary.is_thin,
        reservation=summary.reservation,
    )  # fmt: skip


def _of_register(site: RegisteredSite) -> SiteCoverage:
    return SiteCoverage(
        site=site.site, name=site.name, kind=site.kind, region=site.region,
        state=MISSING if site.is_crawled else NOT_CRAWLED, reason=site.reason,
    )  # fmt: skip


_ORDER = (
    MISSING, Freshness.ABSENT, Freshness.CARRIED, TerminalState.BLOCKED, TerminalState.DEAD, TerminalState.PARTIAL,
    TerminalState.UNFINISHED, TerminalState.ROBOTS_CLOSED, TerminalState.EMPTY, TerminalState.NOT_VISITED, THIN,
    RESERVED, NOT_CRAWLED,
)  # fmt: skip
