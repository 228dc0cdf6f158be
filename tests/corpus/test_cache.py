"""A value comes back as it was put or not at all; no state of the file changes what a build gives."""

import json
import logging
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from corpus.cache import EXTRACTIONS, TEXTS, PageCache, cache_key, source_sha256
from foundation.errors import BrokenRunError

KEY = cache_key("en side")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pages" / "9001.db"


def put(path: Path, value: Any, quarter: str = "2020Q1", key: bytes = KEY) -> None:
    with PageCache(path, quarter) as cache:
        cache.put(EXTRACTIONS, key, value)


def got(path: Path, quarter: str = "2020Q1", key: bytes = KEY) -> Any:
    with PageCache(path, quarter) as cache:
        return cache.get(EXTRACTIONS, key)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        0,
        False,
        "",
        [None, 0.1, 1e-300, 0.30000000000000004],
        {"text": "æøå \x00 \ufeff \U0010ffff"},
        ["x" * 9**6],
    ],
)
def test_value_comes_back(path: Path, value: Any) -> None:
    put(path, value)
    assert got(path) == value


def test_tables_and_keys_are_apart(path: Path) -> None:
    put(path, 1)
    with PageCache(path, "2020Q1") as cache:
        assert cache.get(TEXTS, KEY) is None
        assert cache.get(EXTRACTIONS, cache_key("en anden side")) is None


def test_later_value_replaces_the_first(path: Path) -> None:
    put(path, 1)
    put(path, 2)
    assert got(path) == 2


def test_parts_of_a_key_do_not_run_together() -> None:
    keys = [cache_key("ab", "c"), cache_key("a", "bc"), cache_key("abc"), cache_key("abc", ""), cache_key("\ud800")]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {16}


def test_nothing_is_kept_of_a_build_that_broke_beyond_its_last_commit(path: Path) -> None:
    with pytest.raises(RuntimeError), PageCache(path, "2020Q1") as cache:
        cache.put(EXTRACTIONS, KEY, 1)
        cache.commit()
        cache.put(EXTRACTIONS, cache_key("b"), 2)
        raise RuntimeError
    assert (got(path), got(path, key=cache_key("b"))) == (1, None)


@pytest.mark.parametrize("packed", [b"", b"no zstd", 17, None, "text", sqlite3.Binary(b"\x28\xb5\x2f\xfd\x00")])
def test_damaged_value_is_none_and_can_be_put_again(path: Path, packed: Any, caplog: pytest.LogCaptureFixture) -> None:
    put(path, 1)
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE extractions")
        database.execute("CREATE TABLE extractions (key BLOB PRIMARY KEY, quarter TEXT, brief, value) WITHOUT ROWID")
        database.execute("INSERT INTO extractions VALUES (?, '2020Q1', ?, ?)", (KEY, packed, packed))
    database.close()
    with caplog.at_level(logging.WARNING):
        assert got(path) is None
        with PageCache(path, "2020Q1") as cache:
            assert cache.brief(EXTRACTIONS, KEY) is None
    assert caplog.text.count("is worked out anew") == 2
    put(path, 2)
    assert got(path) == 2


def _fill(path: Path) -> None:
    with PageCache(path, "2020Q1") as cache:
        for number in range(300):
            cache.put(EXTRACTIONS, cache_key(str(number)), [str(number) * 200])


