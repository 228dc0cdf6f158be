import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import ConfigError
from foundation.places import Places, complete_names, names_below, newest_complete, newest_unfinished
from foundation.quarters import QuarterName, parse_quarter, quarter_of


@pytest.mark.parametrize("text", ["2026Q1", "2026Q4", "2026Q4-try", "2026Q4-min6", "2026Q4-a.b-2", "1999Q2"])
def test_name_is_read_and_written_back(text: str) -> None:
    assert text == str(parse_quarter(text))


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026Q0", "2026Q5", "26Q1", "2026q1", "2026Q1-", "2026Q1-Try", "2026Q1-../x", "2026Q1-.x", "2026Q1 ",
     "2026Q1\n", "2026Q1-" + "x" * 32, "2026Q1/x", "٢٠٢٦Q1", "autumn"],
)  # fmt: skip
def test_anything_else_is_wrong_use(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a quarter: write a year and a quarter such as 2026Q4"):
        parse_quarter(text)


@given(st.text(max_size=20))
def test_a_name_is_always_one_path_segment_below_its_folder(text: str) -> None:
    try:
        name = str(parse_quarter(text))
    except ConfigError:
        return
    assert name == text
    assert name.isascii() and "/" not in name and not name.startswith(".")


def test_names_are_ordered_by_time_and_trials_follow_their_quarter() -> None:
    names = ["2025Q4", "2026Q1", "2026Q1-b", "2026Q2"]
    assert names == [str(name) for name in sorted(map(parse_quarter, reversed(names)))]
    trial = parse_quarter("2026Q1-b")
    assert (trial.is_trial, trial.base.is_trial) == (True, False)
    assert parse_quarter("2026Q1") == trial.base


@pytest.mark.parametrize(("day", "expected"), [((1, 1), 1), ((3, 31), 1), ((4, 1), 2), ((9, 30), 3), ((12, 31), 4)])
def test_each_day_has_its_quarter(day: tuple[int, int], expected: int) -> None:
    assert QuarterName(year=2026, quarter=expected) == quarter_of(datetime.date(2026, *day))


def make(folder: Path, name: str, *, is_complete: bool) -> None:
    (folder / name).mkdir(parents=True)
    if is_complete:
        (folder / name / "manifest.json").write_text("{}")


def test_newest_is_told_from_unfinished_and_trials(tmp_path: Path) -> None:
    assert newest_complete(tmp_path / "none") is newest_unfinished(tmp_path / "none") is None
    make(tmp_path, "2026Q1-try", is_complete=True)
    assert str(newest_complete(tmp_path)) == "2026Q1-try", "a trial where there is nothing else"
    make(tmp_path, "2025Q4", is_complete=True)
    make(tmp_path, "2026Q2", is_complete=False)
    assert str(newest_complete(tmp_path)) == "2025Q4"
    assert str(newest_unfinished(tmp_path)) == "2026Q2"
    assert [str(name) for name in complete_names(tmp_path)] == ["2025Q4", "2026Q1-try"]


def test_other_folders_and_files_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "2026Q1", is_complete=True)
    for name in ("lost+found", "2026-backup", "20261231", "2026Q1.old", ".2026Q2"):
        make(tmp_path, name, is_complete=True)
    (tmp_path / "2026Q3").write_text("a file")
    assert [str(name) for name in names_below(tmp_path)] == ["2026Q1"]


def test_places_lie_below_the_data_folder(tmp_path: Path) -> None:
    places = Places(tmp_path)
    folders = [places.snapshot("2026Q1"), places.corpus("2026Q1"), places.run("r"), places.crawl_work("2026Q1"),
               places.build_work("2026Q1"), places.cache]  # fmt: skip
    assert len(set(folders)) == len(folders)
    assert all(tmp_path in folder.parents for folder in folders)
