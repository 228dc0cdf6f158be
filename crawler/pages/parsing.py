"""Reading pages without letting one of them hold up the crawl.

In: the bytes of pages. Out: readings; for what could take long, from a process of its own with limits on time and
memory. Does not know what a page is read for; links.py does.
"""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from crawler.pages.links import PageReading
from crawler.pages.parse_worker import read_message, write_message

log = logging.getLogger(__name__)
# Reading takes up to 0.2 us and 60 bytes of memory for each byte of a page, so 3 MB take less than a second whatever
# they hold. The largest municipal page seen is 4 MB, of inline images.
MAX_BYTES_IN_PROCESS = 3_000_000
# The one part whose time is a product: for an end tag that closes nothing, the parser asks every open element, 2.5 ns
# each. Half of 20,000 tags open and half stray take 0.3 s. An ordinary page has about 1,000.
MAX_TAGS_IN_PROCESS = 20_000
MAX_CPU_S = 5  # Nutch allows 30 s
MAX_MEMORY_BYTES = 1_000_000_000


def is_suspicious(body: bytes) -> bool:
    """Whether reading a page could take more than a second. Holds for every page, however it was made."""
    return len(body) > MAX_BYTES_IN_PROCESS or body.count(b"<") > MAX_TAGS_IN_PROCESS


class ParseWorker:
    """A process that reads suspicious pages one after the other; it starts with the first of them."""

    def __init__(self, *, max_cpu_s: int = MAX_CPU_S, max_memory_bytes: int = MAX_MEMORY_BYTES) -> None:
        self._limits = (str(max_cpu_s), str(max_memory_bytes))
        self._process: subprocess.Popen[bytes] | None = None
        # A thread of its own waits for the pipes, so that it works with any event loop and takes pages in turn.
        self._waiting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse-worker")

    async def read_page(self, body: bytes, url: str, content_type: str) -> PageReading | None:
        """None where the page was given up: it took too long or too much memory."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._waiting, self._read, body, url, content_type)

    def close(self) -> None:
        """End the process; a page that is being read is given up, and those that wait are cancelled."""
        self._waiting.shutdown(wait=False, cancel_futures=True)
        if process := self._process:
            _kill(process)
        self._waiting.shutdown()
        self._end()

    def _read(self, body: bytes, url: str, content_type: str) -> PageReading | None:
        process = self._running()
        assert process.stdin and process.stdout
        answer = None
        with suppress(OSError):  # it was killed from outside
            write_message(process.stdin, json.dumps({"url": url, "content_type": content_type}).encode())
            write_message(process.stdin, body)
            answer = read_message(process.stdout)
        if answer is None:
            self._end()
        found = json.loads(answer or b"null")
        if found is None:
            log.warning("%s was given up: reading it takes too long or too much memory", url)
        return found and _reading(found)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:  # between two pages
            self._end()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "crawler.pages.parse_worker", *self._limits],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                cwd=Path(__file__).parents[1],  # where the package can be found without being installed
                start_new_session=True,  # Ctrl-C ends the crawl in good order, not its pages
            )  # fmt: skip
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _kill(process)
        process.wait()
        for pipe in filter(None, (process.stdin, process.stdout)):
            with suppress(OSError):  # of what was not sent yet
                pipe.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End it with the page that it is reading."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _reading(found: dict[str, Any]) -> PageReading:
    return PageReading(
        links=tuple(found["links"]), metas=tuple((name, content) for name, content in found["metas"]),
        texts=tuple(found["texts"]), canonical=found["canonical"], not_followed=found["not_followed"],
    )  # fmt: skip
