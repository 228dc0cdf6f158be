"""One process at a time on a piece of work.

In: the path of a lock file. Out: the lock, held while the context is open; the system lets it go when the process
ends, however it ends. Locks this machine's processes only.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foundation.errors import ConfigError
from foundation.files import make_folder


@contextmanager
def held(path: Path, *, busy: str) -> Iterator[None]:
    """Hold a lock; the file keeps the number of the last process that held it.

    Raises:
        ConfigError: another process holds it; the message is `busy` and that process's number.
    """
    make_folder(path.parent)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise ConfigError(f"{busy} (process {file.read().strip() or 'unknown'}); wait for it, or stop it") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
