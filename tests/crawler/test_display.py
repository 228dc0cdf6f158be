"""How a running crawl is shown: on a terminal, in a log, and not at all."""

import io
import logging
import time
from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.logging import RichHandler

from crawler.telling import display
from crawler.telling.board import RATE_SPAN_S, Board
from crawler.telling.display import CrawlDisplay, SiteProgress
from crawler.telling.grid import picture
from foundation import progress

SITES = [("9001", "Nordby"), ("9002", "Østerby"), ("9003", "Sydby")]
BREAKER = "breaker until 14:05"


def standing(number: int, *, pages: int = 0, waiting: int = 0, note: str = "") -> SiteProgress:
    name = dict(SITES).get(f"900{number}", f"By{number}")
    return SiteProgress(site=f"900{number}", name=name, num_pages=pages, waiting=waiting, failed=0, note=note)


def board(*standings: SiteProgress) -> Board:
    filled = Board("2026Q4", [(each.site, each.name) for each in standings], now=0.0)
    for each in standings:
        filled.show(each, 1.0)
    return filled


def drawn(filled: Board, *, width: int = 100, height: int = 40) -> list[str]:
    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=height, color_system=None)
    console.print(picture(filled, width=width, height=height))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """A terminal of 100 columns, with the log set up as a command sets it up."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100, height=30)
    monkeypatch.setattr(progress, "console", console)
    caplog.set_level(logging.INFO, "crawler")
    handler = RichHandler(console=console, show_path=False, markup=False)
    logging.getLogger("crawler").addHandler(handler)
    yield file
    logging.getLogger("crawler").removeHandler(handler)


@pytest.fixture
def log_file(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(progress, "console", Console(file=io.StringIO()))
    caplog.set_level(logging.INFO, "crawler")
    return caplog


def test_rate_counts_what_was_fetched_now_not_at_an_earlier_start() -> None:
    filled = Board("2026Q4", SITES, now=0.0)
    filled.show(standing(1, pages=5_000, waiting=100), 10.0)
    filled.show(standing(1, pages=5_060, waiting=40), 60.0)
    assert filled.pages_per_minute == pytest.approx(60)
    filled.tick(60.0 + 2 * RATE_SPAN_S)
    assert filled.pages_per_minute == 0


def test_time_to_go_is_that_of_the_site_that_takes_longest() -> None:
    filled = Board("2026Q4", SITES, now=0.0)
    assert filled.last_to_finish is None
    for pages, now in ((0, 0.0), (60, 60.0)):
        filled.show(standing(1, pages=pages, waiting=600), now)
        filled.show(standing(2, pages=pages * 4, waiting=1_200), now)
        filled.show(standing(3, pages=pages, note="finished"), now)
    assert filled.last_to_finish == (standing(1, pages=60, waiting=600), 600.0)
    assert filled.summary == "360 of 2160 pages, 360 per min, about 10 min to go (Nordby), 1 of 3 sites finished"


def test_picture_puts_trouble_first_then_what_has_most_left() -> None:
    lines = drawn(board(
        standing(1, pages=50, waiting=50), standing(2, pages=10, waiting=9_000),
        standing(3, pages=7, waiting=3, note=BREAKER), standing(4, pages=80, note="finished"),
    ))  # fmt: skip
    assert lines[0].startswith("crawl 2026Q4: 147 of 9200 pages")
    assert set(lines[1]) == {"█", "░"} or set(lines[1]) == {"░"}
    assert lines[2].split() == ["!", "Sydby", "7", "pages,", "3", "waiting", *BREAKER.split()]
    assert lines[3].index("Østerby") < lines[3].index("Nordby")
    assert "50 ███░░░  50%" in lines[3]
    assert "✓ By4" in lines[4] and "100%" in lines[4]


@pytest.mark.parametrize("width", [40, 80, 100, 200])
@pytest.mark.parametrize("height", [8, 24, 60])
@pytest.mark.parametrize("num_troubled", [0, 3, 60])
def test_picture_of_a_hundred_sites_fits_the_window_and_tells_of_each(
    width: int, height: int, num_troubled: int
) -> None:
    notes = [BREAKER] * num_troubled + ["finished"] * 20 + [""] * (82 - num_troubled)
    sites = [standing(i, pages=i, waiting=0 if note == "finished" else i * 37 + 1, note=note)
             for i, note in enumerate(notes)]  # fmt: skip
    lines = drawn(board(*sites), width=width, height=height)
    assert len(lines) < height
    assert max(map(cell_len, lines)) <= width
    text = "\n".join(lines)
    named = sum(f"By{i} " in text or f"900{i}" in text for i in range(10, 102))
    assert num_troubled == 0 or "! " in text
    assert named >= 80 or "more sites in trouble" in text or "with less left" in text or "sites finished," in text


def test_long_and_hostile_texts_stay_in_their_place() -> None:
    lines = drawn(board(standing(1, pages=1, waiting=1, note="\x1b[2Jgone\r" + "x" * 300)), width=80)
    assert max(map(cell_len, lines)) <= 80
    assert "\x1b" not in "".join(lines) and lines[2].endswith("…")


def test_terminal_shows_a_picture_and_sentences_above_it(terminal: io.StringIO) -> None:
    with CrawlDisplay("2026Q4", SITES) as shown:
        shown.show(standing(1, pages=3, waiting=1))
        shown.say("Nordby [b]answers[/b] again")
        logging.getLogger("crawler.spiders").info("a log record")
        shown.show(standing(3, note=BREAKER))
        while BREAKER not in terminal.getvalue():
            time.sleep(0.01)
    text = terminal.getvalue()
    assert "Nordby [b]answers[/b] again" in text and "a log record" in text
    assert "crawl 2026Q4" in text and "█" in text
    assert text.endswith("\x1b[2K") or text.rstrip().endswith("\x1b[?25h"), "the picture is taken away"


def test_drawing_is_at_most_twice_a_second(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    drawings: list[float] = []

    def counted(*args: object, **options: object) -> str:
        drawings.append(time.monotonic())
        return ""

    monkeypatch.setattr(display, "picture", counted)
    began = time.monotonic()
    with CrawlDisplay("2026Q4", SITES) as shown:
        while time.monotonic() < began + 0.8:
            shown.show(standing(1, pages=len(drawings), waiting=1))
    assert 2 <= len(drawings) <= 4, "at the start, once or twice, and at the end"


def test_log_has_a_line_a_minute_also_while_all_sites_rest(
    log_file: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOG_INTERVAL_S", 0.02)
    with CrawlDisplay("2026Q4", SITES) as shown:
        shown.show(standing(1, pages=3, waiting=1))
        shown.show(standing(3, note=BREAKER))
        shown.say("the network is gone")
        while len(log_file.messages) < 4:
            time.sleep(0.01)
    assert "the network is gone" in log_file.messages
    line = log_file.messages[-1]
    assert line.startswith("crawl 2026Q4: 3 of 4 pages, ")
    assert line.endswith(f"0 of 3 sites finished; in trouble: Sydby: {BREAKER}")
    assert not set("█░\x1b\n") & set("".join(log_file.messages))


def test_log_line_names_some_sites_in_trouble_and_counts_the_others() -> None:
    filled = board(*(standing(number, note=BREAKER) for number in range(1, 10)))
    assert filled.line.count(BREAKER) == 5
    assert filled.line.endswith("; and 4 more")


def test_quiet_shows_nothing(terminal: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "crawler")
    with CrawlDisplay("2026Q4", SITES) as shown:
        shown.show(standing(1, pages=3, waiting=1))
        shown.say("a sentence")
    assert (terminal.getvalue(), caplog.messages) == ("", [])


def test_display_goes_away_when_the_crawl_fails(terminal: io.StringIO) -> None:
    with pytest.raises(ZeroDivisionError), CrawlDisplay("2026Q4", SITES):
        raise ZeroDivisionError
    assert "\x1b[?25h" in terminal.getvalue(), "the cursor is back"
