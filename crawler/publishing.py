"""Publishing: what of each site is fit, its tables, and the manifest that makes a snapshot complete.

In: frontiers that are done, the folders of their archives, and the snapshot of last quarter. Out: a snapshot in which
each site is fresh, carried on from last quarter, or absent (refresh/gate.py), or a refusal. What is read back stands in
snapshot.py.
"""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

from crawler.refresh.gate import counts_as_not_fresh, refusal
from crawler.register import Network, Site
from crawler.site_publishing import publish_site
from crawler.snapshot import (
    FORMAT_VERSION,
    MANIFEST_KIND,
    OPEN_SUFFIX,
    SITES_FOLDER,
    SiteSummary,
    SnapshotManifest,
    TerminalState,
    read_snapshot_manifest,
)  # fmt: skip
from crawler.telling.freshness import before_publishing
from crawler.telling.outcome import terminal_state
from crawler.telling.reading import frontier_read
from foundation.errors import NeedsPersonError
from foundation.manifests import FileEntry, file_entries, write_manifest
from foundation.progress import progress
from foundation.quarters import parse_quarter
from foundation.revisions import content_sha256


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What is to be published.

    Attributes:
        frontiers: the sites of the crawl, each with the folder of its frontier.
        missing: sites of last quarter's snapshot that were not visited though nobody barred them.
        previous: the snapshot of last quarter.
        accepted: site -> why a person has it published although a gate would say no.
        erasures: ids of the erasures that the crawl obeyed.
    """

    snapshot: Path
    quarter: str
    network: Network
    frontiers: Sequence[tuple[Site, Path]]
    missing: Sequence[Site] = ()
    previous: Path | None = None
    accepted: Mapping[str, str] = field(default_factory=dict)
    erasures: Sequence[str] = ()


def publish(plan: Publication) -> SnapshotManifest:
    """Write tables and manifest.

    Raises:
        NeedsPersonError: a site is not finished, too many are not fresh, no site gave a page, or an archive is damaged.
        BrokenRunError: a frontier, or last quarter's snapshot, is damaged.
    """
    snapshot, quarter = plan.snapshot, plan.quarter
    _check_finished(plan)
    before = {each.site: each for each in read_snapshot_manifest(plan.previous).sites} if plan.previous else {}
    summaries = []
    with progress(f"publish {quarter}", unit="sites") as meter:
        for site, work in (*plan.frontiers, *((site, None) for site in plan.missing)):
            summary = publish_site(
                snapshot, quarter, site, work, network=plan.network, previous=plan.previous,
                accepted=plan.accepted.get(site.id),
            )  # fmt: skip
            summaries.append(summary)
            meter.advance(1, site.id)
    _check_fit(plan, summaries, [before[each.site] for each in summaries if each.site in before])
    folders = [snapshot / SITES_FOLDER / each.site for each in summaries]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".tmp"]
    _check_archives(snapshot, quarter, summaries)
    files = file_entries(snapshot, paths)
    write_manifest(
        snapshot,
        {
            "kind": MANIFEST_KIND, "format_version": FORMAT_VERSION,
            "id": f"snapshot-{quarter}-{snapshot_sha256(files, summaries)[:12]}",
            "quarter": quarter, "revision": 1, "content_sha256": snapshot_sha256(files, summaries),
            "published_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "software": {name: version(name) for name in ("tvaerkom", "scrapy", "warcio")},
            "follows": max((each.follows for each in summaries if each.follows), default=None),
            "erasures": list(plan.erasures),
            "sites": [asdict(each) for each in summaries], "files": [asdict(entry) for entry in files],
        },
    )  # fmt: skip
    return read_snapshot_manifest(snapshot)


def snapshot_sha256(files: Sequence[FileEntry], sites: Sequence[SiteSummary]) -> str:
    """The hash of all that a corpus is made from: the files, and what is said of the sites."""
    listed = [asdict(each) for each in sites]
    return content_sha256([asdict(entry) for entry in files], json.dumps(listed, sort_keys=True))


def _check_finished(plan: Publication) -> None:
    unfinished = []
    for site, work in plan.frontiers:
        with frontier_read(work) as db:
            state, reason = terminal_state(db, site)
        if state is TerminalState.UNFINISHED:
            unfinished.append(f"{site.name} ({reason})")
    if unfinished:
        raise NeedsPersonError(
            f"not published: {len(unfinished)} of {len(plan.frontiers)} sites are not finished: "
            f"{'; '.join(unfinished[:5])}. "
            f"Run: tvaerkom crawl {plan.quarter}"
        )
    if any((plan.snapshot / SITES_FOLDER).glob(f"*/*{OPEN_SUFFIX}")):  # killed before its files were closed
        raise NeedsPersonError(f"not published: the last crawl was cut off. Run: tvaerkom crawl {plan.quarter}")


def _check_fit(plan: Publication, sites: Sequence[SiteSummary], before: Sequence[SiteSummary]) -> None:
    if not any(each.num_pages for each in sites):
        raise NeedsPersonError(
            f"not published: no site of {plan.quarter} gave a page. Run: tvaerkom snapshot status {plan.quarter}"
        )
    why = None if parse_quarter(plan.quarter).is_trial else refusal(sites, before)  # nothing follows a trial
    if why:
        lines = [
            f"  {each.name}: {each.freshness_reason}; {before_publishing(each, plan.quarter)}"
            for each in sites if counts_as_not_fresh(each)
        ]  # fmt: skip
        raise NeedsPersonError("\n".join([f"not published: {why}; what was in force stays so.", *lines]))


def _check_archives(snapshot: Path, quarter: str, sites: Sequence[SiteSummary]) -> None:
    """What is published is hashed and never changed, so a damage is to be found before."""
    from crawler.warc.checking import check_site

    with progress(f"check {quarter}", unit="records") as meter:
        for site in sites:
            if complaints := check_site(snapshot / SITES_FOLDER / site.site, site.site, meter):
                others = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
                raise NeedsPersonError(
                    f"not published: the archive of {site.name} is damaged: {complaints[0]}{others}. Restore the file "
                    f"from a backup, or begin the site anew: tvaerkom crawl {quarter} --only {site.site} --fresh"
                )
