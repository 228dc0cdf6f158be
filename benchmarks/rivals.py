"""The rivals, on the same served web: Scrapy's CrawlSpider with a JOBDIR, and wget with a WARC file.

In: a `ServedTown` and a folder. Out: their commands, and what they found: URL -> sha256 of the body. They reach
Kommuneby as through a proxy, because they have no register that says where a host lives. The CrawlSpider runs in
.venv-bench (benchmarks/constraints.txt), wget is the system's.
"""

import gzip
import hashlib
import json
import shutil
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from benchmarks.served import ServedTown

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-bench" / "bin" / "python"
WARC = "rival"


@dataclass(frozen=True, kw_only=True)
class Rival:
    """How one of them is started, each time in the same folder."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


def crawlspider(stage: ServedTown, folder: Path, *, most_pages: int = 0) -> Rival:
    """Args: most_pages: it has no rule by which to stop where traps are; 0 for a web that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = {"seeds": _seeds(stage), "domains": _domains(stage)}
    (folder / "plan.json").write_text(json.dumps(plan))
    command = [str(PYTHON), "-m", "benchmarks.crawlspider", "plan.json", "jobs", "found.jsonl", str(most_pages)]
    environment = {"PYTHONPATH": str(ROOT), "http_proxy": _proxy(stage)}
    return Rival(name="CrawlSpider + JOBDIR", command=command, folder=folder, environment=environment)


def wget(stage: ServedTown, folder: Path, *, most_bytes: int = 0) -> Rival:
    """Args: most_bytes: as above; 0 for a web that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        "wget", "--quiet", "--recursive", "--level=inf", "--span-hosts", f"--domains={','.join(_domains(stage))}",
        f"--quota={most_bytes}", "--tries=3", "--timeout=30", f"--warc-file={WARC}", *_seeds(stage),
    ]  # fmt: skip
    return Rival(name="wget", command=command, folder=folder, environment={"http_proxy": _proxy(stage)})


def has_crawlspider() -> bool:
    return PYTHON.exists()


def has_wget() -> bool:
    return shutil.which("wget") is not None


def found_by_crawlspider(folder: Path) -> tuple[dict[str, str], int]:
    """Pages with status 200, and how many lines cannot be read or stand there twice."""
    lines = (folder / "found.jsonl").read_text().splitlines() if (folder / "found.jsonl").exists() else []
    found: dict[str, str] = {}
    num_bad = 0
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            num_bad += 1
            continue
        num_bad += row["url"] in found
        if row["status"] == 200:
            found[row["url"]] = row["sha256"]
    return found, num_bad


def found_by_wget(folder: Path) -> tuple[dict[str, str], int]:
    """Responses with status 200 in its WARC file, and 1 where the file is cut."""
    path = folder / f"{WARC}.warc.gz"
    found: dict[str, str] = {}
    if not path.exists():
        return found, 0
    with path.open("rb") as file, suppress(OSError, ValueError):
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            if record.http_headers and record.http_headers.status_code == 200:
                url = record.headers["WARC-Target-URI"].strip("<>")
                found[url] = hashlib.sha256(record.reader.read()).hexdigest()
    return found, int(not _is_whole(path))


def _is_whole(path: Path) -> bool:
    try:
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return False
    return True


def _seeds(stage: ServedTown) -> list[str]:
    return [site.root for site in stage.web.sites]


def _domains(stage: ServedTown) -> list[str]:
    return sorted({host for site in stage.web.sites for host in (site.host, site.apex_host)})


def _proxy(stage: ServedTown) -> str:
    """The server reads the absolute form of a target too, at each of its addresses."""
    return f"http://{stage.web.sites[0].address}:{stage.server.port}"
