"""One site's visits and requests as lines of text.

In: visits and requests. Out: lines for a person, times in local time. Prints nothing itself.
"""

import datetime
from collections.abc import Iterator, Mapping

from crawler.register import Register, Site
from crawler.telling.ledger import SentRequest, Traffic
from crawler.telling.visits import Findings, Visit
from crawler.telling.wording import counts_in_words, local_time, megabytes
from foundation.printing import printable

REQUEST_HEADING = (
    f"{'time':19} {'pause':>8} {'status':>6} {'bytes':>9} {'method':6} {'robots.txt':10} {'address':15} URL, error"
)


def site_lines(site: Site, register: Register) -> Iterator[str]:
    """Who the site is, and who else is on its hosts."""
    yield f"{site.id} {site.name} ({site.official_name}): {', '.join(sorted(site.hosts))}"
    others = [each.name for each in register.sites if each.id != site.id and each.hosts & site.hosts]
    if others:
        paths = ", ".join(site.prefixes)
        yield (
            f"{len(others) + 1} sites of the register are on these hosts, each with paths of its own; this one has "
            f"{paths}. The others: {', '.join(others)}. They take turns: a request to one is a pause for all."
        )


def visit_lines(visit: Visit) -> Iterator[str]:
    """A paragraph about one quarter."""
    yield f"{visit.quarter} ({'published' if visit.is_published else 'not published'})"
    told = dict(_told(visit.traffic, visit.findings))
    told["shared with"] = ", ".join(visit.neighbours) if visit.neighbours else "no other site that was visited"
    for name, text in told.items():
        yield f"  {name:16} {printable(text)}"


def request_line(request: SentRequest) -> str:
    pause = "" if request.pause_s is None else f"{request.pause_s:.3f} s"
    error = f"  {request.error}" if request.error else ""
    return printable(
        f"{local_time(request.time.timestamp()):19} {pause:>8} {request.status or '':>6} {request.bytes:9} "
        f"{request.method:6} {request.robots_verdict or '':10} {request.address or '':15} {request.url}{error}"
    )


def _told(traffic: Traffic, findings: Findings) -> Iterator[tuple[str, str]]:
    if traffic.began_at and traffic.ended_at:
        yield "visited", f"{_local(traffic.began_at)} to {_local(traffic.ended_at)}"
    yield "state", findings.state + (f": {findings.reason}" if findings.reason else "")
    yield "requests", (f"{traffic.num_requests}, {megabytes(traffic.num_bytes)}; {traffic.num_refused} refused, "
                       f"{traffic.num_failed} without an answer")  # fmt: skip
    yield "statuses", counts_in_words({str(status): number for status, number in traffic.statuses.items()})
    pause = "there was none" if traffic.shortest_pause_s is None else f"{traffic.shortest_pause_s:.3f} s"
    yield "shortest pause", pause
    yield "pages archived", str(findings.num_pages)
    yield "robots.txt", "; ".join(findings.robots) or "not read"
    yield "reserved", findings.reservation or "not as a whole"
    yield "not kept", _counts(findings.withheld)
    yield "passed over", _counts(findings.excluded)
    yield "links not taken", _counts(findings.not_taken)
    yield "address", ", ".join(traffic.addresses) or "none was reached"


def _counts(counts: Mapping[str, int] | None) -> str:
    return "not known any more" if counts is None else counts_in_words(counts) or "nothing"


def _local(time: datetime.datetime) -> str:
    return local_time(time.timestamp())
