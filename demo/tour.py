"""The demo: two quarters of Kommuneby through the real command, from crawl to model.

In: a folder that is empty or that an earlier demo marked. Out: a data folder, and lines that say what happened.
Every quarter is one `tvaerkom quarter` in a process of its own, as a user would type it.
"""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from demo.kommuneby import make_web
from demo.server import KommunebyServer
from demo.town import Town, found_town
from foundation.errors import BrokenRunError, ConfigError
from foundation.files import make_folder, write_text

MARK = ".tvaerkom-demo"
QUARTERS = ("2020Q1", "2020Q2")
CONFIG = "demo"
SENTENCES_SHOWN = 3


def tour(folder: Path, *, quiet: bool) -> Iterator[str]:
    """Do all of it; yields what to print.

    Raises:
        ConfigError: the folder holds something that is not a demo's.
        BrokenRunError: a quarter failed.
    """
    started = time.monotonic()
    _clear(folder)
    with KommunebyServer(make_web()) as server:
        town = found_town(folder, make_web(), server)
        for index, quarter in enumerate(QUARTERS):
            web = make_web(quarter_index=index)
            server.publish(web)
            yield f"{quarter}: crawl, corpus and model of Kommuneby, {len(web.sites)} sites on this machine"
            _run_quarter(town, quarter, index, quiet=quiet)
    for quarter in QUARTERS:
        yield from _summary(folder, quarter)
    yield from _answers(folder)
    yield from _where(folder, time.monotonic() - started)


def _clear(folder: Path) -> None:
    """Start anew, but only in a folder that a demo made."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise ConfigError(f"{folder} holds something that is not of a demo; move it away, or choose another --data")
    shutil.rmtree(folder, ignore_errors=True)
    write_text(make_folder(folder) / MARK, "made by tvaerkom demo, which clears this folder when it starts\n")


def _run_quarter(town: Town, quarter: str, index: int, *, quiet: bool) -> None:
    """The first model is made from nothing; each later one goes on from the one before, as a real quarter does."""
    base = (
        ("--base", str((town.data / "runs" / f"{QUARTERS[index - 1]}-{CONFIG}" / "model").resolve())) if index else ()
    )
    told = ("--quiet",) if quiet else ()
    code = town.run(*told, "quarter", quarter, "--until", "model", "--config", CONFIG, *base).returncode
    if code != 0:
        raise BrokenRunError(f"the demo's quarter {quarter} ended with exit code {code}")


def _summary(folder: Path, quarter: str) -> Iterator[str]:
    statistics = _json(folder / "corpora" / quarter / "statistics.json")
    evaluation = _json(folder / "runs" / f"{quarter}-{CONFIG}" / "evaluation.json")
    sentences = statistics["num_sentences"]
    yield ""
    yield f"{quarter}: {statistics['num_pages']} pages, {statistics['num_documents']} documents"
    yield f"  sentences: {sentences.get('train', 0)} for training, {sentences.get('validation', 0)} for validation"
    dropped = {reason: number for reasons in statistics["dropped"].values() for reason, number in reasons.items()}
    yield "  left out: " + ", ".join(f"{reason} {number}" for reason, number in sorted(dropped.items()))
    before, after = (evaluation["validation"][moment] for moment in ("before", "after"))
    losses = f"{before['loss']:.2f} before, {after['loss']:.2f} after"
    yield f"  validation loss (how wrong it guesses; lower is better): {losses}"
    yield f"  hidden words guessed at first try: {before['top1']:.0%} before, {after['top1']:.0%} after"


def _answers(folder: Path) -> Iterator[str]:
    """The last model on validation sentences, which it has never seen, with a word hidden in each."""
    import pyarrow.parquet as pq

    from training.evaluation.fill import fill

    shards = sorted((folder / "corpora" / QUARTERS[-1] / "sentences").glob("validation-*.parquet"))
    texts = [text for shard in shards for text in pq.read_table(shard, columns=["text"])["text"].to_pylist()]
    yield ""
    yield "three sentences that the model has not seen, one word hidden in each:"
    for text in texts[:SENTENCES_SHOWN]:
        asked, hidden = _with_word_hidden(text)
        guesses = fill(folder / "runs" / f"{QUARTERS[-1]}-{CONFIG}" / "model", asked, 3)
        yield f"  {asked}"
        yield f"    the model: {', '.join(f'{guess.word} ({guess.score:.0%})' for guess in guesses)}; it said: {hidden}"


def _with_word_hidden(text: str) -> tuple[str, str]:
    """Hide the word in the middle."""
    words = text.split()
    middle = len(words) // 2
    hidden = words[middle].strip(".,:;!?\"'()")
    words[middle] = words[middle].replace(hidden, "[MASK]", 1) if hidden else "[MASK]"
    return " ".join(words), hidden


def _where(folder: Path, seconds: float) -> Iterator[str]:
    yield ""
    yield f"done in {seconds / 60:.1f} minutes; everything lies in {folder}:"
    for name, content in (
        ("snapshots", "what was crawled: WARC archives, captures, the ledger of requests"),
        ("corpora", "sentences, documents, what was dropped and why, a dataset card"),
        ("reports", "reports for people: open the one below in a browser"),
        ("runs", "models in safetensors with a model card"),
    ):
        yield f"  {folder / name}: {content}"
    yield f"the report: {folder / 'reports' / QUARTERS[-1] / 'report.html'}"
    yield "next:"
    yield f"  tvaerkom --data {folder} corpus stats {QUARTERS[-1]}"
    yield f'  tvaerkom --data {folder} fill {QUARTERS[-1]}-{CONFIG} "Du kan [MASK] om et nyt pas i borgerservice."'
    yield '  tvaerkom init --name "Your organisation" --contact you@example.dk     and then a first real crawl (README)'


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content
