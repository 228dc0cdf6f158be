"""champion.json: named so that a person knows the track, read whole or not at all."""

from pathlib import Path

import pytest

from foundation.errors import BrokenRunError
from foundation.places import Places
from training.champions.tracks import (
    CHAMPION_NAME,
    Change,
    InUse,
    Track,
    is_private,
    read_track,
    read_tracks,
    track_folder,
    track_name,
    write_track,
)  # fmt: skip

SHA256 = "0123456789abcdef" * 4


def track(name: str) -> Track:
    used = [
        InUse(run=f"r{number}", since="2026-11-23T00:00:00+00:00", weights_sha256="w", judgement="judgements/x.json",
              reason="because" if number else None) for number in range(3)
    ]  # fmt: skip
    change = Change(at=used[2].since, kind="promoted", run="r2", judgement="judgements/x.json", reason=None)
    return Track(
        name=name, tokenizer_sha256=SHA256, is_private=False, champion=used[2], before=tuple(used[:2]),
        changes=(change,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("NbAiLab/nb-bert-base", "nb-bert-base-01234567"),
        ("../../etc", "etc-01234567"),
        ("Ærø & Søn!", "r-s-n-01234567"),
        ("...", "model-01234567"),
        ("a" * 90, "a" * 40 + "-01234567"),
    ],
)
def test_name_is_readable_and_safe_as_a_folder(tmp_path: Path, base: str, expected: str) -> None:
    places = Places(tmp_path)
    name = track_name(places, base=base, tokenizer_sha256=SHA256, is_private=False)
    assert name == expected
    assert track_folder(places, name).parent == places.models
    assert track_name(places, base=base, tokenizer_sha256=SHA256, is_private=True) == f"{expected}-private"


def test_two_bases_with_one_tokenizer_share_a_track(tmp_path: Path) -> None:
    places = Places(tmp_path)
    write_track(places, track("nb-bert-base-01234567"))
    assert track_name(places, base="bert-base-multilingual-cased", tokenizer_sha256=SHA256, is_private=False) == (
        "nb-bert-base-01234567"
    )
    private = track_name(places, base="mbert", tokenizer_sha256=SHA256, is_private=True)
    assert private == "mbert-01234567-private"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert read_track(places, "a-01234567") is None
    assert read_tracks(places) == []
    for name in ("b-01234567", "a-01234567"):
        write_track(places, track(name))
    assert read_tracks(places) == [track("a-01234567"), track("b-01234567")]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format_version": 1}', '{"format_version": 2}', "{'"])
def test_broken_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    places = Places(tmp_path)
    path = track_folder(places, "a-01234567") / CHAMPION_NAME
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(BrokenRunError, match=r"champion.json: "):
        read_tracks(places)


def test_private_is_what_the_run_says(tmp_path: Path) -> None:
    assert not is_private(tmp_path, {})
    assert is_private(tmp_path, {"private": True})
    (tmp_path / "privacy.json").write_text("{}")
    assert is_private(tmp_path, {})
