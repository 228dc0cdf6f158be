"""The process that reads pages which could hang or fill another: `python -m crawler.pages.parse_worker`.

In: messages on standard input, two a page: where it is from, as JSON, and its bytes. Out: a message each on standard
output, the reading as JSON, or null where the page was given up. Ends when the input does.
Each page is read in a child of its own, so that it has all of the limits and can spoil nothing for the next.
"""

import json
import os
import resource
import signal
import struct
import sys
from dataclasses import asdict
from typing import IO

from crawler.pages.links import read_page

_LENGTH = struct.Struct(">I")


def write_message(file: IO[bytes], content: bytes) -> None:
    file.write(_LENGTH.pack(len(content)))
    file.write(content)
    file.flush()


def read_message(file: IO[bytes]) -> bytes | None:
    """None where the other side has ended, be it in the middle of a message."""
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    content = file.read(*_LENGTH.unpack(head))
    return content if len(content) == _LENGTH.unpack(head)[0] else None


def main(max_cpu_s: int, max_memory_bytes: int) -> None:
    while (place := read_message(sys.stdin.buffer)) and (body := read_message(sys.stdin.buffer)) is not None:
        result = os.memfd_create("reading")
        child = os.fork()
        if child == 0:
            _read_in_limits(body, json.loads(place), result, max_cpu_s, max_memory_bytes)
        body = b""  # the child has it; here it would lie until the next page comes
        _, status = os.waitpid(child, 0)
        with os.fdopen(result, "rb") as file:
            file.seek(0)
            write_message(sys.stdout.buffer, file.read() if status == 0 else b"null")


def _read_in_limits(
    body: bytes, place: dict[str, str], result: int, max_cpu_s: int, max_memory_bytes: int
) -> None:  # fmt: skip
    """Never comes back."""
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # or each page that is given up would leave its memory on disk
        resource.setrlimit(resource.RLIMIT_CPU, (max_cpu_s, max_cpu_s))
        resource.setrlimit(resource.RLIMIT_AS, (max_memory_bytes, max_memory_bytes))
        reading = json.dumps(asdict(read_page(body, **place))).encode()
        with os.fdopen(result, "wb") as file:
            file.write(reading)
        status = 0
    except MemoryError:
        pass
    except Exception:  # noqa: BLE001  # it would go up into the loop of the parent
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(*map(int, sys.argv[1:]))
