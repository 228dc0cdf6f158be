"""What the extractor alone takes for the pages of a WARC file: `python -m benchmarks.trafilatura_alone FILE`.

In: a WARC file of UTF-8 pages. Out: a line of JSON with the pages and the seconds of CPU of the calls alone: start,
reading and decoding are not in them. Its fall-backs and its metadata are on, as they are by default for a user.
"""

import json
import logging
import sys
import time
from pathlib import Path

import trafilatura
from fastwarc.warc import ArchiveIterator, WarcRecordType

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def main(warc: str) -> None:
    num_pages, cpu_s = 0, 0.0
    with Path(warc).open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, auto_decode="all"):
            html = record.reader.read().decode()
            started = time.process_time()
            trafilatura.bare_extraction(html, fast=False, with_metadata=True)
            cpu_s += time.process_time() - started
            num_pages += 1
    sys.stdout.write(json.dumps({"num_pages": num_pages, "cpu_s": cpu_s}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
