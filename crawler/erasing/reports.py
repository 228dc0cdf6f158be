"""Reports without the addresses and texts that are sought.

In: data/reports, and what is sought. Out: how many addresses or lines stand there; the files without them. Reports are
derived and no manifest names them, so a file is changed by itself. The report of a corpus goes whole: its numbers and
its texts that are cut short are of what is to be forgotten too, and it can be made anew.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from crawler.erasing.showing import URL_IN_TEXT, SiteMatcher
from crawler.warc.records import ERASED
from foundation.applied import STAMP_NAME
from foundation.erasures import Matcher, Trace
from foundation.files import write_text
from foundation.places import Places, names_below

_KINDS = {".json", ".txt", ".yaml", ".yml", ".jsonl", ".html", ".md", ".csv", ".log"}


def find_in_reports(places: Places, matcher: Matcher) -> list[Trace]:
    return [
        Trace(place=path.relative_to(places.data).as_posix(), kind="report line", count=count)
        for path, _, count in _changed(places, matcher)
    ]  # fmt: skip


def erase_from_reports(places: Places, matcher: Matcher) -> list[Trace]:
    """Put the word "erased" where an address stood, and where a line showed a text; reports of corpora go."""
    traces = find_in_reports(places, matcher)
    for name in names_below(places.reports):
        folder = places.corpus_report(str(name))
        traces.append(Trace(place=folder.relative_to(places.data).as_posix(), kind="report", count=1))
        shutil.rmtree(folder)
    for path, text, _ in list(_changed(places, matcher)):
        write_text(path, text)
    return traces


def _changed(places: Places, matcher: Matcher) -> Iterator[tuple[Path, str, int]]:
    """Each report that names something, with its new text and the number of lines that change."""
    of_no_site = SiteMatcher(matcher, "")
    for path in sorted(places.reports.rglob("*")):
        if path.suffix not in _KINDS or path.name == STAMP_NAME or not path.is_file():
            continue
        old = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines(keepends=True)
        new = [_without(line, matcher, of_no_site) for line in old]
        if count := sum(before != after for before, after in zip(old, new, strict=True)):
            yield path, "".join(new), count


def _without(line: str, matcher: Matcher, of_no_site: SiteMatcher) -> str:
    if matcher.has_texts and matcher.covers_text(line):
        return ERASED_STRING.sub(lambda found: _string_without(found, matcher), line) if '"' in line else f"{ERASED}\n"
    if "://" not in line:
        return line
    return URL_IN_TEXT.sub(lambda found: ERASED if of_no_site.covers_url(found[0].rstrip(".,;:)")) else found[0], line)


ERASED_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def _string_without(found: re.Match[str], matcher: Matcher) -> str:
    """A string of a JSON file, so that the file can be read as before."""
    return f'"{ERASED}"' if matcher.covers_text(found[1]) else found[0]
