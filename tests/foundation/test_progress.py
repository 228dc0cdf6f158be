import io
import logging
from collections.abc import Iterator

import pytest
from rich.console import Console

from foundation import progress as module
from foundation.progress import configure_logging, progress


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], root.level = before
    for package in ("foundation", "crawler", "corpus", "training", "demo", "workflows"):
        logging.getLogger(package).setLevel(logging.NOTSET)


def shown(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> io.StringIO:
    out = io.StringIO()
    monkeypatch.setattr(module, "console", Console(file=out, force_terminal=is_terminal, width=100))
    return out


def test_terminal_shows_a_bar_and_log_lines_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    out = shown(monkeypatch, is_terminal=True)
    configure_logging(quiet=False, verbose=False)
    with progress("crawl 2020Q1", unit="pages", total=3) as meter:
        meter.advance(2, "Nordby")
        logging.getLogger("crawler").info("a line")
    assert "crawl 2020Q1" in out.getvalue() and "━" in out.getvalue() and "2/3" in out.getvalue()
    assert "a line" in out.getvalue()


def test_log_file_gets_one_line_a_minute_and_no_bar(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    out = shown(monkeypatch, is_terminal=False)
    caplog.set_level(logging.INFO, "foundation")
    clock = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    with progress("crawl", unit="pages", total=600) as meter:
        for _ in range(150):
            clock[0] += 1
            meter.advance(2, "Nordby")
    assert out.getvalue() == ""
    assert caplog.messages == [
        "crawl: 120 of 600 pages, 2.0 pages/s, about 4 min left, Nordby",
        "crawl: 240 of 600 pages, 2.0 pages/s, about 3 min left, Nordby",
    ]


def test_without_a_total_there_is_no_remainder(monkeypatch: pytest.MonkeyPatch) -> None:
    shown(monkeypatch, is_terminal=False)
    with progress("crawl", unit="pages") as meter:
        meter.show(7, None)
        assert meter.line().startswith("crawl: 7 pages, ")
        assert "left" not in meter.line()


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"quiet": True, "verbose": False}, logging.WARNING), ({"quiet": False, "verbose": False}, logging.INFO),
     ({"quiet": False, "verbose": True}, logging.DEBUG)],
)  # fmt: skip
def test_quiet_and_verbose_set_how_much_is_said(
    options: dict[str, bool], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shown(monkeypatch, is_terminal=True)
    configure_logging(**options)
    assert expected == logging.getLogger("crawler").level
    assert logging.getLogger("scrapy").getEffectiveLevel() == logging.WARNING, "libraries say warnings only"
    with progress("x", unit="pages") as meter:
        meter.advance()
    assert (expected == logging.WARNING) == (out.getvalue() == "")
