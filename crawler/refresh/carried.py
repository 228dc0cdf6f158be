"""Records of earlier quarters that a snapshot still needs, copied into it byte for byte.

In: places in last quarter's archive. Out: `<id>-<quarter>-carried-00000.warc.gz` and where each record lies now. So a
snapshot is whole without any other, and older ones may go. The record that a revisit record refers to is among them.
"""

import datetime
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from crawler.warc.archive import MAX_WARC_BYTES
from crawler.warc.records import FORMAT_INFO, info_record
from crawler.warc.recovery import SUFFIX
from foundation.errors import BrokenRunError
from foundation.files import written_aside

_INFO = FORMAT_INFO | {
    "description": "records of earlier quarters, copied byte for byte, of pages that did not change or did not answer",
}
Place = tuple[str, int, int]  # file, offset, length


def carry_records(
    earlier: Path, folder: Path, prefix: str, places: Iterable[Place], *, at: datetime.datetime
) -> dict[Place, tuple[str, int]]:
    """Write the carried files anew; where each record lies then.

    Args:
        earlier, folder: the site's folder in last quarter's snapshot, and in this one.
        at: the date of the files; the same places and the same date give the same bytes.

    Raises:
        BrokenRunError: a file of last quarter is missing or too short.
    """
    for path in folder.glob(f"{prefix}-carried-*"):  # of a publishing that was cut off
        path.unlink()
    copied: dict[Place, tuple[str, int]] = {}
    waiting = sorted(set(places))
    number = 0
    while waiting:
        waiting = _write_file(earlier, folder / f"{prefix}-carried-{number:05}{SUFFIX}", at, waiting, copied)
        number += 1
    return copied


def _write_file(
    earlier: Path, path: Path, at: datetime.datetime, waiting: list[Place], copied: dict[Place, tuple[str, int]]
) -> list[Place]:
    """One file, in the order of the earlier ones; gives what found no room in it."""
    with ExitStack() as stack:
        aside = stack.enter_context(written_aside(path))
        target = stack.enter_context(aside.open("wb"))
        target.write(info_record(path.name, _INFO, at=at))
        sources: dict[str, BinaryIO] = {}
        for number, place in enumerate(waiting):
            if target.tell() >= MAX_WARC_BYTES:
                return waiting[number:]
            file, offset, length = place
            if file not in sources:
                try:
                    sources[file] = stack.enter_context((earlier / file).open("rb"))
                except OSError as error:
                    raise _damaged(earlier / file, str(error.strerror)) from None
            source = sources[file]
            source.seek(offset)
            content = source.read(length)
            if len(content) < length:
                raise _damaged(earlier / file, f"it ends before {offset + length}")
            copied[place] = (path.name, target.tell())
            target.write(content)
    return []


def _damaged(path: Path, what: str) -> BrokenRunError:
    return BrokenRunError(
        f"{path}: {what}; pages that did not change are copied from it. Restore the file from a backup, then type the "
        "same command again"
    )
