"""Danish told from its neighbours: `language`, a measure of `make gate`.

In: sentences of ../shared/data of 8 words or more, one at a time, without a document. Out: for each set and language,
the share taken for Danish; the time against lingua's own; the time of a Danish sentence in its document. Skipped where
../shared is not there. What is lost and let in on municipal pages is measured elsewhere, on labelled pages.
"""

import gzip
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.figures import Figure, at_least, at_most, skipped
from benchmarks.real_material import SHARED_DATA
from corpus.config import CorpusConfig
from corpus.danish.neighbours import forget_words
from corpus.language import identify_document, is_danish, judge_sentences, lingua_values

MIN_WORDS = 8  # ts1 keeps no shorter sentence
LEAST_RECALL = 0.98
MOST_LET_IN = {"nb": 0.025, "nn": 0.01, "sv": 0.01, "en": 0.002, "de": 0.002}
MOST_TIMES_LINGUA = 1.5
MOST_MICROSECONDS = 60.0
SENTENCES_OF_A_PAGE = 30
ROUNDS = 3  # the best of them counts: other work on the machine only ever adds time
_LANGUAGES = {"dan": "da", "nob": "nb", "nno": "nn", "swe": "sv"}  # ISO 639-3 in Tatoeba
_FILES = {
    "Tatoeba": ("language/tatoeba_nordic_half.jsonl.gz",),
    "lingua's test sentences": ("language/lingua_testdata.jsonl.gz",),
    "treebanks, dev": ("sentences/da_ddt_dev.jsonl", "sentences/nb_nn_sv_dev.jsonl.gz"),
    "treebanks, train": ("sentences/da_ddt_train.jsonl.gz",),
}


def language_figures(_: Path) -> Iterator[Figure]:
    """What is kept, what is let in, and what it costs."""
    sets = {name: read_sets(*files) for name, files in _FILES.items() if all(map(Path.is_file, map(_path, files)))}
    for name in _FILES:
        if name not in sets:
            yield skipped(f"{name}: Danish recall, and others let in")
    for name, languages in sets.items():
        for language, texts in sorted(languages.items()):
            share = sum(map(is_danish, texts)) / len(texts)
            figure = f"{name}, {language}: taken for Danish, {len(texts)} sentences"
            yield (
                at_least(figure, LEAST_RECALL, share)
                if language == "da"
                else at_most(figure, MOST_LET_IN[language], share)
            )
    yield from _time_figures(sets)


def read_sets(*files: str) -> dict[str, list[str]]:
    """Sentences of the six languages, by language."""
    found: dict[str, list[str]] = {}
    for name in files:
        path = _path(name)
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for row in map(json.loads, text.splitlines()):
            language = _LANGUAGES.get(row.get("lang", "da"), row.get("lang", "da"))
            is_sentence = row.get("kind", "sentences") == "sentences" and len(row["text"].split()) >= MIN_WORDS
            if is_sentence and (language == "da" or language in MOST_LET_IN):
                found.setdefault(language, []).append(row["text"])
    return found


def _time_figures(sets: dict[str, dict[str, list[str]]]) -> Iterator[Figure]:
    names = (
        "all sets: time of the language step / of lingua alone",
        "Danish page, microseconds a sentence, page included",
    )
    if not sets:
        yield from (skipped(name) for name in names)
        return
    every = [text for languages in sets.values() for texts in languages.values() for text in texts]
    ours, theirs = _best_times(lambda: list(map(is_danish, every)), lambda: list(map(lingua_values, every)))
    yield at_most(names[0], MOST_TIMES_LINGUA, ours / theirs)
    danish = [text for name, languages in sets.items() if "treebanks" in name for text in languages["da"]]
    (page_time,) = _best_times(lambda: _judge_pages(danish))
    yield at_most(names[1], MOST_MICROSECONDS, page_time / len(danish) * 1e6)


def _judge_pages(texts: Sequence[str]) -> None:
    config = CorpusConfig()
    for start in range(0, len(texts), SENTENCES_OF_A_PAGE):
        page = texts[start : start + SENTENCES_OF_A_PAGE]
        judge_sentences(page, identify_document("\n".join(page), config), config)


def _best_times(*works: Callable[[], object]) -> list[float]:
    """Seconds of work of each, measured in turns, each from a start without remembered words."""
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for place, work in enumerate(works):
            forget_words()
            start = time.process_time()
            work()
            best[place] = min(best[place], time.process_time() - start)
    return best


def _path(name: str) -> Path:
    return SHARED_DATA / name
