"""The secret randomness of a private run: who is in a lot, and the noise.

In: 32 bytes from the operating system, kept in the run folder until the run is published, and readable by its owner
only. Out: numbers that are a pure function of that key and the step, so that a resumed run draws the same. Who knew the
key could take the noise off again: it is not the run's `seed`, is in no record, and is deleted at the end.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from foundation.errors import ConfigError
from foundation.files import sync_folder
from training.run_folder import KEY_NAME

_KEY_BYTES = 32
_BLOCK = 2**18  # numbers made at once: a few times 2 MB, which stay near the processor
_WORD_BYTES, _AES_BYTES = 4, 16
_UNIT = 2.0**-32
_SMALL = 2**16  # below it a word of 32 bits says too little of where it stands
Words = NDArray[np.uint32]


class Secret:
    """The key of a run, and what follows from it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def new(cls) -> "Secret":
        return cls(os.urandom(_KEY_BYTES))

    @classmethod
    def kept_in(cls, run_folder: Path, *, is_begun: bool) -> "Secret":
        """The key of a run, made where the run is not begun yet.

        Raises:
            ConfigError: the run is begun and its key is gone: what is left to train would draw other noise.
        """
        path = run_folder / KEY_NAME
        if not path.exists():
            if is_begun:
                raise ConfigError(
                    f"{path}: the secret key of this private run is gone, and without it the run cannot go on as it "
                    "was begun; begin it anew with --fresh"
                )
            _write(path, os.urandom(_KEY_BYTES))
        key = path.read_bytes()
        if len(key) != _KEY_BYTES:
            raise ConfigError(f"{path}: damaged; begin the run anew with --fresh")
        return cls(key)

    def number(self, purpose: str, step: int) -> int:
        """A number of 64 bits."""
        return int.from_bytes(self._derived(purpose, step)[:8], "little")

    def add_noise(self, to: torch.Tensor, step: int, stream: int, deviation: float) -> None:
        """Add normal numbers of this standard deviation to a float tensor, in place; others for each step and stream.

        AES-256 in counter mode under a key of their own, by Box and Muller 1958; the tails reach to 9 standard
        deviations.
        """
        key, tails = self._derived("noise", step, stream), self._derived("tails", step, stream)
        flat, size = to.view(-1), to.numel()

        def fill(first: int) -> None:
            count = min(_BLOCK, size - first)
            words = _words(key, first, count + count % 2)
            drawn = _normal(words, lambda: _words(tails, first, count + count % 2))[:count]
            flat[first : first + count].add_(drawn.to(to.device), alpha=deviation)

        with ThreadPoolExecutor(torch.get_num_threads()) as threads:  # torch and AES let go of Python's lock
            list(threads.map(fill, range(0, size, _BLOCK)))

    def _derived(self, purpose: str, *numbers: int) -> bytes:
        message = f"tvaerkom {purpose} {' '.join(map(str, numbers))}".encode()
        return hmac.new(self._key, message, hashlib.sha256).digest()


def _words(key: bytes, first: int, count: int) -> Words:
    """Some of the words of 32 bits of a stream; `first` is a multiple of 4."""
    counter = modes.CTR((first * _WORD_BYTES // _AES_BYTES).to_bytes(_AES_BYTES, "big"))
    stream = Cipher(algorithms.AES(key), counter).encryptor().update(bytes(_WORD_BYTES * count))
    return np.frombuffer(stream, dtype="<u4")


def _normal(words: Words, more: Callable[[], Words]) -> torch.Tensor:
    """Evenly many words -> as many standard normal numbers.

    Where the first word of a pair is small, and the number far out, 32 bits more decide: 32 alone would end at 6.7
    standard deviations, which one of a billion numbers passes and an onlooker might miss.
    """
    half = len(words) // 2
    share = words[:half].astype(np.float32) * _UNIT
    small = np.flatnonzero(words[:half] < _SMALL)
    if len(small):
        exact = words[small].astype(np.float64) + (more()[small].astype(np.float64) + 0.5) * _UNIT
        share[small] = (exact * _UNIT).astype(np.float32)
    length = torch.from_numpy(share).log_().mul_(-2).sqrt_()
    angle = torch.from_numpy(words[half:].astype(np.float32)).mul_(2 * np.pi * _UNIT)
    return torch.cat([length * torch.cos(angle), length * angle.sin_()])


def _write(path: Path, key: bytes) -> None:
    """A kill leaves no half a key: a shorter one is refused."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
