"""Texts that nothing in a corpus may be near: the sentences of evaluation sets.

In: files of plain text (a sentence a line) or JSON lines (their `text`). Out: their different texts, whole and sentence
by sentence, in an order that does not depend on the files', with a hash.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.config import CorpusConfig
from corpus.dedup import normalised
from foundation.errors import ConfigError
from foundation.files import sha256_of_text


@dataclass(frozen=True)
class Excluded:
    """`sha256` is None where no file was given."""

    texts: tuple[str, ...] = ()
    sha256: str | None = None


NOTHING_EXCLUDED = Excluded()


def read_excluded(files: Sequence[Path], config: CorpusConfig) -> Excluded:
    """Read evaluation files; each text as it stands and, as the corpus would have it, without contact data.

    Raises:
        ConfigError: a file that is not there, is no UTF-8, has no text, or a line that is not as it should be.
    """
    if not files:
        return NOTHING_EXCLUDED
    from corpus.personal_data import masked  # a build without such files needs neither in this process
    from corpus.sentences import split_sentences

    found: set[str] = set()
    for path in files:
        raw = {each for text in _texts(path) for each in (text, *split_sentences(" ".join(text.split())))}
        texts = {normalised(form) for each in raw for form in (each, masked(each, config).text)}
        if not texts - {""}:
            raise ConfigError(f"--exclude {path}: has no text")
        found |= texts - {""}
    ordered = tuple(sorted(found))
    return Excluded(ordered, sha256_of_text(*ordered))


def _texts(path: Path) -> Iterator[str]:
    try:
        # not splitlines(): JSON allows other line separators inside a string
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise ConfigError(f"--exclude {path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"--exclude {path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _text_of_json(path, number, line) if path.suffix in (".jsonl", ".ndjson") else line


def _text_of_json(path: Path, number: int, line: str) -> str:
    try:
        text = json.loads(line)["text"]
    except (ValueError, KeyError, TypeError):
        text = None
    if not isinstance(text, str):
        raise ConfigError(f'--exclude {path}:{number}: is no JSON object with a "text"')
    return text
