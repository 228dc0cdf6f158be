"""What a probe found out, as plain values and as a file.

In: what was found of each site. Out: `ProbeFindings`; `data/reports/probe-<date>.json`, and what an estimate reads of
it again. Asks nobody; decides nothing.
"""

import datetime
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crawler.ledger import SentRequest
from foundation.errors import BrokenRunError
from foundation.files import write_text


@dataclass(frozen=True, kw_only=True)
class HostFinding:
    """One host of a site. `address` None: the name has none."""

    host: str
    address: str | None
    num_requests: int


@dataclass(frozen=True, kw_only=True)
class RobotsFinding:
    """What one origin's robots.txt says. `verdict` is a RobotsVerdict, or None where it was not had."""

    origin: str
    verdict: str | None
    problem: str | None = None
    crawl_delay_s: float = 0.0  # as it is asked for; the crawl waits no longer than robots.MAX_CRAWL_DELAY_S
    shut_out_ai_agents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PageFinding:
    """A front page, or the first page of an area.

    Attributes:
        trail: the URL that was asked for, then each target of a redirect.
        redirect_status: of the last redirect.
        status: of the answer at the end of the trail; None where there is none.
        problem: why there is none.
        leaves: the end of the trail is on a host that is none of the site's; it was not asked.
        language: what the page or its header says of itself.
        danish_share: how many of its words are Danish function words; None where it has too few words to tell.
    """

    trail: tuple[str, ...]
    redirect_status: int | None = None
    status: int | None = None
    problem: str | None = None
    leaves: bool = False
    wall: str | None = None
    needs_javascript: bool = False
    reservation: str | None = None
    language: str | None = None
    danish_share: float | None = None
    num_words: int = 0
    seconds: float | None = None

    @property
    def is_there(self) -> bool:
        return self.status == 200


@dataclass(frozen=True, kw_only=True)
class SitemapFinding:
    """The first sitemap. `num_pages` are those in the site's scope, of `num_listed`; an index lists none itself."""

    url: str
    num_pages: int = 0
    num_listed: int = 0
    num_sitemaps: int = 0
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class SiteFinding:
    """All that was found of one site.

    Attributes:
        pages: where each seed leads, for an area where each of its prefixes leads.
        twins: where the other forms of the seeds' hosts lead (with www, without www).
        tdmrep: the rule of tdmrep.json that reserves the front page; None where none does, or it was not asked for.
        neighbours: ids of the other probed sites at the same address.
    """

    site: str
    name: str
    kind: str
    hosts: tuple[HostFinding, ...]
    robots: tuple[RobotsFinding, ...]
    pages: tuple[PageFinding, ...]
    twins: tuple[PageFinding, ...]
    sitemap: SitemapFinding | None
    tdmrep: str | None
    neighbours: tuple[str, ...] = ()

    @property
    def address(self) -> str | None:
        """That of the first host that has one; the host of the first seed comes first."""
        return next((host.address for host in self.hosts if host.address), None)


@dataclass(frozen=True, kw_only=True)
class ProbeFindings:
    """One probe: its sites in order of id, and every request that was sent for it."""

    at: datetime.datetime
    sites: tuple[SiteFinding, ...]
    requests: tuple[SentRequest, ...]


@dataclass(frozen=True, kw_only=True)
class ProbedSize:
    """What an estimate reads of a probe. `num_pages` None: no sitemap was seen; of an index it is a guess."""

    date: str
    address: str | None
    num_pages: int | None
    num_sitemaps: int
    crawl_delay_s: float
    seconds: float | None


def report_path(reports: Path, at: datetime.datetime) -> Path:
    """A name without suffix for the reports of a probe: the day's first, or one with a number behind it."""
    first = reports / f"probe-{at:%Y-%m-%d}"
    path, number = first, 1
    while path.with_suffix(".json").exists():
        number += 1
        path = first.with_name(f"{first.name}-{number}")
    return path


def write_findings(path: Path, findings: ProbeFindings) -> None:
    values = {"kind": "probe", **asdict(findings)}
    write_text(path, json.dumps(values, ensure_ascii=False, indent=1, default=_written) + "\n")


def probed_sizes(reports: Path) -> dict[str, ProbedSize]:
    """Site -> what the newest probe of it says of its size.

    Raises:
        BrokenRunError: a report cannot be read.
    """
    sizes = {}
    for values in sorted(map(_read, reports.glob("probe-*.json")), key=lambda values: str(values["at"])):
        sizes |= dict(_sizes(values))
    return sizes


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text())
        if values["kind"] == "probe" and values["at"]:
            return dict(values)
    except (OSError, ValueError, TypeError, KeyError):
        pass
    raise BrokenRunError(f"{path}: not the report of a probe; delete it, or probe again: tvaerkom sites --probe")


def _sizes(values: dict[str, Any]) -> Iterator[tuple[str, ProbedSize]]:
    for site in values["sites"]:
        sitemap = site["sitemap"]
        has_size = sitemap is not None and (sitemap["num_pages"] or sitemap["num_sitemaps"])
        seconds = [page["seconds"] for page in site["pages"] if page["seconds"] is not None]
        yield site["site"], ProbedSize(
            date=values["at"][:10], address=next((host["address"] for host in site["hosts"] if host["address"]), None),
            num_pages=sitemap["num_pages"] if has_size else None,
            num_sitemaps=sitemap["num_sitemaps"] if has_size else 0,
            crawl_delay_s=max((robots["crawl_delay_s"] for robots in site["robots"]), default=0.0),
            seconds=sum(seconds) / len(seconds) if seconds else None,
        )  # fmt: skip


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime.datetime) else str(value)
