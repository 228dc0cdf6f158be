"""The findings of a probe as a table on a terminal, or as plain lines.

In: findings. Out: a rich table, or lines for a pipe. Judges nothing; probe_troubles.py does.
"""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.contact.probe_findings import PageFinding, ProbeFindings, SiteFinding
from crawler.contact.probe_troubles import notes, troubles
from foundation.printing import printable

_COLUMNS = ("front page", "robots.txt", "sitemap", "language")


def show(findings: ProbeFindings, console: Console) -> None:
    """Print them: as a table on a terminal, else as lines, for a pipe has no width."""
    if console.is_terminal:
        console.print(_table(findings))
    else:
        lines = "\n".join(findings_lines(findings))
        console.print(lines, markup=False, highlight=False, emoji=False, soft_wrap=True)


def findings_lines(findings: ProbeFindings) -> Iterator[str]:
    """One line a site, with a line below it for each remark; `!` before what a person should look at."""
    for site in findings.sites:
        cells = ", ".join(f"{name}: {cell}" for name, cell in zip(_COLUMNS, _cells(site), strict=True))
        yield printable(f"{_who(site)}: {cells}")
        yield from (f"  {printable(remark)}" for remark in _remarks(site))


def _table(findings: ProbeFindings) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("site", *_COLUMNS, "remarks"):
        table.add_column(heading, no_wrap=heading == "site", overflow="fold")
    for site in findings.sites:
        remarks = Text("\n".join(map(printable, _remarks(site))), style="bold yellow" if troubles(site) else "")
        table.add_row(_who(site), *(Text(printable(cell)) for cell in _cells(site)), remarks)
    return table


def _cells(site: SiteFinding) -> tuple[str, str, str, str]:
    return _front(site), _robots(site), _sitemap(site), _language(site)


def _front(site: SiteFinding) -> str:
    if site.kind == "area":
        return f"{sum(page.is_there for page in site.pages)} of {len(site.pages)} paths answer"
    page = site.pages[0]
    arrow = f"{page.trail[0]} -> " if len(page.trail) > 1 else ""
    return f"{arrow}{page.trail[-1]} ({'not asked' if page.leaves else page.status or 'no answer'})"


def _robots(site: SiteFinding) -> str:
    return "; ".join(dict.fromkeys(robots.verdict or "not had" for robots in site.robots)) or "not asked"


def _sitemap(site: SiteFinding) -> str:
    sitemap = site.sitemap
    if sitemap is None:
        return "not asked"
    if sitemap.problem:
        return f"none ({sitemap.problem})"
    further = f"{sitemap.num_sitemaps} further sitemaps" if sitemap.num_sitemaps else ""
    pages = f"{sitemap.num_pages} pages" if sitemap.num_listed else ""
    return " and ".join(part for part in (pages, further) if part)


def _language(site: SiteFinding) -> str:
    page = next((page for page in site.pages if page.is_there), None)
    if page is None:
        return "not known"
    return f"{page.language or 'says nothing'}{_share(page)}"


def _share(page: PageFinding) -> str:
    return "" if page.danish_share is None else f", {100 * page.danish_share:.0f} % common Danish words"


def _remarks(site: SiteFinding) -> list[str]:
    return [*(f"! {trouble}" for trouble in troubles(site)), *notes(site)]


def _who(site: SiteFinding) -> str:
    return f"{site.site} {site.name}" if site.site.isdigit() else site.name
