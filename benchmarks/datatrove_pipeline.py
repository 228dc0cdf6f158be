"""A rival: datatrove's blocks for the same steps: `python -m benchmarks.datatrove_pipeline lid|extract|build ...`.

In: a WARC file. Out: `extract`: the text of each page, by its Trafilatura block as it is by default but for its
timeout. `build`: Danish pages without the sentences that came before, as its example of sentence deduplication has it:
read, extract, filter by language, sign sentences, find those that recur, leave them out, write. It finds no personal
data, repairs no text, judges no sentence's quality or language and splits nothing, which is in its favour.
Its fastText model has to be downloaded; `lid` trains one of the same kind from sentences, so that its own language
filter runs, at its own cost. Runs in an environment of its own and imports nothing of the project.
"""

import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Dimensions, lengths of n-grams and loss are those of lid.176, which the filter downloads: they make its cost.
LID_SETTINGS = {"dim": 16, "minn": 2, "maxn": 4, "loss": "hs", "bucket": 200_000, "lr": 0.3, "epoch": 10, "thread": 1}
# The extractor's one second of wall clock loses pages on a machine that is busy; no page comes near this.
PATIENT_S = 60.0
# Each sentence once, as our corpora have it; by default it takes spans of three.
SENTENCES_OF_SPAN = 1
MIN_WORDS_LEFT = 8


def train_lid(lines: str, model: str) -> None:
    """Args: lines: a file of JSON lines with `lang` and `text`."""
    import fasttext

    labelled = Path(model).with_suffix(".txt")
    rows = [json.loads(line) for line in Path(lines).read_text().splitlines()]
    random.Random(1).shuffle(rows)  # it learns in the order of the file, and forgets what it saw long ago
    labelled.write_text("".join(f"__label__{row['lang']} {' '.join(row['text'].split())}\n" for row in rows))
    fasttext.train_supervised(str(labelled), verbose=0, **LID_SETTINGS).save_model(model)


def extract(warc: str, out: str, timeout_s: str) -> None:
    from datatrove.pipeline.extractors import Trafilatura

    _run([_reader(warc), Trafilatura(timeout=float(timeout_s)), _writer(out)], Path(out) / "logs")


def build(warc: str, out: str, model: str) -> None:
    os.environ["HF_ASSETS_CACHE"] = str(Path(out) / "assets")  # where the filter keeps its model
    from datatrove.pipeline.dedup.sentence_dedup import (
        SentDedupConfig,
        SentenceDedupFilter,
        SentenceDedupSignature,
        SentenceFindDedups,
    )
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.filters import LanguageFilter
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.utils.lid import FT176LID

    FT176LID.MODEL_URL = f"file://{Path(model).resolve()}"
    config = SentDedupConfig(n_sentences=SENTENCES_OF_SPAN, min_doc_words=MIN_WORDS_LEFT, min_num_sentences=1)
    pages, signatures, found = (str(Path(out) / name) for name in ("pages", "signatures", "found"))
    steps: list[list[Any]] = [
        [
            _reader(warc), Trafilatura(timeout=PATIENT_S), LanguageFilter("da"), _writer(pages),
            SentenceDedupSignature(signatures, config=config, language="da"),
        ],
        [SentenceFindDedups(signatures, found, config=config)],
        [JsonlReader(pages), SentenceDedupFilter(found, config=config, language="da"), _writer(f"{out}/documents")],
    ]  # fmt: skip
    for number, blocks in enumerate(steps):
        _run(blocks, Path(out) / "logs" / str(number))


def _reader(warc: str) -> Any:
    from datatrove.pipeline.readers import WarcReader

    path = Path(warc)
    return WarcReader(str(path.parent), glob_pattern=path.name)


def _writer(out: str) -> Any:
    from datatrove.pipeline.writers import JsonlWriter

    return JsonlWriter(out, output_filename="${rank}.jsonl", compression=None)


def _run(blocks: list[Any], logs: Path) -> None:
    from datatrove.executor import LocalPipelineExecutor

    LocalPipelineExecutor(blocks, tasks=1, workers=1, logging_dir=str(logs)).run()


COMMANDS: dict[str, Callable[..., None]] = {"lid": train_lid, "extract": extract, "build": build}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
