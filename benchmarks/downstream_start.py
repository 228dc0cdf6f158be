"""Our models as a start for others: Simple Transformers' NERModel and sentence-transformers, in their environment.

In: a folder. Out: figures, for each tool and family of models: weights that are new besides those of the head,
sentences that are not read as in training, and weights that its own training does not move. Each model is that of
a run of `tvaerkom train`, two steps long, on a base as small as can be. The tools run in .venv-bench
(benchmarks/constraints.txt). transformers itself: tests/training/bases/test_start_for_others.py.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from benchmarks.corpus_inputs import Workshop, workshop_of_small_pages
from benchmarks.corpus_rivals import has_rivals
from benchmarks.figures import Figure, exactly, skipped
from benchmarks.rivals import PYTHON, ROOT
from benchmarks.served import QUARTER, measured, say
from training.bases.small import learn_vocabulary

NUM_PAGES, NUM_SENTENCES, VOCABULARY_SIZE = 200, 64, 1000
SHAPE = {"num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64}
XLM_R_TOKENS = ["<s>", "<pad>", "</s>", "<unk>"]  # in front, in the order of XLM-R
TOOLS = ("simpletransformers", "sentence_transformers")


# name of a family -> model type of Simple Transformers
STARTS = {"bert": "bert", "bert-uncased": "bert", "distilbert": "distilbert", "xlm-roberta": "xlmroberta"}
HEADS = {
    "simpletransformers": ("classifier.",),
    "sentence_transformers": ("pooler.",),  # which the mean over the tokens does not use; it stays as it is
}


def downstream_figures(folder: Path) -> Iterator[Figure]:
    if not all(has_rivals(tool) for tool in TOOLS):
        yield from (skipped(f"{tool} starts from our models") for tool in TOOLS)
        return
    workshop = workshop_of_small_pages(folder, NUM_PAGES)
    workshop.build()
    sentences = [row["text"] for row in workshop.rows(QUARTER, "sentences/*.parquet", ["text"])]
    plan = {
        "sentences": sentences[:NUM_SENTENCES],
        "models": {
            name: _planned(train(workshop, name, make_base(folder / "bases" / name, name, sentences)), name, sentences)
            for name in STARTS
        },
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    for tool in TOOLS:
        for name, found in _asked(folder, tool).items():
            yield from _figures(tool, name, found)


def make_base(folder: Path, name: str, sentences: Sequence[str]) -> Path:
    """A base with random weights and the tokenizer class that the real ones of its family have."""
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(0)
    if name == "xlm-roberta":
        tokenizer = _xlm_roberta_tokenizer(sentences)
        model = transformers.XLMRobertaForMaskedLM(
            transformers.XLMRobertaConfig(
                vocab_size=len(tokenizer), max_position_embeddings=130, type_vocab_size=1,
                pad_token_id=tokenizer.pad_token_id, **SHAPE,
            )
        )  # fmt: skip
    else:
        tokenizer = _bert_tokenizer(sentences, is_uncased=name == "bert-uncased")
        model = _bert_like(name, len(tokenizer))
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


def train(workshop: Workshop, name: str, base: Path) -> Path:
    """The model folder of a run."""
    town = workshop.town
    command = town.command(
        "--quiet", "train", QUARTER, "--config", "debug", "--base", str(base), "--name", name, "--device", "cpu",
        "--set", "max_steps=2", "--set", "max_length=64", "--fresh",
    )  # fmt: skip
    measured(command, town.folder, environment={"OMP_NUM_THREADS": "1"})
    say(f"{name}: trained for two steps")
    return town.data / "runs" / name / "model"


def _planned(model_folder: Path, name: str, sentences: Sequence[str]) -> dict[str, Any]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(model_folder)
    ids = [tokenizer(text)["input_ids"] for text in sentences[:NUM_SENTENCES]]
    return {"folder": str(model_folder), "type": STARTS[name], "ids": ids}


def _asked(folder: Path, tool: str) -> dict[str, Any]:
    """What the tool made of the models."""
    command = [str(PYTHON), "-m", "benchmarks.downstream_rivals", tool, "plan.json", f"{tool}.json"]
    environment = {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "WANDB_MODE": "disabled", "OMP_NUM_THREADS": "1"}
    measured(command, folder, environment=environment)
    found: dict[str, Any] = json.loads((folder / f"{tool}.json").read_text())
    return found


def _figures(tool: str, name: str, found: dict[str, list[Any]]) -> Iterator[Figure]:
    """The names of the weights are said, because a number alone would not help."""
    new = [weight for weight in found["new"] if not weight.startswith(HEADS[tool])]
    unmoved = [weight for weight in found["unmoved"] if not weight.startswith("pooler.")]
    for what, weights in {"new": new, "left as they were by its training": unmoved}.items():
        if weights:
            say(f"{tool}, {name}: weights {what}: {', '.join(weights)}")
    yield exactly(f"{tool}, {name}: weights that are new besides the head's", 0, len(new))
    yield exactly(f"{tool}, {name}: of {NUM_SENTENCES} sentences, read otherwise than in training", 0,
                  len(found["read_otherwise"]))  # fmt: skip
    yield exactly(f"{tool}, {name}: weights that its training does not move", 0, len(unmoved))


def _bert_tokenizer(sentences: Sequence[str], *, is_uncased: bool) -> Any:
    cleaner = normalizers.BertNormalizer(lowercase=is_uncased, strip_accents=is_uncased)
    vocabulary = learn_vocabulary(map(cleaner.normalize_str, sentences), VOCABULARY_SIZE)
    return transformers.BertTokenizer(vocab=vocabulary, do_lower_case=is_uncased, strip_accents=is_uncased)


def _bert_like(name: str, vocab_size: int) -> Any:
    if name == "distilbert":
        sizes = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64}
        return transformers.DistilBertForMaskedLM(
            transformers.DistilBertConfig(vocab_size=vocab_size, max_position_embeddings=128, **sizes)
        )
    return transformers.BertForMaskedLM(
        transformers.BertConfig(vocab_size=vocab_size, max_position_embeddings=128, **SHAPE)
    )


def _xlm_roberta_tokenizer(sentences: Sequence[str]) -> Any:
    learner = Tokenizer(models.Unigram())
    learner.normalizer = normalizers.NFKC()
    learner.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCABULARY_SIZE, special_tokens=XLM_R_TOKENS, unk_token="<unk>", show_progress=False
    )
    learner.train_from_iterator(sentences, trainer)
    pieces = [(piece, score) for piece, score in json.loads(learner.to_str())["model"]["vocab"]]
    return transformers.XLMRobertaTokenizer(vocab=pieces)
