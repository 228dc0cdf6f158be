"""The real command on a served web: what it costs, and what it leaves behind.

In: a `Web` and a folder. Out: a `ServedTown`, whose commands run as processes of their own, and the tables of its
snapshots as rows. The server runs in this process; its work is in no cost.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from benchmarks.process_tree import PeakMemory
from demo.kommuneby import Web
from demo.server import KommunebyServer
from demo.town import Town, found_town

QUARTER = "2022Q1"
COMPLAINTS_NAME = "complaints.txt"  # what a command says on standard error


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one command took: CPU of its process and those it waited for; memory as PSS, with its descendants'."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    returncode: int = 0


def say(text: str) -> None:
    """Progress, for whoever waits."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')}  {text}\n")
    sys.stderr.flush()


def measured(
    command: Sequence[str],
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    expected: Sequence[int] = (0,),
    is_divided: bool = False,
) -> Cost:
    """Run a command to its end. Its complaints are kept beside it.

    Args:
        is_divided: it leaves its work to processes, and memory is that of the largest of them.

    Raises:
        RuntimeError: an exit code that is not expected.
    """
    started = time.monotonic()
    complaints = folder / COMPLAINTS_NAME
    with complaints.open("w") as errors:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=errors
        )
        with PeakMemory(process.pid, is_divided=is_divided) as memory:
            _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in expected:
        said = complaints.read_text()[-2000:]
        raise RuntimeError(f"{' '.join(command)[:200]}: exit code {process.returncode}: {said}")
    return Cost(
        wall_s=time.monotonic() - started,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mb=memory.peak_mb,
        returncode=process.returncode,
    )


@dataclass(frozen=True, kw_only=True)
class ServedTown:
    """A served web, and a data folder for its crawls."""

    web: Web
    server: KommunebyServer
    town: Town

    @property
    def environment(self) -> dict[str, str]:
        """Where the web has https, its authority is to be believed."""
        return {"SSL_CERT_FILE": str(self.server.ca_file)} if self.server.ca_file else {}

    def run(self, *arguments: str, expected: Sequence[int] = (0,), is_divided: bool = False) -> Cost:
        command = self.town.command("--quiet", *arguments)
        return measured(
            command, self.town.folder, environment=self.environment, expected=expected, is_divided=is_divided
        )  # fmt: skip

    def crawl(
        self, *, only: Sequence[str] = (), num_processes: int = 1, expected: Sequence[int] = (0, 3)
    ) -> Cost:  # fmt: skip
        """Exit code 3: a site is not complete, as hostile ones may be."""
        options = ("--only", ",".join(only)) if only else ()
        return self.run("crawl", QUARTER, "--processes", str(num_processes), *options, expected=expected,
                        is_divided=num_processes > 1)  # fmt: skip

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of `captures` or `requests`, each with its site."""
        sites = self.town.data / "snapshots" / QUARTER / "sites"
        return [
            row | {"site": path.parent.name}
            for path in sorted(sites.glob(f"*/{table}.parquet")) for row in pq.read_table(path).to_pylist()
        ]  # fmt: skip


@contextmanager
def served(web: Web, folder: Path, *, delays_s: Mapping[str, float] | None = None) -> Iterator[ServedTown]:
    """Serve a web. `delays_s`: the pause of each site, as its webmaster may have asked for it."""
    with KommunebyServer(web) as server:
        town = found_town(folder, web, server)
        if delays_s:
            sites = {site: {"delay_s": delay_s, "reason": "measured", "date": "2022-01-01"}
                     for site, delay_s in delays_s.items()}  # fmt: skip
            (folder / "tvaerkom.yaml").write_text(yaml.safe_dump({"sites": sites}))
        yield ServedTown(web=web, server=server, town=town)
