"""Signatures kept from build to build: found again by text, and worked out anew where anything is wrong."""

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from corpus.near import folder as near_folder
from corpus.near.minhash import bands, signatures_and_sizes, sketches
from corpus.near.signature_cache import SignatureCache, text_keys
from corpus.near.signature_file import SignatureFile, Signatures
from corpus.near.text_store import TextStore, TextWriter

TEXTS = [f"Fristen for ansøgning nummer {number} er den {number % 28 + 1}. maj." for number in range(30)]
NEW = ["Biblioteket har åbent hele ugen.", "Husk at tage billedlegitimation med.", "Affald hentes hver anden uge."]


def _signatures(texts: list[str]) -> Signatures:
    signature, sizes = signatures_and_sizes(texts)
    return Signatures(bands=bands(signature), sizes=sizes, sketches=sketches(signature), keys=text_keys(texts))


def _kept(folder: Path, *parts: list[str], is_kept: bool = True) -> SignatureCache:
    cache = SignatureCache(folder / "sentences", is_kept=is_kept)
    paths = [folder / f"part-{number}" for number in range(len(parts))]
    for path, texts in zip(paths, parts, strict=True):
        _signatures(texts).write(path)
    cache.keep(paths)
    return cache


def _filled(cache: SignatureCache, texts: list[str]) -> tuple[list[bool], Signatures]:
    found = Signatures.empty(len(texts))
    found.keys[:] = text_keys(texts)
    return cache.fill(found).tolist(), found


def test_signatures_are_found_again_by_their_text(tmp_path: Path) -> None:
    cache = _kept(tmp_path, TEXTS[:10], TEXTS[10:12], TEXTS[12:])
    wanted = [NEW[0], *TEXTS[5:20], NEW[1], TEXTS[29], TEXTS[0]]
    is_filled, found = _filled(cache, wanted)
    assert is_filled == [text in TEXTS for text in wanted]
    expected = _signatures(wanted)
    assert np.array_equal(found.bands[:, is_filled], expected.bands[:, is_filled])
    assert np.array_equal(found.sizes[is_filled], expected.sizes[is_filled])
    assert np.array_equal(found.sketches[is_filled], expected.sketches[is_filled])


def test_trial_leaves_what_is_there(tmp_path: Path) -> None:
    _kept(tmp_path, TEXTS)
    trial = _kept(tmp_path, NEW, is_kept=False)
    assert _filled(trial, [TEXTS[0], *NEW])[0] == [True, False, False, False]


def test_damage_of_one_file_costs_what_is_in_it_and_behind(tmp_path: Path) -> None:
    cache = _kept(tmp_path, TEXTS[:10], TEXTS[10:20], TEXTS[20:])
    _flip(next(cache.folder.glob("*/00001")))
    assert _filled(cache, TEXTS)[0] == [True] * 10 + [False] * 20


def test_file_of_another_build_is_not_taken_for_ours(tmp_path: Path) -> None:
    """As where another build puts its own there after the list was read: its checksum is known, its texts differ."""
    cache = _kept(tmp_path, TEXTS)
    place = next(cache.folder.iterdir())
    listed = json.loads((place / "checksums.json").read_text())
    _signatures([text.upper() for text in TEXTS]).write(place / "00000")
    listed["sums"][0] = zlib.crc32((place / "00000").read_bytes())
    (place / "checksums.json").write_text(json.dumps(listed))
    assert not any(_filled(cache, TEXTS)[0])


def test_cache_that_cannot_be_written_costs_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "sentences").write_text("no folder")
    _kept(tmp_path, TEXTS)
    assert "not kept for the next build" in caplog.text


def test_what_is_kept_replaces_what_was_there(tmp_path: Path) -> None:
    cache = _kept(tmp_path, TEXTS)
    (cache.folder / "of-other-code").mkdir()
    cache = _kept(tmp_path, NEW)
    assert _filled(cache, [TEXTS[0], *NEW])[0] == [False, True, True, True]
    assert len(list(cache.folder.iterdir())) == 1


def test_nothing_is_there_before_the_first_build(tmp_path: Path) -> None:
    assert _filled(SignatureCache(tmp_path / "sentences", is_kept=True), NEW)[0] == [False] * 3
    assert _filled(_kept(tmp_path), NEW)[0] == [False] * 3


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [Path.unlink, _cut, _flip], ids=["gone", "cut off", "a bit flipped"])
@pytest.mark.parametrize("name", ["00000", "keys", "places", "checksums.json"])
def test_damage_is_as_good_as_no_cache(name: str, harm: Callable[[Path], None], tmp_path: Path) -> None:
    cache = _kept(tmp_path, TEXTS)
    harm(next(cache.folder.glob(f"*/{name}")))
    is_filled, _ = _filled(cache, TEXTS)
    assert not any(is_filled)


def test_a_range_is_the_same_with_and_without_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_folder, "BLOCK_TEXTS", 4)
    cache = _kept(tmp_path, TEXTS[::2])
    with TextWriter(tmp_path / "texts") as writer:
        writer.extend(pa.array([*NEW, *TEXTS], pa.string()))
    with TextStore(tmp_path / "texts") as store:
        for number, known in enumerate((None, cache)):
            near_folder.write_signatures(store, 1, len(store), tmp_path / f"range-{number}", known)
    one, other = (SignatureFile(tmp_path / f"range-{number}") for number in range(2))
    assert one.num_texts == other.num_texts == len(TEXTS) + 2
    assert one.path.read_bytes() == other.path.read_bytes()
