"""A command and all processes it started: their memory, and their sudden end.

In: the number of a process. Out: the sum of what its tree takes (Linux only); or its tree, killed.
Memory is PSS, in which what processes share is counted once.
"""

import os
import signal
import threading
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from types import TracebackType

PROC = Path("/proc")
INTERVAL_S = 0.2


def tree_of(root: int) -> list[int]:
    """The process and all its descendants, whichever process group they are in."""
    children = _children()
    found = [root]
    for number in found:
        found += children[number]
    return found


def children_of(root: int) -> list[int]:
    return _children()[root]


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = defaultdict(list)
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                # behind the name, which may hold anything, come the state and the parent
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                children[parent].append(int(folder.name))
    return children


def kill_tree(root: int) -> None:
    """kill -9 for all of them; the first is stopped before, so that it starts no other meanwhile."""
    with suppress(ProcessLookupError):
        os.kill(root, signal.SIGSTOP)
    for number in tree_of(root):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def pss_mb(root: int) -> float:
    return sum(map(_pss_kb, tree_of(root))) / 1024


def _pss_kb(number: int) -> int:
    with suppress(OSError):  # it has ended
        for line in (PROC / str(number) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


class PeakMemory:
    """Looks at a process and its descendants while the context is open; `peak_mb` is the largest sum seen.

    Args:
        is_divided: the process leaves its work to children; each of them is summed with its own descendants, and
            `peak_mb` is that of the largest.
    """

    def __init__(self, root: int, *, is_divided: bool = False) -> None:
        self.peak_mb = 0.0
        self._root, self._is_divided = root, is_divided
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(INTERVAL_S):
            self.peak_mb = max(self.peak_mb, *map(pss_mb, self._parts()))

    def _parts(self) -> list[int]:
        return (children_of(self._root) if self._is_divided else []) or [self._root]
