"""Noise that is normal, of the step alone, and behind a key that goes."""

import stat
from pathlib import Path

import numpy as np
import pytest
import torch
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from scipy import stats

from foundation.errors import ConfigError
from training.private import randomness
from training.private.randomness import Secret, _normal
from training.run_folder import KEY_NAME


def normal(secret: Secret, step: int, stream: int, size: int) -> torch.Tensor:
    drawn = torch.zeros(size)
    secret.add_noise(drawn, step, stream, 1.0)
    return drawn


def test_noise_is_standard_normal() -> None:
    drawn = normal(Secret(bytes(32)), 3, 0, 400_001).numpy()
    assert stats.kstest(drawn, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.01
    assert abs(stats.kurtosis(drawn)) < 0.05


def test_noise_is_what_aes_and_box_muller_give_by_hand() -> None:
    secret = Secret(b"k" * 32)
    key = secret._derived("noise", 5, 2)
    stream = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(bytes(8))
    first, second = (int.from_bytes(stream[at : at + 4], "little") / 2**32 for at in (0, 4))
    expected = np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)
    assert normal(secret, 5, 2, 1).item() == pytest.approx(expected, rel=1e-5)


def test_far_out_numbers_have_bits_enough() -> None:
    """The words of a hundred million numbers would be needed to meet one: so small words are given."""
    first, rest = np.array([0, 1, 65_535, 0], dtype=np.uint32), np.zeros(4, dtype=np.uint32)
    more = np.array([0, 2**31, 2**32 - 1, 2**32 - 1], dtype=np.uint32)
    drawn = _normal(np.concatenate([first, rest]), lambda: more)[:4].numpy()
    exact = [(int(word) + (int(tail) + 0.5) / 2**32) / 2**32 for word, tail in zip(first, more, strict=True)]
    assert np.allclose(drawn, np.sqrt(-2 * np.log(exact)), rtol=1e-5)
    assert drawn[0] > 9.4  # from the smallest there is


def test_parts_made_side_by_side_are_one_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret(b"k" * 32)
    monkeypatch.setattr(randomness, "_BLOCK", 64)
    words = randomness._words(secret._derived("noise", 1, 1), 0, 256)
    parts = [randomness._words(secret._derived("noise", 1, 1), first, 64) for first in range(0, 256, 64)]
    assert np.array_equal(words, np.concatenate(parts)) and len(set(words.tolist())) == 256
    drawn = normal(secret, 1, 1, 250)
    assert len(set(drawn.tolist())) == 250 and np.isfinite(drawn.numpy()).all()


def test_noise_is_added_in_its_deviation() -> None:
    secret, place = Secret(b"k" * 32), torch.full((3, 50), 7.0)
    secret.add_noise(place, 2, 1, 0.25)
    assert torch.allclose(place.flatten() - 7, 0.25 * normal(secret, 2, 1, 150), atol=1e-6)


def test_each_step_and_stream_has_noise_of_its_own_and_the_same_one_again() -> None:
    secret = Secret.new()
    draws = {(step, stream): normal(secret, step, stream, 64) for step in range(3) for stream in range(3)}
    assert len({tuple(each.tolist()) for each in draws.values()}) == 9
    assert torch.equal(normal(secret, 1, 2, 64), draws[1, 2])
    assert not torch.equal(normal(Secret.new(), 1, 2, 64), draws[1, 2])


def test_the_key_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    secret = Secret.kept_in(tmp_path, is_begun=False)
    path = tmp_path / KEY_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and len(path.read_bytes()) == 32
    again = Secret.kept_in(tmp_path, is_begun=True)
    assert again.number("lot", 4) == secret.number("lot", 4) != secret.number("lot", 5)


@pytest.mark.parametrize("content", [None, b"short"])
def test_a_run_without_its_key_does_not_go_on(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / KEY_NAME).write_bytes(content)
    with pytest.raises(ConfigError, match="--fresh"):
        Secret.kept_in(tmp_path, is_begun=True)
