"""The report of a run as a text to read.

In: a RunReport. Out: a text: totals, warnings, a line for each site, and below it what is out of the ordinary.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crawler.telling.site_report import SiteReport
from crawler.telling.wording import counts_in_words, duration, local_time, megabytes
from foundation.printing import printable

if TYPE_CHECKING:
    from crawler.telling.run_report import RunReport

MAX_SHAPES = 10  # that are named for each site; the JSON file has all


def report_text(report: "RunReport") -> str:
    """Times are local."""
    return "\n".join(printable(line) for line in _lines(report)) + "\n"


def _lines(report: "RunReport") -> Iterator[str]:
    totals = report.totals
    length = duration(report.ended_at - report.began_at)
    yield f"Crawl {report.quarter}: {local_time(report.began_at)} to {local_time(report.ended_at)}, {length}"
    yield f"sites            {len(report.sites)} ({counts_in_words(totals.states)})"
    yield f"pages            {totals.num_pages}"
    yield f"requests         {totals.num_requests}, {megabytes(totals.num_bytes)}"
    yield f"status 429, 5xx  {totals.num_429}, {totals.num_5xx}"
    yield f"shortest pause   {_seconds(totals.shortest_pause_s)}"
    for name, counts in (
        ("failed", totals.failed), ("passed over", totals.excluded), ("not kept", totals.withheld),
        ("links not taken", totals.not_taken),
    ):  # fmt: skip
        yield f"{name:16} {counts_in_words(counts) or 'nothing'}"
    yield ""
    yield f"{len(report.warnings)} warnings" if report.warnings else "No warnings"
    yield from (f"  ! {warning}" for warning in report.warnings)
    yield ""
    before = f"before: {report.previous}" if report.previous else "before: no quarter is published"
    yield (f"{'site':34} {'state':13} {'pages':>7} {'before':>7} {'change':>7} {'requests':>8} {'MB':>8} "
           f"{'pause':>7} {'median':>7} {'p95':>7} {'429':>5} {'5xx':>5}   ({before})")  # fmt: skip
    for each in report.sites:
        yield from _site_lines(each)


def _site_lines(each: SiteReport) -> Iterator[str]:
    before = "" if each.num_pages_before is None else str(each.num_pages_before)
    change = "" if each.change_percent is None else f"{each.change_percent:+.0f} %"
    name = f"{each.site} {each.name}" if each.site.isdigit() else each.name
    yield (
        f"{name:34} {each.state:13} {each.num_pages:7} {before:>7} {change:>7} {each.num_requests:8} "
        f"{each.num_bytes / 1e6:8.1f} {_seconds(each.shortest_pause_s):>7} {_seconds(each.median_latency_s):>7} "
        f"{_seconds(each.p95_latency_s):>7} {each.num_429:5} {each.num_5xx:5}"
    )
    if each.reason:
        yield f"    {each.reason}"
    if each.reservation:
        yield f"    reserved as a whole: {each.reservation}"
    for name, counts in (
        ("failed", each.failed), ("passed over", each.excluded), ("not kept", each.withheld),
        ("links not taken", each.not_taken),
    ):  # fmt: skip
        if counts:
            yield f"    {name}: {counts_in_words(counts)}"
    for shape in each.paused_shapes[:MAX_SHAPES]:
        yield (f"    paused {shape.shape}: {shape.num_fetched} fetched, {shape.num_novel} of them new, "
               f"{shape.num_passed_over} passed over")  # fmt: skip
    if len(each.paused_shapes) > MAX_SHAPES:
        yield f"    and {len(each.paused_shapes) - MAX_SHAPES} more paused shapes"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} s"
