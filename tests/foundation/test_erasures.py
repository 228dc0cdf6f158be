"""What must be forgotten, by hashes; folders changed at once or not at all; what a backup brings back is seen."""

import json
import os
import pickle
import shutil
import stat
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.applied import missing_ids, stamp, stamped_ids
from foundation.erasures import (
    NOTHING_ERASED,
    Sought,
    add_erasure,
    erasure_ids,
    read_erasures,
    set_done,
    text_words,
    words_of,
)
from foundation.errors import BrokenRunError
from foundation.manifests import damaged_files, file_entries, write_manifest
from foundation.places import Places
from foundation.revisions import JOURNAL_NAME, Revision, content_sha256

SECRET = "Oluf Vindrose Testesen passer fyret"
SOUGHT = Sought(
    urls=frozenset({"nordby.example/oluf"}), prefixes=("sandvig.example/folk/",), sites=frozenset({"9003"}),
    texts=text_words([SECRET]), payloads=frozenset({"ab" * 32}),
)  # fmt: skip


@pytest.mark.parametrize("by", ["words", "hashes"])
def test_both_matchers_say_the_same(by: str, tmp_path: Path) -> None:
    matcher = SOUGHT if by == "words" else add_erasure(tmp_path, "a", "2026-11-22", SOUGHT)
    assert matcher.has_texts
    assert [key for key in ("nordby.example/oluf", "nordby.example/oluf2", "sandvig.example/folk/x",
                            "sandvig.example/folk", "nordby.example/") if matcher.covers_url("9001", key)] == [
        "nordby.example/oluf", "sandvig.example/folk/x",
    ]  # fmt: skip
    assert matcher.covers_url("9003", "anything.example/")
    assert matcher.covers_payload("ab" * 32)
    assert not matcher.covers_payload("cd" * 32)
    shouted = SECRET.upper().replace(" ", ",\n\t")
    assert matcher.covers_text(f"Og så:\n {shouted}!")
    assert not matcher.covers_text(SECRET.replace("passer", "passede"))
    assert not matcher.covers_text(f"x{SECRET}")


@given(before=st.text(max_size=20), after=st.text(max_size=20), gap=st.text(" \t\n.,-–!", min_size=1, max_size=3))
def test_text_is_found_between_anything(before: str, after: str, gap: str) -> None:
    text = f"{before} {gap.join(SECRET.split())} {after}"
    assert SOUGHT.covers_text(text)


def test_hashes_and_words_agree_on_texts(tmp_path: Path) -> None:
    hashed = add_erasure(tmp_path, "a", "2026-11-22", SOUGHT)

    @given(st.lists(st.sampled_from([*SECRET.split(), "en", "blå", "FYRET"]), max_size=12).map(" ".join))
    def agree(text: str) -> None:
        assert hashed.covers_text(text) == SOUGHT.covers_text(text)

    agree()


@pytest.mark.parametrize("written", ["pa\u030a", "På", "p\u00adå", "p\u200bå"])
def test_words_are_the_same_in_every_spelling(written: str) -> None:
    assert words_of(written) == ["på"]


def test_hashes_can_be_given_to_another_process(tmp_path: Path) -> None:
    hashed = add_erasure(tmp_path, "a", "2026-11-22", SOUGHT)
    assert hashed.covers_text(SECRET)
    again = pickle.loads(pickle.dumps(hashed))
    assert again == hashed
    assert again.covers_text(SECRET)


