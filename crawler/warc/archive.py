"""WARC/1.1 files of one site: each exchange as it was on the wire.

In: exchanges (request and response bytes, address, time). Out: one file series a site, one gzip member a record,
with the place of each record. A file is `.open` until it is closed; what lies behind the last committed record is
cut off when writing goes on. Decides nothing about what is worth keeping.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from crawler.snapshot import OPEN_SUFFIX
from crawler.warc.records import (
    Exchange,
    ExchangeRecords,
    RecordName,
    info_record,
    response_records,
    revisit_records,
    withheld_records,
)  # fmt: skip
from crawler.warc.recovery import SUFFIX, CommittedRecord, lost_exchanges, num_exchanges, series_files
from foundation.errors import BrokenRunError
from foundation.files import make_folder, sync_folder

# Who keeps an archive needs no other module.
__all__ = ["CommittedRecord", "Exchange", "RecordPlace", "WarcSeries", "lost_exchanges", "num_exchanges"]

# A crawl carries its rows into the frontier at least every 16 MB; one more exchange may be on its way, of 10 MB.
MAX_SURPLUS_BYTES = 32_000_000
MAX_WARC_BYTES = 1_000_000_000  # as Heritrix and browsertrix rotate
_HELP = "restore the file from a backup, then type the same command again"


@dataclass(frozen=True, kw_only=True)
class RecordPlace:
    """Where an answer's record lies, and the digest of its payload (sha1, base32, as WARC tools write it)."""

    file: str
    offset: int
    length: int
    end: int  # where the exchange's last record ends: the file is whole up to here
    payload_digest: str


class WarcSeries:
    """The WARC files of one site and quarter, written by one process."""

    def __init__(self, folder: Path, prefix: str, info: dict[str, str], committed: dict[str, int]) -> None:
        """Go on behind `committed` (file name -> end of its last committed record); delete what is not committed.

        Raises:
            BrokenRunError: a file is missing or shorter than committed (see `lost_exchanges`).
        """
        self._folder, self._prefix, self._info = make_folder(folder), prefix, info
        self.unsynced_bytes = 0  # what a power cut may take
        self._descriptor, self._end = -1, 0
        self._number = max((int(name.removesuffix(SUFFIX).rsplit("-", 1)[1]) for name in committed), default=0)
        self._cut_back(committed)
        self._open()

    @property
    def name(self) -> str:
        return f"{self._prefix}-{self._number:05}{SUFFIX}"

    def write(self, exchange: Exchange) -> RecordPlace:
        """Append the response and the request record in one write; the place is that of the response."""
        return self._write(response_records(exchange))

    def write_withheld(self, exchange: Exchange, reason: str) -> RecordPlace:
        """The same for an answer whose body may not be kept: a metadata record in place of the response."""
        return self._write(withheld_records(exchange, reason))

    def write_revisit(self, exchange: Exchange, profile: str, earlier: RecordName) -> RecordPlace:
        """The same for a page that did not change: a revisit record in place of the response."""
        return self._write(revisit_records(exchange, profile, earlier))

    def take_back(self, place: RecordPlace) -> None:
        """Undo the last write: what should follow from it was not committed."""
        if place.file == self.name and place.end == self._end:
            os.ftruncate(self._descriptor, place.offset)
            self._end = place.offset

    def sync(self) -> None:
        """Make what was written survive a power cut."""
        if self.unsynced_bytes:
            os.fsync(self._descriptor)
            self.unsynced_bytes = 0

    def close(self) -> None:
        """Sync the open file and give it its final name."""
        if self._descriptor < 0:
            return
        self.sync()
        os.close(self._descriptor)
        self._descriptor, self._end = -1, 0
        (self._folder / f"{self.name}{OPEN_SUFFIX}").replace(self._folder / self.name)
        sync_folder(self._folder)

    def _write(self, records: ExchangeRecords) -> RecordPlace:
        if self._end >= MAX_WARC_BYTES:
            self.close()
            self._number += 1
        if self._end == 0:  # also where the disk was full at the last try
            self._open()
        offset = self._append(records.answer + records.request)
        return RecordPlace(
            file=self.name, offset=offset, length=len(records.answer), end=self._end,
            payload_digest=records.payload_digest,
        )  # fmt: skip

    def _open(self) -> None:
        """Open the file of the present number, and begin it where it is new."""
        if self._descriptor < 0:
            closed, opened = self._folder / self.name, self._folder / f"{self.name}{OPEN_SUFFIX}"
            if closed.exists() and not opened.exists():
                closed.replace(opened)
            self._descriptor = os.open(opened, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._end = os.fstat(self._descriptor).st_size
            sync_folder(self._folder)  # else a power cut may take a synced file's name
        if self._end == 0:
            self._append(info_record(self.name, self._info))

    def _append(self, content: bytes) -> int:
        """One write to a file opened for appending: whole, or cut off again at once or at the next start."""
        offset = self._end
        try:
            written = os.write(self._descriptor, content)
            while written < len(content):  # a short write: a nearly full disk, or a signal
                written += os.write(self._descriptor, content[written:])
        except OSError:
            os.ftruncate(self._descriptor, offset)  # else the next record would lie behind half of this one
            raise
        self._end += written
        self.unsynced_bytes += written
        return offset

    def _cut_back(self, committed: dict[str, int]) -> None:
        """Leave what is committed: cut off the rest of an interrupted write, delete a file that was only begun."""
        paths = series_files(self._folder, self._prefix)
        for name in committed.keys() - paths.keys():
            raise BrokenRunError(f"{self._folder / name}: missing, though pages in it are committed; {_HELP}")
        surplus = sum(max(path.stat().st_size - committed.get(name, 0), 0) for name, path in paths.items())
        if surplus > MAX_SURPLUS_BYTES:
            raise BrokenRunError(
                f"{self._folder}: {surplus / 1e6:.0f} MB of the archive are not in the frontier, which is older than a "
                f"crash leaves it; {_HELP}"
            )
        for name, path in paths.items():
            end, size = committed.get(name, 0), path.stat().st_size
            if size < end:
                raise BrokenRunError(f"{path}: {size} bytes, though {end} are committed; {_HELP}")
            if end == 0:
                path.unlink()
            elif size > end:
                os.truncate(path, end)
