"""The task of one site: what a worker process needs to know, and whether it is done.

In: one site of one build. Out: `SiteTask`, and what its working folder says of it. What is done: site_build.py.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.config import CorpusConfig
from crawler.snapshot import SITES_FOLDER
from foundation.erasures import NOTHING_ERASED, Erasures
from foundation.files import write_text
from foundation.manifests import FileEntry

_DONE_NAME, _NOW_NAME = "done.json", "page.now"


@dataclass(frozen=True, kw_only=True)
class SiteTask:
    """One site of one build.

    Attributes:
        inputs_sha256: stands for the snapshot, the configuration, the erasures and the software.
        extraction_sha256, text_sha256: stand for all that an extraction, and the outcome of a text, depend on besides
            bytes and text.
        archive: the site's WARC files as the snapshot's manifest has them.
        carried: boilerplate of the corpus before: key -> first quarter.
        erasures: what must be forgotten.
    """

    snapshot: Path
    site: str
    config: CorpusConfig
    quarter: str
    inputs_sha256: str
    extraction_sha256: str
    text_sha256: str
    archive: tuple[FileEntry, ...]
    carried: Mapping[int, str]
    folder: Path
    cache: Path
    oldest_quarter: str
    num_pages: int = 0
    is_reserved: bool = False
    erasures: Erasures = NOTHING_ERASED

    @property
    def now(self) -> Path:
        """Which page is being read, for whoever finds that the process was ended by it."""
        return self.folder / _NOW_NAME


def is_done(task: SiteTask) -> bool:
    try:
        return bool(json.loads((task.folder / _DONE_NAME).read_text())["inputs"] == task.inputs_sha256)
    except (OSError, ValueError, KeyError):
        return False


def num_pages_of(folder: Path) -> int:
    """How many pages a finished site had, dropped ones included."""
    return int(json.loads((folder / _DONE_NAME).read_text())["num_pages"])


def begin(task: SiteTask) -> None:
    (task.folder / _DONE_NAME).unlink(missing_ok=True)


def end(task: SiteTask, num_pages: int) -> None:
    write_text(task.folder / _DONE_NAME, json.dumps({"inputs": task.inputs_sha256, "num_pages": num_pages}))


def run_site_task(task: SiteTask) -> str:
    """Process a site; gives its id. The libraries for it are loaded where it runs, not where it is handed out."""
    from corpus.site_build import build_site

    return build_site(task)


def archive_of(files: tuple[FileEntry, ...], site: str) -> tuple[FileEntry, ...]:
    """The WARC files of a site among the files of a snapshot."""
    folder = f"{SITES_FOLDER}/{site}{os.sep}"
    return tuple(each for each in files if each.path.startswith(folder) and ".warc" in each.path)
