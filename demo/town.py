"""A served web and a data folder for it: the stage on which the real command is run.

In: a folder and a server with its register. Out: the `tvaerkom` command as a process of its own, as a user types it.
Checks nothing; the demo, the tests and the benchmarks do.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.register import register_text
from demo.server import KommunebyServer
from demo.web import Web
from foundation.files import make_folder, write_text

REGISTER_NAME = "register.yaml"


@dataclass(frozen=True)
class Town:
    """`folder` holds register.yaml; `data` is the data folder, by default the same."""

    folder: Path
    data: Path

    def command(self, *arguments: str) -> list[str]:
        register = self.folder / REGISTER_NAME
        options = ("--data", str(self.data.resolve()), "--register", str(register.resolve()))
        # -P: the working directory is not searched for modules
        return [sys.executable, "-P", "-m", "tvaerkom", *options, *arguments]

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run to the end, in the town's folder, where no tvaerkom.yaml of the user is."""
        return subprocess.run(self.command(*arguments), cwd=self.folder, check=False, text=True, **options)


def found_town(folder: Path, web: Web, server: KommunebyServer, *, data: Path | None = None) -> Town:
    """Write the register for a served web."""
    write_text(make_folder(folder) / REGISTER_NAME, register_text(web, port=server.port, tls_port=server.tls_port))
    return Town(folder, data or folder)