def test_index_holds_no_word_and_is_its_owners(tmp_path: Path) -> None:
    add_erasure(tmp_path / "erasures", "a", "2026-11-22", SOUGHT)
    for path in (tmp_path / "erasures").iterdir():
        content = path.read_bytes().lower()
        assert not any(word in content for word in (b"oluf", b"vindrose", b"nordby", b"sandvig", b"abababab"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_the_key_nothing_goes_on(tmp_path: Path) -> None:
    add_erasure(tmp_path, "a", "2026-11-22", SOUGHT)
    (tmp_path / "key").unlink()
    with pytest.raises(BrokenRunError, match="restore"):
        read_erasures(tmp_path)


def test_states_and_order(tmp_path: Path) -> None:
    assert read_erasures(tmp_path) is NOTHING_ERASED
    assert not NOTHING_ERASED.covers_text(SECRET)
    for number in range(1, 12):
        add_erasure(tmp_path, f"2026-11-22-{number}", "2026-11-22", Sought(urls=frozenset({f"x/{number}"})))
    assert erasure_ids(tmp_path) == [f"2026-11-22-{number}" for number in range(1, 12)]
    set_done(tmp_path, "2026-11-22-2")
    assert "2026-11-22-2" not in erasure_ids(tmp_path, only_pending=True)
    assert len(erasure_ids(tmp_path, only_pending=True)) == 10
    assert read_erasures(tmp_path, ["2026-11-22-3"]).covers_url("", "x/3")
    assert not read_erasures(tmp_path, ["2026-11-22-3"]).covers_url("", "x/4")


def content_of(values: Any) -> str:
    return content_sha256(values["files"], json.dumps(values["counts"]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A complete folder of three files, and a file beside it."""
    folder = tmp_path / "data" / "corpora" / "2020Q1"
    for name in ("a.txt", "b/c.txt", "d.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"old {name}")
    (tmp_path / "beside.txt").write_text("old")
    files = [asdict(each) for each in file_entries(folder, [path for path in folder.rglob("*") if path.is_file()])]
    values = {"kind": "corpus", "id": "corpus-x", "revision": 1, "files": files, "counts": {"rows": 3}}
    write_manifest(folder, values | {"content_sha256": content_of(values)})
    return folder


def revise(folder: Path, erasure: str = "e1") -> None:
    def update(values: dict[str, Any]) -> None:
        values["counts"]["rows"] = 1

    with Revision(folder, erasure, content_sha256=content_of, update=update) as revision:
        if (folder / "a.txt").read_text() != "new":
            with revision.replacing("a.txt") as aside:
                aside.write_text("new")
        if (folder / "d.txt").exists():
            revision.removing("d.txt")
        beside = folder.parents[2] / "beside.txt"
        if beside.read_text() != "new":
            with revision.replacing(beside) as aside:
                aside.write_text("new")


def files_of(folder: Path) -> dict[str, str]:
    top = folder.parents[2]
    return {str(path.relative_to(top)): path.read_text() for path in sorted(top.rglob("*")) if path.is_file()}


def test_revision_measures_anew_and_keeps_the_old_hashes(folder: Path) -> None:
    old = json.loads((folder / "manifest.json").read_text())
    revise(folder)
    new = json.loads((folder / "manifest.json").read_text())
    assert (new["id"], new["revision"], new["counts"], new["erasures"]) == ("corpus-x", 2, {"rows": 1}, ["e1"])
    assert [each["path"] for each in new["files"]] == ["a.txt", "b/c.txt"]
    assert damaged_files(folder, file_entries(folder, [folder / each["path"] for each in new["files"]])) == []
    hashes = {each["path"]: each["sha256"] for each in old["files"]}
    assert new["superseded"] == [{
        "revision": 1, "content_sha256": old["content_sha256"], "erasure": "e1",
        "files": {name: hashes[name] for name in ("a.txt", "d.txt")},
    }]  # fmt: skip
    assert new["content_sha256"] == content_of(new)
    before = files_of(folder)
    revise(folder)
    assert files_of(folder) == before
    revise(folder, "e2")
    again = json.loads((folder / "manifest.json").read_text())
    assert (again["revision"], again["erasures"], again["superseded"]) == (2, ["e1", "e2"], new["superseded"])


class Stopped(Exception):
    pass


def test_kill_at_any_step_leaves_all_or_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aside = shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-undisturbed"))
    undisturbed = aside / folder.relative_to(tmp_path)
    old = files_of(folder)
    revise(undisturbed)
    expected = files_of(undisturbed)
    number = 0
    while True:
        number += 1
        top = shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-killed-{number}"))
        killed = top / folder.relative_to(tmp_path)
        with monkeypatch.context() as patch:
            count = _stop(patch, number)
            try:
                revise(killed)
                break
            except Stopped:
                pass
        if not (killed / JOURNAL_NAME).exists() and count() == 1:
            assert {name: text for name, text in files_of(killed).items() if not name.endswith(".tmp")} == old
        revise(killed)
        assert files_of(killed) == expected
    assert number > 6


def _stop(patch: pytest.MonkeyPatch, number: int) -> Any:
    """Raise at the n-th rename or removal."""
    done = 0

    def stopping(real: Any) -> Any:
        def called(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            done += 1
            if done >= number:  # a dead process does nothing more
                raise Stopped
            return real(*arguments, **options)

        return called

    for name in ("replace", "unlink"):
        patch.setattr(os, name, stopping(getattr(os, name)))
    return lambda: done


def test_error_inside_changes_nothing(folder: Path) -> None:
    before = files_of(folder)
    with pytest.raises(Stopped), Revision(folder, "e1", content_sha256=content_of) as revision:
        with revision.replacing("a.txt") as aside:
            aside.write_text("new")
        raise Stopped
    assert files_of(folder) == before


def test_folders_without_an_erasure_are_seen(folder: Path, tmp_path: Path) -> None:
    places = Places(tmp_path / "data")
    (places.reports).mkdir()
    (places.reports / "crawl-2020Q1.txt").write_text("x")
    assert missing_ids(places) == []
    add_erasure(places.erasures, "e1", "2026-11-22", SOUGHT)
    assert missing_ids(places) == ["e1"]
    revise(folder)
    stamp(places.reports, "e1")
    assert missing_ids(places) == ["e1"]  # pending
    set_done(places.erasures, "e1")
    assert missing_ids(places) == []
    assert stamped_ids(places.reports) == ["e1"]
    (folder / JOURNAL_NAME).write_text("{}")
    assert missing_ids(places) == ["e1"]
