"""What a person should know of the sites of a snapshot, before it is published and after.

In: its manifest, or the summaries for it. Out: sentences with the command to begin with, and a line for each site.
"""

from collections.abc import Iterator

from crawler.snapshot import Freshness, SiteSummary, SnapshotManifest, TerminalState

MAX_NAMED = 5
_HELD = {
    Freshness.CARRIED: "its pages of last quarter are carried on, for this quarter only",
    Freshness.ABSENT: "nothing of it is in the snapshot",
}


def person_lines(manifest: SnapshotManifest) -> list[str]:
    """One sentence for each site that needs a person; none where all is well."""
    return [
        f"{site.name}: {_what(site)}; {_remedy(site, manifest.quarter)}" for site in manifest.sites if site.needs_person
    ]


def site_lines(manifest: SnapshotManifest) -> Iterator[str]:
    """Each site with its pages and what became of them."""
    for site in manifest.sites:
        outcomes = ", ".join(f"{outcome} {number}" for outcome, number in site.outcomes.items() if number)
        notes = [site.state if site.state != TerminalState.COMPLETE else "", site.freshness, outcomes,
                 f"304s are not believed since {site.validators_off}" if site.validators_off else "",
                 "thin" if site.is_thin else "", f"accepted: {site.accepted}" if site.accepted else "",
                 site.reason or site.freshness_reason or ""]  # fmt: skip
        yield f"{site.site:34} {site.name:30} {site.num_pages:7} pages  {'; '.join(note for note in notes if note)}"


def thin_line(manifest: SnapshotManifest) -> str | None:
    """Sites of which far less came than was to be expected, on their first crawl."""
    thin = [f"{site.name} ({site.num_pages} pages)" for site in manifest.sites if site.is_thin]
    more = f" and {len(thin) - MAX_NAMED} more" if len(thin) > MAX_NAMED else ""
    return f"thin on a first crawl: {', '.join(thin[:MAX_NAMED])}{more}" if thin else None


def _what(site: SiteSummary) -> str:
    held = _HELD.get(Freshness(site.freshness))
    return f"{held} ({site.freshness_reason})" if held else f"{site.state}: {site.reason}"


def before_publishing(site: SiteSummary, quarter: str) -> str:
    """What a person can do about a site for which a quarter is refused."""
    accept = f"tvaerkom snapshot publish {quarter} --accept {site.site} --reason WHY"
    if site.state in (TerminalState.DEAD, TerminalState.PARTIAL, TerminalState.ROBOTS_CLOSED):
        return f"tvaerkom crawl {quarter} --only {site.site}; if it is to be so: {accept}"
    return f"look with tvaerkom site {site.site}; if it is to be so: {accept}"


def _remedy(site: SiteSummary, quarter: str) -> str:
    """Published is published: a person can see to it that the next crawl comes out right."""
    if site.state in (TerminalState.DEAD, TerminalState.ROBOTS_CLOSED):
        return f"does its address still hold? tvaerkom sites --probe --only {site.site}"
    if site.state == TerminalState.NOT_VISITED:
        return "take it into the next crawl, or bar it in tvaerkom.yaml (crawl: false)"
    if site.state == TerminalState.BLOCKED:
        return f"write to its webmaster: tvaerkom site {site.site} --quarter {quarter}"
    return f"look with: tvaerkom site {site.site}"
