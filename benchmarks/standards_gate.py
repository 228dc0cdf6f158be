"""Readings of the standards, on the cases of others: robots.txt by RFC 9309, URLs by the WHATWG standard.

In: ../shared/data. Out: figures. Where we read otherwise, each case is named and explained in the tests, which this
asks for their lists.
"""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, exactly, skipped
from benchmarks.real_material import SHARED_DATA
from crawler.pages.urls import normal_url
from crawler.rules.robots import rules_for

ROBOTS = SHARED_DATA / "robots" / "google_robotstxt.jsonl"
URLS = SHARED_DATA / "urls" / "normalize_crawler_commons.jsonl"
TESTS = Path(__file__).parents[1] / "tests"


def standards_figures(folder: Path) -> Iterator[Figure]:  # noqa: ARG001  # a measure like the others
    yield from _robots()
    yield from _urls()


def _robots() -> Iterator[Figure]:
    name = "Google's robots cases read otherwise, without an explanation in test_robots.py"
    if not ROBOTS.is_file():
        yield skipped(name, "0")
        return
    cases = [json.loads(line) for line in ROBOTS.read_text(encoding="utf-8").splitlines()]
    other = {(case["robots_txt"], case["url"]) for case in cases
             if rules_for(case["agent"], case["robots_txt"]).allows(case["url"]) != case["allowed"]}  # fmt: skip
    yield exactly(f"{name}, of {len(cases)}", 0, len(other - _explained("test_robots").keys()))


def _urls() -> Iterator[Figure]:
    name = "normal forms of URLs that differ, without an explanation in test_urls.py"
    if not URLS.is_file():
        yield skipped(name, "0")
        return
    cases = [json.loads(line) for line in URLS.read_text().splitlines()]
    other = {number for number, case in enumerate(cases, 1) if normal_url(case["url"]) != case["normalized"]}
    yield exactly(f"{name}, of {len(cases)}", 0, len(other - set().union(*_explained("test_urls").values())))


def _explained(module: str) -> dict[Any, Any]:
    """The DEVIATIONS of a test module."""
    path = next(TESTS.rglob(f"{module}.py"))
    spec = importlib.util.spec_from_file_location(module, path)
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    deviations: dict[Any, Any] = loaded.DEVIATIONS
    return deviations
