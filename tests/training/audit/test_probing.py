"""A probe file: who gained more than texts never seen is found, others are not, and no text is kept."""

from pathlib import Path

import numpy as np
import pytest

from foundation.erasures import Sought, add_erasure
from foundation.errors import ConfigError
from foundation.places import Places
from training.audit.probing import BETTER, NEVER_SEEN, NOT_TESTABLE, hash_of_probe, probed_lines, read_probe
from training.evaluation.scoring import SentenceScores


def pair(gains: np.ndarray, num_masked: int = 5) -> tuple[SentenceScores, SentenceScores]:
    """Scores under base and run that differ by these gains for each piece."""
    number = len(gains)

    def scores(loss: np.ndarray) -> SentenceScores:
        zeros = np.zeros(number, np.int64)
        return SentenceScores(
            sentence_ids=np.arange(number, dtype=np.uint64), document_ids=np.arange(number, dtype=np.uint64),
            sites=zeros.astype(np.uint16), areas=zeros.astype(np.uint16), num_masked=np.full(number, num_masked),
            loss_sum=loss * num_masked, num_top1=zeros + 2, num_top5=zeros + 3, site_names=("",), area_names=("",),
        )  # fmt: skip

    return scores(np.full(number, 6.0)), scores(6.0 - gains)


def judged(gains: list[float], lengths: list[int], others: np.ndarray, other_lengths: np.ndarray):
    return probed_lines(
        list(range(1, len(gains) + 1)), pair(np.array(gains)), np.array(lengths), pair(others), other_lengths
    )


def test_a_text_that_gained_more_than_nearly_all_others_is_better_known() -> None:
    rng = np.random.default_rng(0)
    others, lengths = rng.normal(1.0, 0.3, 3000), np.full(3000, 20)
    known, average, little = judged([3.0, 1.0, 0.2], [20, 20, 20], others, lengths)
    assert [known.verdict, average.verdict, little.verdict] == [BETTER, NEVER_SEEN, NEVER_SEEN]
    assert known.chance == pytest.approx(1 / 3001) and average.chance == pytest.approx(0.5, abs=0.05)
    assert (known.base_loss, known.run_loss) == (6.0, pytest.approx(3.0))
    assert known.run_first == 0.4 and known.num_hidden == 5 and known.num_compared == 3000


def test_of_texts_never_seen_few_files_have_a_line_that_is_called_better() -> None:
    rng = np.random.default_rng(1)
    lengths = np.full(3000, 20)
    false_alarms = [
        any(each.verdict == BETTER for each in judged(list(rng.normal(size=10)), [20] * 10, others, lengths))
        for others in rng.normal(size=(200, 3000))
    ]
    assert np.mean(false_alarms) <= 0.09


def test_a_text_is_held_against_sentences_of_its_own_length() -> None:
    rng = np.random.default_rng(2)
    short, long = rng.normal(3.0, 0.2, 1000), rng.normal(1.0, 0.2, 1000)
    others, lengths = np.concatenate([short, long]), np.repeat([5, 40], 1000)
    assert [each.verdict for each in judged([2.5, 2.5], [5, 40], others, lengths)] == [NEVER_SEEN, BETTER]
    between = judged([2.5], [12], others, lengths)[0]
    assert between.num_compared == 100  # the nearest there are


def test_too_few_sentences_for_so_many_lines_decide_nothing() -> None:
    others, lengths = np.zeros(150), np.full(150, 20)
    assert {each.verdict for each in judged([9.0] * 8, [20] * 8, others, lengths)} == {NOT_TESTABLE}
    assert {each.verdict for each in judged([9.0] * 7, [20] * 7, others, lengths)} == {BETTER}


def test_a_text_with_nothing_to_hide_is_not_testable() -> None:
    texts = pair(np.array([1.0]), num_masked=0)
    (line,) = probed_lines([4], texts, np.array([3]), pair(np.zeros(500)), np.full(500, 3))
    assert (line.line, line.verdict, line.chance, line.run_loss, line.run_first) == (4, NOT_TESTABLE, None, None, None)


def test_lines_keep_their_numbers_and_blank_ones_count_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "probe.txt"
    path.write_text("\ufeffførste tekst\n\n   \nanden tekst \n", encoding="utf-8")
    assert read_probe(path) == {1: "første tekst", 4: "anden tekst"}


def test_a_line_ends_at_a_line_feed_only(tmp_path: Path) -> None:
    path = tmp_path / "probe.txt"
    path.write_bytes("en\fside\u2028og\x85to\r\nden anden\n".encode())
    assert read_probe(path) == {1: "en\fside\u2028og\x85to", 2: "den anden"}


def test_a_file_that_is_not_utf_8_is_refused_with_a_remedy_and_home_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "probe.txt").write_bytes("på".encode("latin-1"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ConfigError, match="save it as UTF-8"):
        read_probe(Path("~/probe.txt"))


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe\x00"])
def test_a_file_without_texts_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "probe.txt"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"--probe-file .*probe\.txt"):
        read_probe(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_probe(tmp_path / "none.txt")


def test_the_hash_of_a_file_tells_nothing_without_the_key_of_the_erasures(tmp_path: Path) -> None:
    places, texts = Places(tmp_path / "a"), {1: "en tekst om nogen"}
    assert hash_of_probe(places, texts) is None
    hashes = []
    for folder in ("a", "b"):
        places = Places(tmp_path / folder)
        add_erasure(places.erasures, "e1", "2026-11-23", Sought(urls=frozenset({"x"})))
        hashes.append(hash_of_probe(places, texts))
        assert hashes[-1] == hash_of_probe(places, {9: "en tekst om nogen"}) != hash_of_probe(places, {1: "en anden"})
    assert hashes[0] != hashes[1]
