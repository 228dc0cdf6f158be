"""Many sites at once: several processes, a network that is lost and found, signals, and the report of the run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.telling.reading import frontier_read
from demo.kommuneby import Web, make_web
from demo.register import register_text
from demo.server import KommunebyServer

QUARTER = "2020Q1"
PATIENCE_S = 60.0
# The command with a wire that brings nothing while a file is there: a network that is lost and found.
WITHOUT_NETWORK = """
import pathlib, sys
from crawler.net import wire
from crawler.net.failures import SilenceError
from crawler.spiders.site import SiteSpider
lost = pathlib.Path(sys.argv.pop(1))
fetch = wire.TeeDownloadHandler.download_request
async def download_request(self, request):
    if lost.exists():
        raise SilenceError("no address: no name server answered")
    return await fetch(self, request)
wire.TeeDownloadHandler.download_request = download_request
SiteSpider.pause_s = 0.3
import tvaerkom
tvaerkom.main()
"""

# The command with a mistake of ours on one page.
WITH_A_MISTAKE = """
import sys
from crawler.spiders import site
read = site.read_page
def read_page(body, url, content_type):
    if b"forgiftet" in body:
        raise RuntimeError("a mistake of ours")
    return read(body, url, content_type)
site.read_page = read_page
import tvaerkom
tvaerkom.main()
"""


@pytest.fixture(scope="module")
def web() -> Web:
    return make_web(num_municipalities=4, pages_per_site=12)


@pytest.fixture
def server(web: Web, tvaerkom: Any) -> Iterator[KommunebyServer]:
    """A web that is asked slowly enough that a crawl of it has a middle."""
    with KommunebyServer(web) as running:
        tvaerkom.register.write_text(register_text(web, port=running.port))
        slow = {site.id: {"delay_s": 0.05, "reason": "test", "date": "2026-01-01"} for site in web.sites}
        tvaerkom.write_settings(sites=slow)
        yield running


def archived(tvaerkom: Any) -> set[str]:
    urls = set()
    for folder in (tvaerkom.data / "work" / QUARTER).glob("*/frontier.db"):
        with frontier_read(folder.parent) as db:
            urls |= {url for (url,) in db.execute("select url from capture where status = 200 and withheld is null")}
    return urls


@pytest.mark.slow
def test_several_processes_archive_what_one_does_and_end_with_the_one_that_began_them(
    tvaerkom: Any, web: Web, server: KommunebyServer, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    process = tvaerkom.start("crawl", QUARTER, "--processes", "2")
    wait_until(lambda: len(server.log) >= 40)
    children = children_of(process.pid)
    assert len(children) >= 2
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    wait_until(lambda: not any(is_alive(child) for child in children))
    finished = tvaerkom("crawl", QUARTER, "--processes", "2")
    assert finished.returncode == 0, finished.stderr
    assert set(web.content_urls()) <= archived(tvaerkom)
    published = tvaerkom("snapshot", "publish", QUARTER)
    assert published.returncode == 0, published.stderr
    verified = tvaerkom("snapshot", "verify", QUARTER)
    assert verified.returncode == 0, verified.stderr
    report = json.loads((tvaerkom.data / "reports" / f"crawl-{QUARTER}.json").read_text())
    assert {site["state"] for site in report["sites"]} == {"complete"}
    assert len(report["sites"]) == len(web.sites)


def children_of(pid: int) -> list[int]:
    """Process numbers of the children, those of multiprocessing's own housekeeping among them."""
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_lost_network_is_waited_for_and_counts_against_no_site(
    tvaerkom: Any, web: Web, server: KommunebyServer, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    lost, said = tvaerkom.folder / "lost", tvaerkom.folder / "said"
    command = tvaerkom.arguments("crawl", QUARTER)
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", WITHOUT_NETWORK, str(lost), *command[3:]], cwd=tvaerkom.folder, stdout=output,
            stderr=output,
        )  # fmt: skip
        wait_until(lambda: len(server.log) >= 80)
        lost.touch()
        wait_until(lambda: "most sites fell silent within a minute" in said.read_text())
        time.sleep(1.5)  # for those that were waiting for their turn when it was lost
        asked = len(server.log)
        time.sleep(1.0)
        assert len(server.log) == asked
        lost.unlink()
        assert process.wait(timeout=PATIENCE_S) == 0, said.read_text()
    assert "the network is there again; the crawl goes on" in said.read_text()
    assert set(web.content_urls()) <= archived(tvaerkom)
    for site in web.sites:
        with frontier_read(tvaerkom.data / "work" / QUARTER / site.id) as db:
            assert db.execute("select count(*) from url where state = 'failed'").fetchone() == (0,)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_first_signal_ends_gently_and_the_second_at_once(
    number: signal.Signals, tvaerkom: Any, serve: Any, respond: Any, one_site: Any,
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:  # fmt: skip
    slow = serve({}, pause_s=20.0)
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{slow.port}"))
    process = tvaerkom.start("crawl", QUARTER)
    wait_until(lambda: len(slow.requests) >= 1)
    os.kill(process.pid, number)
    time.sleep(1.0)
    assert process.poll() is None, "it waits for the answer that is under way"
    os.kill(process.pid, number)
    assert process.wait(timeout=5.0) == 130
    said = process.communicate()[1]
    assert "stopping as soon as the requests under way are answered; once more to stop at once" in said
    assert said.rstrip().endswith(f"crawl {QUARTER}")


@pytest.mark.slow
def test_mistake_of_ours_on_one_page_costs_that_page_only(
    tvaerkom: Any, serve: Any, respond: Any, one_site: Any
) -> None:
    links = b"".join(b'<a href="/s%d">x</a>' % number for number in range(4))
    pages = {f"/s{number}": respond(b"<p>forgiftet</p>" if number == 1 else b"<p>side</p>") for number in range(4)}
    script = serve(pages | {"/": respond(links)})
    tvaerkom.register.write_text(one_site(f"127.0.1.1:{script.port}"))
    command = [sys.executable, "-c", WITH_A_MISTAKE, *tvaerkom.arguments("crawl", QUARTER)[3:]]
    done = subprocess.run(command, cwd=tvaerkom.folder, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "s1 could not be read" in done.stderr) == (0, True), done.stderr
    assert {url.rpartition("/")[2] for url in archived(tvaerkom)} == {"", "s0", "s2", "s3"}
    published = tvaerkom("snapshot", "publish", QUARTER)
    assert published.returncode == 0, published.stderr
