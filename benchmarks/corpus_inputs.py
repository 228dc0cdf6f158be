"""The inputs of the corpus measurements as WARC files, and a data folder in which they are a published snapshot.

In: pages as URL and body, a folder. Out: a WARC file, made once for each name; a `Workshop`, whose builds run the real
command in processes of their own, and the digests of what they wrote. Fetches nothing.
"""

import datetime
import hashlib
import io
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks import danish_markup, small_pages
from benchmarks.danish_markup import real_pages
from benchmarks.served import QUARTER, Cost, measured, say
from crawler.snapshot import import_warcs
from demo.town import REGISTER_NAME, Town
from foundation.files import make_folder, write_text

NEXT_QUARTER = "2022Q2"
WARCS = "warcs"
_FETCHED_AT = {
    QUARTER: datetime.datetime(2022, 1, 15, tzinfo=datetime.UTC),
    NEXT_QUARTER: datetime.datetime(2022, 4, 15, tzinfo=datetime.UTC),
}


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """A data folder with a register and published snapshots, and the WARC file of each quarter."""

    town: Town
    warcs: dict[str, Path]

    def command(self, name: str, workers: int, options: Sequence[str] = ()) -> list[str]:
        return self.town.command("--quiet", "corpus", "build", name, "--workers", str(workers), *options)

    def build(
        self, name: str = QUARTER, *options: str, workers: int = 1, expected: Sequence[int] = (0,)
    ) -> Cost:  # fmt: skip
        return measured(self.command(name, workers, options), self.town.folder, expected=expected)

    def forget(self, *names: str, with_cache: bool = True) -> None:
        """As if these corpora had never been built; without the cache, as if none had."""
        for name in names:
            shutil.rmtree(self.corpus(name), ignore_errors=True)
            shutil.rmtree(self.town.data / "work" / "corpus" / name, ignore_errors=True)
        if with_cache:
            shutil.rmtree(self.town.data / "cache", ignore_errors=True)

    def corpus(self, name: str = QUARTER) -> Path:
        return self.town.data / "corpora" / name

    def rows(self, name: str, pattern: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        """Rows of the tables of a corpus whose path has this pattern."""
        paths = sorted(self.corpus(name).glob(pattern))
        return [row for path in paths for row in pq.read_table(path, columns=list(columns)).to_pylist()]

    def digests(self, name: str = QUARTER) -> dict[str, str]:
        """File -> sha256, of every file of a corpus."""
        folder = self.corpus(name)
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()
        }  # fmt: skip


def workshop_of_danish_pages(folder: Path, num_pages: int) -> Workshop:
    """Real markup with Danish text, about 150 KB a page."""
    warc = write_warc(folder / WARCS / f"danish-{num_pages}.warc.gz", danish_markup.danish_pages(num_pages))
    hosts = [danish_markup.host_of_site(number) for number in range(danish_markup.NUM_SITES)]
    return _workshop(folder, {QUARTER: warc}, hosts)


def workshop_of_small_pages(folder: Path, num_pages: int, *, num_quarters: int = 1) -> Workshop:
    """Pages of 2 KB on a hundred sites; in the second quarter one of twenty pages has changed."""
    warcs = {
        name: write_warc(
            folder / WARCS / f"small-{num_pages}-{quarter}.warc.gz",
            small_pages.small_pages(num_pages, quarter=quarter), _FETCHED_AT[name],
        )
        for quarter, name in enumerate((QUARTER, NEXT_QUARTER)[:num_quarters])
    }  # fmt: skip
    return _workshop(folder, warcs, [small_pages.host_of_site(number) for number in range(small_pages.NUM_SITES)])


def workshop_of_real_pages(folder: Path) -> Workshop:
    """The 200 real pages as they were; what they declare themselves, or do not, decides on their character set."""
    host = "www.virkelig.kommuneby.test"
    pages = ((f"http://{host}/{name}", body) for name, body in real_pages())
    warc = write_warc(folder / WARCS / "real.warc.gz", pages, content_type="text/html")
    return _workshop(folder, {QUARTER: warc}, [host])


def write_warc(
    path: Path, pages: Iterable[tuple[str, bytes]], fetched_at: datetime.datetime = _FETCHED_AT[QUARTER],
    content_type: str = "text/html; charset=utf-8",
) -> Path:  # fmt: skip
    """A file that is there already is taken as it is; it appears under its name only when it is whole."""
    if path.is_file():
        return path
    started, num_pages = time.monotonic(), 0
    # With the type of its payload said, datatrove's reader need not guess it; guessing loses it 19 of the 200 pages.
    headers = {
        "WARC-Date": fetched_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "WARC-Identified-Payload-Type": "text/html",
    }  # fmt: skip
    unfinished = make_folder(path.parent) / f"{path.name}.part"
    with unfinished.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, body in pages:
            # the same id for the same page, so that the file is the same in every run
            digest = hashlib.sha256(url.encode()).hexdigest()
            identity = f"<urn:uuid:{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}>"
            answer = StatusAndHeaders("200 OK", [("Content-Type", content_type)], "HTTP/1.1")
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=answer,
                warc_headers_dict=headers | {"WARC-Record-ID": identity},
            )  # fmt: skip
            writer.write_record(record)
            num_pages += 1
    unfinished.rename(path)
    say(f"{path.name}: {num_pages} pages, {path.stat().st_size / 1e6:.0f} MB, {time.monotonic() - started:.0f} s")
    return path


def _workshop(folder: Path, warcs: dict[str, Path], hosts: Sequence[str]) -> Workshop:
    """Each file laid out as the snapshot of its quarter."""
    register = folder / REGISTER_NAME
    write_text(register, yaml.safe_dump(_register(hosts), allow_unicode=True))
    town = Town(folder, folder / "data")
    for quarter, warc in warcs.items():
        import_warcs([warc], make_folder(town.data / "snapshots") / quarter, quarter, register)
    return Workshop(town=town, warcs=warcs)


def _register(hosts: Sequence[str]) -> dict[str, object]:
    """A municipality for each host."""
    return {
        "municipalities": [
            {
                "code": f"9{number:03}", "name": host.split(".")[1], "official_name": f"{host.split('.')[1]} Kommune",
                "region": "Region Syddanmark", "seeds": [f"http://{host}/"], "domains": [host],
            }
            for number, host in enumerate(hosts)
        ]
    }  # fmt: skip
