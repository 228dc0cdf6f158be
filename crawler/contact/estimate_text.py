"""An estimate as lines of text.

In: an estimate. Out: lines for a person: the sites that take longest, then what all take together. Prints nothing.
"""

from collections import Counter
from collections.abc import Iterator

from crawler.contact.estimate import Estimate, SiteEstimate
from crawler.contact.estimate_basis import DEFAULT
from crawler.telling.wording import counts_in_words, duration, megabytes

NUM_SHOWN = 10


def estimate_lines(found: Estimate) -> Iterator[str]:
    yield f"{'site':34} {'requests':>9} {'alone':>12} {'with others':>12} {'archive':>9}  rests on"
    yield from map(_line, found.sites[:NUM_SHOWN])
    if len(found.sites) > NUM_SHOWN:
        yield f"... and {len(found.sites) - NUM_SHOWN} sites that are done earlier (--json has all)"
    bases = Counter(each.size.basis.partition(" (")[0] for each in found.sites)
    yield f"{found.quarter}: {len(found.sites)} sites; the figures rest on: {counts_in_words(bases)}"
    if DEFAULT in bases:
        yield "a probe gives better figures than the default: tvaerkom sites --probe"
    yield f"time: {duration(found.seconds)} for {found.num_requests} requests to all sites at once; {_longest(found)}"
    yield (
        f"disk: {_size(found.archive_bytes)} of archive and {_size(found.working_bytes)} of working state; "
        f"with a fifth to spare {_size(found.needed_bytes)}, and {_size(found.free_bytes)} are free: "
        + ("enough" if found.has_room else "NOT ENOUGH; make room, or name a larger disk with --data")
    )
    processes = "one process" if found.num_processes == 1 else f"{found.num_processes} processes"
    yield f"memory: about {found.memory_bytes / 1e6:.0f} MB in {processes}"
    if found.has_begun:
        yield f"what {found.quarter} has already is not taken off; see: tvaerkom snapshot status {found.quarter}"


def _line(each: SiteEstimate) -> str:
    shared = duration(each.group_seconds) if each.shares_with else ""
    name = f"{each.site} {each.name}" if each.site.isdigit() else each.name
    return (
        f"{name:34} {each.size.num_requests:9} {duration(each.seconds):>12} {shared:>12} "
        f"{_size(each.size.num_bytes):>9}  {each.size.basis}"
    )


def _longest(found: Estimate) -> str:
    """Who keeps the crawl going when all others are done."""
    first = found.sites[0]
    if not first.shares_with:
        return f"{first.name} is the last"
    others = "one other" if len(first.shares_with) == 1 else f"{len(first.shares_with)} others"
    return f"{first.name} and {others} at one address take turns and are the last"


def _size(num_bytes: int) -> str:
    if num_bytes < 100e6:
        return megabytes(num_bytes)
    return f"{num_bytes / 1e9:.1f} GB" if num_bytes < 10e9 else f"{num_bytes / 1e9:.0f} GB"
