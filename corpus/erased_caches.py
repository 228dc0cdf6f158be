"""What the corpus stage keeps beside its corpora: cached pages, signatures, working folders. All of it is derived.

In: the data folder, what is sought, the sites concerned. Out: what there is of it, or that it is gone: a cached value
is known by bytes and text, never by its address, so the whole cache of each site concerned goes, and is made anew by
the next build.
"""

import shutil
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

from corpus.cache import cached_values
from foundation.erasures import Matcher, Trace
from foundation.places import Places

CACHED_PAGE, PAGE_CACHE, SIGNATURES, WORKING_FOLDER = "cached page", "page cache", "signature cache", "working folder"


def find_derived(places: Places, matcher: Matcher, sites: Collection[str], *, is_concerned: bool) -> list[Trace]:
    """What an erasure takes away.

    Args:
        sites: whose pages are meant.
        is_concerned: whether anything was found elsewhere.
    """
    found = [trace for path in _page_caches(places) for trace in _of_page_cache(places, path, matcher, sites)]
    near = places.cache / "near"
    if not (found or sites or is_concerned):
        return []
    if near.is_dir():
        found.append(Trace(place=_place(places, near), kind=SIGNATURES, count=1))
    return [*found, *working_folders(places)]


def working_folders(places: Places) -> list[Trace]:
    """Those of what was stopped: they hold texts of pages, and nobody has looked of which."""
    builds = places.build_work("x").parent
    paths = sorted(path for path in builds.iterdir() if path.is_dir()) if builds.is_dir() else []
    paths += [places.spilled] if places.spilled.is_dir() else []
    return [Trace(place=_place(places, path), kind=WORKING_FOLDER, count=1) for path in paths]


def remove_derived(places: Places, traces: Collection[Trace]) -> None:
    """Remove what was found; whoever calls this sees to it that nothing is built meanwhile."""
    for trace in traces:
        path = places.data / trace.place
        if trace.kind in (WORKING_FOLDER, SIGNATURES):
            shutil.rmtree(path, ignore_errors=True)
        else:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)


def _of_page_cache(places: Places, path: Path, matcher: Matcher, sites: Collection[str]) -> Iterator[Trace]:
    number = _num_covered(path, matcher) if matcher.has_texts else 0
    if number:
        yield Trace(place=_place(places, path), kind=CACHED_PAGE, count=number)
    elif number is None or path.stem in sites or matcher.covers_url(path.stem, ""):
        yield Trace(place=_place(places, path), kind=PAGE_CACHE, count=1)


def _num_covered(path: Path, matcher: Matcher) -> int | None:
    """None where the file cannot be read: then nobody knows."""
    from corpus.cached_texts import covers_value  # with it come the libraries that read pages

    try:
        return sum(covers_value(matcher, table, value) for table, value in cached_values(path))
    except sqlite3.DatabaseError:
        return None


def _page_caches(places: Places) -> list[Path]:
    return sorted((places.cache / "pages").glob("*.db"))


def _place(places: Places, path: Path) -> str:
    return path.relative_to(places.data).as_posix()
