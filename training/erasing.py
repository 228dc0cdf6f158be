"""Finds and erases in what training keeps: token files. Models are named, never changed.

In: the data folder, what is sought, and which corpora are known to have held it. Out: where it stands; the token files
that hold it, or of which nobody can say, are gone: they are derived and are made anew. Besides token files and weights
a run keeps no text: numbers, settings, and the pieces of words of its tokenizer. Loads no torch to look at names; to
read a token file it loads the tokenizer that made it.
"""

import json
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from foundation.erasures import Matcher, Trace, words_of
from foundation.errors import ConfigError
from foundation.manifests import MANIFEST_NAME, is_complete
from foundation.places import Places, complete_names
from foundation.progress import Meter

TOKEN_ROW, TOKEN_FILE, UNREADABLE, MODEL = (
    "token row", "token file", "token file that cannot be decoded", "model",
)  # fmt: skip
_READ_SENTENCES = 2000
# Written with these a text comes back in the same words, unless its tokenizer takes marks off the letters.
_PROBE = "Æblegrød på Ærø, åben hver dag året rundt: é, ü, 1990."


@dataclass(frozen=True, kw_only=True)
class _TokenFolder:
    """A token file: complete, or left by a process that was killed."""

    folder: Path
    manifest: dict[str, Any] | None


def find_in_training(
    places: Places, matcher: Matcher, meter: Meter | None = None, *, corpora: Collection[str] = ()
) -> list[Trace]:  # fmt: skip
    """Everywhere training keeps it; changes nothing.

    Args:
        corpora: names of corpora of which sentences are meant.
    """
    found = _Corpora(places, "", corpora)
    return [*_token_traces(places, matcher, found, meter), *_run_traces(places, found)]


def erase_from_training(
    places: Places, matcher: Matcher, erasure_id: str, meter: Meter | None = None, *, corpora: Collection[str] = ()
) -> list[Trace]:  # fmt: skip
    """Take the token files away and name the models; gives both. To be called when the corpora are changed.

    Whoever calls this sees to it that nothing is trained meanwhile.
    """
    found = _Corpora(places, erasure_id, corpora)
    tokens = list(_token_traces(places, matcher, found, meter))
    for trace in tokens:
        shutil.rmtree(places.data / trace.place, ignore_errors=True)
    return [*tokens, *_run_traces(places, found)]


def superseded_runs(places: Places) -> list[str]:
    """The runs that were trained on a revision of a corpus from which something was erased since."""
    contents = {each for corpus in _manifests(places) for each in _superseded(corpus)}
    return [name for name, record in _records(places) if _corpus_of(record).get("content_sha256") in contents]


class _Corpora:
    """The corpora there are, and those that held what is meant."""

    def __init__(self, places: Places, erasure_id: str, names: Collection[str]) -> None:
        manifests = list(_manifests(places))
        self.contents = {manifest["content_sha256"] for manifest in manifests}
        self.concerned = {
            manifest["id"] for manifest in manifests
            if manifest["name"] in names or (erasure_id and _lost_sentences(manifest, erasure_id))
        }  # fmt: skip


def _lost_sentences(manifest: dict[str, Any], erasure_id: str) -> bool:
    revisions = (each for each in manifest.get("superseded") or () if each["erasure"] == erasure_id)
    return any(path.startswith("sentences/") for each in revisions for path in each["files"])


def _superseded(manifest: dict[str, Any]) -> list[str]:
    return [each["content_sha256"] for each in manifest.get("superseded") or ()]


def _token_traces(places: Places, matcher: Matcher, corpora: _Corpora, meter: Meter | None) -> Iterator[Trace]:
    tokenizers = _Tokenizers(places)
    folders = sorted((places.cache / "tokens").glob("*"))
    for each in map(_token_folder, folders):
        if meter is not None:
            meter.advance(0, f"token file {each.folder.name}")
        yield from _of_token_folder(places, each, matcher, corpora, tokenizers)


def _of_token_folder(
    places: Places, each: _TokenFolder, matcher: Matcher, corpora: _Corpora, tokenizers: "_Tokenizers"
) -> Iterator[Trace]:  # fmt: skip
    place = each.folder.relative_to(places.data).as_posix()
    if each.manifest is None:
        yield Trace(place=place, kind=UNREADABLE, count=1)
        return
    tokenizer = tokenizers.of(each.manifest["tokenizer_sha256"]) if matcher.has_texts else None
    number = _num_covered(each.folder, tokenizer, matcher) if tokenizer is not None else 0
    # of a corpus that is gone or has another content nobody needs it, nor knows from where its sentences were
    is_of_no_use = each.manifest["content_sha256"] not in corpora.contents
    if number:
        yield Trace(place=place, kind=TOKEN_ROW, count=number)
    elif is_of_no_use or each.manifest["corpus"] in corpora.concerned:
        yield Trace(place=place, kind=TOKEN_FILE, count=1)
    elif matcher.has_texts and tokenizer is None:
        yield Trace(place=place, kind=UNREADABLE, count=1)


