"""What of a site's WARC files is still there after a kill or a power cut.

In: the folder of the files, and what the frontier says was committed. Out: the exchanges that are lost, for the crawl
to fetch again. Changes no file; archive.py cuts off what is not committed.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from crawler.snapshot import OPEN_SUFFIX
from crawler.warc.members import read_record, read_records

SUFFIX = ".warc.gz"
# The crawl syncs a file before more than this is written to it. What was not synced may reach the disk in any order,
# so a whole exchange may stand behind one that is lost.
MAX_UNSYNCED_BYTES = 16_000_000


@dataclass(frozen=True, kw_only=True)
class CommittedRecord:
    """Where the frontier says that an exchange's records lie; ids grow in the order of the commits."""

    file: str
    offset: int
    end: int
    id: int


def series_files(folder: Path, prefix: str) -> dict[str, Path]:
    """The files of a series by their final names, open or closed."""
    found = sorted(folder.glob(f"{prefix}-[0-9][0-9][0-9][0-9][0-9]{SUFFIX}*"))
    return {path.name.removesuffix(OPEN_SUFFIX): path for path in found if path.suffix in (".gz", OPEN_SUFFIX)}


def lost_exchanges(folder: Path, prefix: str, committed: Sequence[CommittedRecord]) -> list[CommittedRecord]:
    """Which of the committed exchanges, given in order, are lost: all from the first that is not whole in its file.

    After a power cut the frontier may know of more than reached the files. Each file is read backwards from its end
    to the first exchange that is whole; a file that was not closed at least as far as it may not have been synced.
    Where all is well that is one exchange a file. What was synced and was damaged later is not looked for; checking.py
    does that.
    """
    paths = series_files(folder, prefix)
    by_file: dict[str, list[CommittedRecord]] = defaultdict(list)
    for exchange in committed:
        by_file[exchange.file].append(exchange)
    lost: list[CommittedRecord] = []
    for name, exchanges in by_file.items():
        first = _first_lost(paths[name], exchanges) if name in paths else 0
        lost += exchanges[first:]
    return sorted(lost, key=lambda exchange: exchange.id)


def num_exchanges(folder: Path, prefix: str, *, limit: int) -> int:
    """How many requests the series holds, counted up to a limit: what must not be cut off unasked."""
    paths = series_files(folder, prefix).values()
    requests = (record for path in paths for record in read_records(path) if record.kind == "request")
    return sum(1 for _ in islice(requests, limit))


def _first_lost(path: Path, exchanges: Sequence[CommittedRecord]) -> int:
    """The index of the first exchange that is lost; behind the last where none is."""
    first = len(exchanges)
    for index, exchange in reversed(list(enumerate(exchanges))):
        if not _is_whole(path, exchange):
            first = index
        elif path.suffix != OPEN_SUFFIX or exchanges[-1].offset - exchange.offset > MAX_UNSYNCED_BYTES:
            break
    return first


def _is_whole(path: Path, exchange: CommittedRecord) -> bool:
    with path.open("rb") as file:
        offset = exchange.offset
        while offset < exchange.end:
            record = read_record(file, offset)
            if record.flaws:
                return False
            offset += record.length
        return offset == exchange.end