@pytest.mark.parametrize("damage", ["not a database", "cut off", "overwritten", "empty"])
def test_damaged_file_is_begun_anew(path: Path, damage: str) -> None:
    _fill(path)
    whole = path.read_bytes()
    path.write_bytes({
        "not a database": b"x" * 5000,
        "cut off": whole[: len(whole) // 2],
        "overwritten": whole[:4096] + b"\xff" * (len(whole) - 4096),
        "empty": b"",
    }[damage])  # fmt: skip
    with PageCache(path, "2020Q2") as cache:
        for number in range(300):
            key = cache_key(str(number))
            if cache.get(EXTRACTIONS, key) != [str(number) * 200]:
                cache.put(EXTRACTIONS, key, [str(number) * 200])
        cache.forget_before("2020Q1")
    with PageCache(path, "2020Q2") as cache:
        # what was put before the damage was met may be gone; it is worked out again
        values = [cache.get(EXTRACTIONS, cache_key(str(number))) for number in range(300)]
        assert {json.dumps(value) for value in values} <= {"null", *(json.dumps([str(n) * 200]) for n in range(300))}
        assert values[-1] == ["299" * 200]


def test_brief_is_read_without_its_value_and_marks_it_as_used(path: Path) -> None:
    with PageCache(path, "2020Q1") as cache:
        assert cache.brief(EXTRACTIONS, KEY) is None
        cache.put(EXTRACTIONS, KEY, 1, b"kort")
        assert cache.brief(EXTRACTIONS, KEY) == b"kort"
    with PageCache(path, "2020Q2") as cache:
        assert cache.brief(EXTRACTIONS, KEY) == b"kort"
    assert quarters_in(path) == ["2020Q2"]


def test_file_of_an_older_version_is_begun_anew(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE extractions (key BLOB PRIMARY KEY, quarter TEXT, value) WITHOUT ROWID")
    database.execute("INSERT INTO extractions VALUES (?, '2020Q1', x'00')", (KEY,))
    database.commit()
    database.close()
    assert got(path) is None
    put(path, 2)
    assert got(path) == 2


def quarters_in(path: Path, table: str = EXTRACTIONS) -> list[str]:
    database = sqlite3.connect(path)
    rows = database.execute(f"SELECT quarter FROM {table} ORDER BY quarter").fetchall()
    database.close()
    return [quarter for (quarter,) in rows]


def test_use_is_written_beside_the_value(path: Path) -> None:
    put(path, 1, "2020Q1")
    put(path, 2, "2020Q1", cache_key("ikke brugt"))
    assert got(path, "2020Q2") == 1
    assert quarters_in(path) == ["2020Q1", "2020Q2"]
    assert got(path, "2020Q1") == 1  # a trial of an earlier quarter takes nothing back
    assert quarters_in(path) == ["2020Q1", "2020Q2"]


def test_what_no_build_has_used_is_forgotten(path: Path) -> None:
    for quarter in ("2019Q4", "2020Q1", "2020Q2"):
        put(path, 1, quarter, cache_key(quarter))
    with PageCache(path, "2020Q3") as cache:
        cache.forget_before("2020Q1")
    assert quarters_in(path) == ["2020Q1", "2020Q2"]


def test_what_this_build_used_is_not_forgotten_however_old(path: Path) -> None:
    put(path, 1, "2015Q1")
    with PageCache(path, "2020Q1") as cache:
        assert cache.get(EXTRACTIONS, KEY) == 1
        cache.forget_before("2019Q3")
    assert got(path) == 1


def test_full_disk_is_one_sentence(path: Path) -> None:
    with pytest.raises(BrokenRunError) as error, PageCache(path, "2020Q1") as cache:
        cache._database.execute("PRAGMA max_page_count = 5")
        for number in range(1000):
            cache.put(
                EXTRACTIONS, cache_key(str(number)), [cache_key(str(n)).hex() for n in range(number, number + 50)]
            )
    message = str(error.value)
    assert str(path) in message
    assert "make room on the disk" in message
    assert "\n" not in message


def test_folder_in_its_place_is_one_sentence(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(BrokenRunError, match="cannot be written"):
        PageCache(path, "2020Q1")


WRITER = """
import sys
from pathlib import Path
from corpus.cache import EXTRACTIONS, PageCache, cache_key
with PageCache(Path(sys.argv[1]), "2020Q1") as cache:
    for number in range(1000):
        key = cache_key(str(number))
        value = cache.get(EXTRACTIONS, key)
        assert value in (None, [number] * 20), value
        cache.put(EXTRACTIONS, key, [number] * 20)
    cache.forget_before("2019Q1")
"""


def test_two_processes_write_at_once(path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert [process.communicate()[1] for process in processes] == ["", ""]
    assert [process.returncode for process in processes] == [0, 0]
    with PageCache(path, "2020Q1") as cache:
        assert all(cache.get(EXTRACTIONS, cache_key(str(number))) == [number] * 20 for number in range(1000))


def test_hash_of_code_is_of_its_names_and_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "a.py", tmp_path / "b.py"
    one.write_text("a = 1")
    two.write_text("b = 1")
    before = source_sha256([one, two])
    assert source_sha256([two, one]) == before
    two.write_text("b = 2")
    assert source_sha256([one, two]) != before


def test_two_builds_write_at_the_same_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.cache._BUSY_S", 0)
    with PageCache(path, "2020Q1") as one, PageCache(path, "2020Q1") as other:
        one.put(EXTRACTIONS, KEY, "en")
        other.put(EXTRACTIONS, cache_key("en anden side"), "to")
        other.commit()
        assert one.get(EXTRACTIONS, KEY) == "en"
    assert (got(path), got(path, key=cache_key("en anden side"))) == ("en", "to")
