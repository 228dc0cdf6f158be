"""The steps of the research model ts1, made again: `python -m benchmarks.ts1_steps TEXTS OUT`.

In: JSON lines with the text of each page. Out: JSON lines of sentences with their side, and on standard output one
line of JSON with the seconds of CPU of the steps. Quotation marks and apostrophes are deleted, glued sentences are
parted at a capital from A to Z, Punkt splits, a sentence with a capital behind a small letter goes, eight words are
the least, MD5 finds what came before, and sentences are shuffled and split 98 to 2. Punkt's Danish model has to be
downloaded; here it learns from the same texts, outside the clock. Runs in an environment of its own and imports
nothing of the project.
"""

import hashlib
import json
import random
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from nltk.tokenize.punkt import PunktSentenceTokenizer, PunktTrainer

_MARKS = "\"'”“„»«’‘"
MIN_WORDS = 8
VALIDATION_SHARE = 0.02
SEED = 42
MOST_TRAINING_CHARS = 3_000_000  # Punkt has seen enough; more takes minutes
_UNQUOTED = str.maketrans("", "", _MARKS)
_GLUED = re.compile(r"\.(?=[A-Z])")  # Æ, Ø and Å are not among them, as there
_CAMEL_CASE = re.compile(r"[a-z][A-Z]")
_LETTER = re.compile(r"[a-zæøå]", re.IGNORECASE)
_ALLOWED = ("NemID", "MitID", "minSU", "LinkedIn")


def main(texts: str, out: str) -> None:
    with Path(texts).open() as file:
        pages = [json.loads(line)["text"] for line in file]
    splitter = _splitter(pages)
    started = time.process_time()
    cleaned = [_cleaned(page) for page in pages]
    kept = list(_once(sentence for page in cleaned for sentence in splitter.tokenize(page) if _is_kept(sentence)))
    random.Random(SEED).shuffle(kept)
    num_validation = int(len(kept) * VALIDATION_SHARE)
    cpu_s = time.process_time() - started
    with Path(out).open("w") as file:
        for number, sentence in enumerate(kept):
            side = "validation" if number < num_validation else "train"
            file.write(json.dumps({"side": side, "text": sentence}, ensure_ascii=False) + "\n")
    sys.stdout.write(json.dumps({"cpu_s": cpu_s}) + "\n")


def _splitter(pages: Iterable[str]) -> PunktSentenceTokenizer:
    trainer = PunktTrainer()
    trainer.INCLUDE_ALL_COLLOCS = False
    num_chars = 0
    for page in pages:
        trainer.train(_cleaned(page), finalize=False)
        num_chars += len(page)
        if num_chars > MOST_TRAINING_CHARS:
            break
    return PunktSentenceTokenizer(trainer.get_params())


def _cleaned(page: str) -> str:
    text = page.translate(_UNQUOTED)
    for name in _ALLOWED:
        text = text.replace(name, name.lower())
    return _GLUED.sub(". ", " ".join(text.split()))


def _is_kept(sentence: str) -> bool:
    return len(sentence.split()) >= MIN_WORDS and not _CAMEL_CASE.search(sentence) and bool(_LETTER.search(sentence))


def _once(sentences: Iterable[str]) -> Iterator[str]:
    seen = set()
    for sentence in sentences:
        digest = hashlib.md5(sentence.encode(), usedforsecurity=False).digest()
        if digest not in seen:
            seen.add(digest)
            yield sentence


if __name__ == "__main__":
    main(*sys.argv[1:])