def _num_covered(folder: Path, tokenizer: Any, matcher: Matcher) -> int:
    """Sentences with a text that is meant."""
    from training.feeding.batches import ID_BITS
    from training.feeding.tokens import OFFSETS_NAME, TOKENS_NAME

    offsets = np.fromfile(folder / OFFSETS_NAME, dtype="<u8").astype(np.int64)
    if len(offsets) < 2:
        return 0
    tokens, found = np.memmap(folder / TOKENS_NAME, dtype="<u4", mode="r"), 0
    for first in range(0, len(offsets) - 1, _READ_SENTENCES):
        ends = offsets[first : first + _READ_SENTENCES + 1]
        batch = [(tokens[begin:end] & ID_BITS).tolist() for begin, end in pairwise(ends)]
        found += sum(map(matcher.covers_text, tokenizer.batch_decode(batch, skip_special_tokens=True)))
    return found


class _Tokenizers:
    """The tokenizers at hand: those of the runs."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def of(self, sha256: str) -> Any:
        """None where none is at hand, or where what it decodes is not what was encoded."""
        return self._known.get(sha256)

    @cached_property
    def _known(self) -> dict[str, Any]:
        try:
            from training.bases.finding import Base
            from training.bases.loading import load_tokenizer
            from training.feeding.tokens import tokenizer_sha256
        except ImportError:  # the training extra is not installed
            return {}
        found = {}
        for folder in sorted([*self._places.runs.glob("*/model"), *self._places.runs.glob("*/base")]):
            base = Base(
                name=folder.parent.name, folder=folder, on_hub=False, revision=None, model_type="", licence="",
                weights_sha256="",
            )  # fmt: skip
            try:
                tokenizer = load_tokenizer(base)
            except ConfigError:
                continue
            if _is_faithful(tokenizer):
                found[tokenizer_sha256(tokenizer)] = tokenizer
        return found


def _is_faithful(tokenizer: Any) -> bool:
    """Whether a text that was encoded comes back in the same words."""
    words = [word for word in words_of(_PROBE) if tokenizer.unk_token_id not in _ids(tokenizer, word)]
    return all(words_of(tokenizer.decode(_ids(tokenizer, word))) == [word] for word in words) and bool(words)


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _run_traces(places: Places, corpora: _Corpora) -> Iterator[Trace]:
    records = dict(_records(places))
    named = {name for name, record in records.items() if _corpus_of(record).get("id") in corpora.concerned}
    bases = {name: run_of_base(places, name) for name in records}
    while more := {name for name, base in bases.items() if base in named} - named:
        named |= more  # trained further from one of them
    yield from (Trace(place=f"runs/{name}", kind=MODEL, count=1) for name in sorted(named))


def _records(places: Places) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(places.runs.glob("*/run.json")):
        record = _read_json(path)
        if record is not None:
            yield path.parent.name, record


def _corpus_of(record: dict[str, Any]) -> dict[str, Any]:
    corpus = record.get("corpus")
    return corpus if isinstance(corpus, dict) else {}


def run_of_base(places: Places, name: str) -> str | None:
    """The run whose model this one began with."""
    try:
        config = yaml.safe_load((places.run(name) / "config.yaml").read_text(encoding="utf-8"))
        return run_at(places, str(config["base"]))
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return None


def run_at(places: Places, base: str) -> str | None:
    """The run whose folder, or a folder in it, this is."""
    try:
        base_folder = Path(base).expanduser().resolve()
    except (OSError, RuntimeError):
        return None
    runs = places.runs.resolve()
    is_below = base_folder.is_relative_to(runs) and base_folder != runs
    return base_folder.relative_to(runs).parts[0] if is_below else None


def _manifests(places: Places) -> Iterator[dict[str, Any]]:
    for name in complete_names(places.corpora):
        manifest = _read_json(places.corpus(str(name)) / MANIFEST_NAME)
        if manifest is not None:
            yield manifest


def _token_folder(folder: Path) -> _TokenFolder:
    manifest = _read_json(folder / MANIFEST_NAME) if is_complete(folder) else None
    is_whole = manifest is not None and {"corpus", "content_sha256", "tokenizer_sha256"} <= manifest.keys()
    return _TokenFolder(folder=folder, manifest=manifest if is_whole else None)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
