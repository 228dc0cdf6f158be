import asyncio
import base64
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from crawler.pages.links import PageReading, read_page
from crawler.pages.parsing import MAX_BYTES_IN_PROCESS, MAX_TAGS_IN_PROCESS, ParseWorker, is_suspicious

URL = "http://nordby.test/"
PAGE = """<html><head><meta name="robots" content="noai"><link rel="canonical" href="/kanon"></head><body><p>Rødgrød</p>
<a href="/a">a</a><a href="mailto:a@nordby.test">b</a></body></html>""".encode()
# Half of the tags open and half close nothing: each of these asks all of those.
OPEN_AND_STRAY = b"<div>" * (MAX_TAGS_IN_PROCESS // 2) + b"</b>" * (MAX_TAGS_IN_PROCESS // 2)
HOURS_LONG = b"<div>" * 500_000 + b"</b>" * 500_000


def _attributes(size: int, form: bytes) -> bytes:
    return b"<body " + b" ".join(form % number for number in range(size // 8)) + b"><a href=/x>x</a>"


HOSTILE: dict[str, Callable[[], bytes]] = {
    "P1 100k attributes": lambda: _attributes(800_000, b"a%d=1"),
    "attributes without values": lambda: _attributes(MAX_BYTES_IN_PROCESS, b"a%d"),
    "attributes that hold brackets": lambda: _attributes(2_000_000, b"a%d='>'"),
    "P2 depth 300": lambda: b"<div>" * 300 + b"<a href=/x>x</a>",
    "P2 depth 3,000": lambda: b"<div>" * 3_000 + b"<a href=/x>x</a>",
    "P2 depth 200,000": lambda: b"<div>" * 200_000 + b"<a href=/x>x</a>",
    "P3 300,000 unclosed a": lambda: b"<a href='/x'>" * 300_000,
    "P4 formatting elements": lambda: b"<b><i><p>" * 2_000 + b"</b>" * 4_000 + b"<a href=/x>x</a>",
    "P6 flood of brackets": lambda: b"<a " * 1_000_000,
    "P9 PDF": lambda: b"%PDF-1.7\n" + random.Random(1).randbytes(2_900_000),
    "random bytes": lambda: random.Random(1).randbytes(2_900_000),
    "zero bytes": lambda: b"\0" * 2_900_000,
    "ampersands": lambda: b"&amp;" * 590_000,
    "open and stray tags": lambda: OPEN_AND_STRAY,
    "one long reference": lambda: b"<a href='/" + b"%41/../" * 400_000 + b"'>x</a>",
    "references to be thought about": lambda: b"<a href='../\xc3\xa6;jsessionid=1%41/(S(x))?utm_x=1'>" * 19_900,
    "scripts never closed": lambda: b"<script>" * 19_900 + b"x" * 2_000_000,
    "refresh of blanks": lambda: b"<meta http-equiv=refresh content='0;url" + b" " * 2_900_000 + b"'>",
}


def _ordinary(num_items: int = 30, extra: str = "") -> bytes:
    words = ["kommune", "borger", "hjælp", "ansøgning", "folkeskole", "affald", "byggesag", "høring"]
    draw = random.Random(num_items)
    menu = "".join(
        f'<li class="menu__item"><a class="menu__link" href="/{draw.choice(words)}/{number}" title="Læs mere">'
        f'<span>{draw.choice(words)}</span><svg width="12"><use xlink:href="#pil"></use></svg></a></li>\n'
        for number in range(90)
    )  # fmt: skip
    items = "".join(
        f'<tr><td>{number}</td><td><p>{" ".join(draw.choices(words, k=60))}</p></td>'
        f'<td><a href="https://www.nordby.test/sag/{number}?id={number}">sag</a></td></tr>\n'
        for number in range(num_items)
    )  # fmt: skip
    return (
        f"<html><head><title>x</title></head><body><ul>{menu}</ul><table>{items}</table>{extra}</body></html>".encode()
    )


ORDINARY = {
    "35 KB": lambda: _ordinary(),
    "a table of 1,500 rows": lambda: _ordinary(1_500),
    "2 MB image inside": lambda: _ordinary(
        extra=f'<img src="data:image/png;base64,{base64.b64encode(random.Random(1).randbytes(1_500_000)).decode()}">'
    ),
    "JSON inside": lambda: _ordinary(
        extra="<script type='application/json'>"
        + json.dumps([{"url": f"/sag?id={number}&a=b", "html": "<p class='x'>"} for number in range(9_000)])
        + "</script>"
    ),
    "a long style sheet inside": lambda: _ordinary(extra=f"<style>{'.a > .b { color: red } ' * 40_000}</style>"),
    "nothing": lambda: b"",
}  # fmt: skip


@pytest.mark.parametrize("page", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_page_is_not_suspicious_and_is_read_whole(page: Callable[[], bytes]) -> None:
    body = page()
    assert not is_suspicious(body)
    assert len(read_page(body, URL, "text/html").links) == body.count(b"<a ")


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE)
def test_page_that_is_not_suspicious_is_read_in_a_second(page: Callable[[], bytes]) -> None:
    body = page()
    if is_suspicious(body):
        return
    started = time.process_time()
    read_page(body, URL, "text/html")
    assert time.process_time() - started < 1


def test_pages_that_cost_most_are_suspicious() -> None:
    suspicious = {name for name, page in HOSTILE.items() if is_suspicious(page())}
    assert suspicious == {"P2 depth 200,000", "P3 300,000 unclosed a", "P6 flood of brackets"}
    assert is_suspicious(HOURS_LONG) and is_suspicious(OPEN_AND_STRAY + b"<p>")
    assert is_suspicious(b" " * (MAX_BYTES_IN_PROCESS + 1))


def test_looking_at_a_page_takes_no_time() -> None:
    for page, limit_s in ((_ordinary(), 0.0001), (b"x" * 10_000_000, 0.02), (b"<" * MAX_BYTES_IN_PROCESS, 0.02)):
        durations = []
        for _ in range(5):
            started = time.perf_counter()
            is_suspicious(page)
            durations.append(time.perf_counter() - started)
        assert min(durations) < limit_s


@pytest.fixture
def worker() -> Iterator[ParseWorker]:
    made = ParseWorker(max_cpu_s=1)
    yield made
    made.close()


def _run(work: Coroutine[Any, Any, PageReading | None]) -> PageReading | None:
    return asyncio.run(work)


def test_worker_reads_what_the_crawl_would_read(worker: ParseWorker) -> None:
    assert _run(worker.read_page(PAGE, URL, "text/html")) == read_page(PAGE, URL, "text/html")
    assert _run(worker.read_page(b"", URL, "")) == PageReading()
    deep = HOSTILE["P2 depth 200,000"]()
    assert _run(worker.read_page(deep, URL, "")) == PageReading(links=(f"{URL}x",), texts=("x",))


@pytest.mark.slow
def test_page_that_takes_too_long_is_given_up_and_others_go_on(worker: ParseWorker) -> None:
    async def work() -> tuple[list[PageReading | None], int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.01)

        ticking = asyncio.create_task(tick())
        readings = await asyncio.gather(*(worker.read_page(body, URL, "") for body in (PAGE, HOURS_LONG, PAGE)))
        ticking.cancel()
        return readings, ticks

    readings, ticks = asyncio.run(work())
    assert readings == [read_page(PAGE, URL, ""), None, read_page(PAGE, URL, "")]
    assert ticks > 20, "the loop was held up"


@pytest.mark.parametrize("max_memory_bytes", [100_000_000, 150_000_000, 200_000_000])
def test_page_that_takes_too_much_memory_is_given_up(max_memory_bytes: int) -> None:
    """And is not taken for an empty one, which is how the parser ends at some of the limits."""
    body = _attributes(10_000_000, b"%x")
    small = ParseWorker(max_memory_bytes=max_memory_bytes)
    assert _run(small.read_page(body, URL, "")) is None
    assert _run(small.read_page(PAGE, URL, "")) == read_page(PAGE, URL, "")
    small.close()


def test_worker_that_was_killed_is_started_anew(worker: ParseWorker) -> None:
    assert _run(worker.read_page(PAGE, URL, "")) is not None
    assert worker._process is not None
    os.kill(worker._process.pid, signal.SIGKILL)
    worker._process.wait()
    assert _run(worker.read_page(PAGE, URL, "")) is not None


def test_worker_is_deaf_to_the_key_that_stops_the_crawl(worker: ParseWorker) -> None:
    _run(worker.read_page(PAGE, URL, ""))
    assert worker._process is not None
    assert os.getpgid(worker._process.pid) != os.getpgid(0)


def test_closing_ends_the_process_and_the_page_it_reads(worker: ParseWorker) -> None:
    patient = ParseWorker(max_cpu_s=60)

    async def work() -> PageReading | None:
        reading = asyncio.create_task(patient.read_page(HOURS_LONG, URL, ""))
        while patient._process is None:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        process = patient._process
        patient.close()
        assert process.returncode == -signal.SIGKILL
        return await reading

    started = time.monotonic()
    assert _run(work()) is None
    assert time.monotonic() - started < 5
    worker.close()  # which never started


def test_worker_ends_with_the_crawl() -> None:
    code = """
import asyncio, os, signal
from crawler.pages.parsing import ParseWorker
worker = ParseWorker()
asyncio.run(worker.read_page(b"", "http://nordby.test/", ""))
print(worker._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    worker_pid = int(killed.stdout)
    end = time.monotonic() + 10
    while _is_alive(worker_pid):
        assert time.monotonic() < end, "the worker goes on without the crawl"
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_worker_works_under_the_event_loop_of_the_crawl() -> None:
    code = """
import asyncio
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from twisted.internet import defer, task
from crawler.pages.parsing import ParseWorker
worker = ParseWorker()
async def work():
    print((await worker.read_page(b"<a href=/x>", "http://nordby.test/", "")).links)
    worker.close()
task.react(lambda reactor: defer.Deferred.fromFuture(asyncio.ensure_future(work())))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, "('http://nordby.test/x',)\n"), ran.stderr
