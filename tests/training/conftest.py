"""Small corpora and small base models, made for the test that asks for them."""

import hashlib
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from corpus.schema import SENTENCE_SCHEMA
from foundation.manifests import file_entries, write_manifest
from training.bases.small import learn_vocabulary
from training.config import TrainingConfig

CARD = """---
configs:
- config_name: sentences
  default: true
  data_files:
  - split: train
    path: sentences/train-*.parquet
  - split: validation
    path: sentences/validation-*.parquet
---
"""
WHO = ["Borgeren", "Kommunen", "Skolen", "Ældre", "En forælder", "Virksomheden", "Lægen", "Byrådet"]
CAN = ["kan", "skal", "må", "bør"]
DO = ["søge om", "klage over", "få", "ændre", "høre om", "betale for"]
WHAT = [
    "hjælp",
    "økonomisk støtte",
    "en plads i børnehaven",
    "en ny bolig",
    "genoptræning",
    "byggetilladelse",
]
WHEN = ["i dag", "hele året", "inden 1. maj", "på rådhuset", "hos Borgerservice", "online"]


def template_sentences(number: int, seed: int = 0) -> list[str]:
    """Sentences with so few words that a small model learns them quickly."""
    draw = random.Random(seed)
    return [" ".join(draw.choice(words) for words in (WHO, CAN, DO, WHAT, WHEN)) + "." for _ in range(number)]


def write_corpus(folder: Path, train: Iterable[str], validation: Iterable[str], *, shards: int = 2) -> Path:
    """A complete corpus folder with nothing but sentences."""
    (folder / "sentences").mkdir(parents=True)
    (folder / "README.md").write_text(CARD)
    for split, texts, count in (("train", list(train), shards), ("validation", list(validation), 1)):
        size = -(-len(texts) // count) or 1
        for number in range(count):
            rows = [_row(text) for text in texts[number * size : (number + 1) * size]]
            table = pa.Table.from_pylist(rows, schema=SENTENCE_SCHEMA)
            pq.write_table(table, folder / "sentences" / f"{split}-{number:05d}-of-{count:05d}.parquet")
    entries = file_entries(folder, [path for path in folder.rglob("*") if path.is_file()])
    files = [vars(entry) for entry in entries]
    write_manifest(folder, {
        "kind": "corpus", "id": f"corpus-{folder.name}", "name": folder.name, "revision": 1,
        "content_sha256": hashlib.sha256(json.dumps(files).encode()).hexdigest(),
        "inputs": {"snapshot": None}, "follows": None, "configuration": {}, "counts": {}, "files": files,
    })  # fmt: skip
    return folder


def _row(text: str) -> dict[str, Any]:
    return {
        "sentence_id": hashlib.sha256(text.encode()).hexdigest()[:16], "text": text, "document_id": "0" * 16,
        "position": 0, "block": "paragraph", "site": "0540", "area": None, "url": "https://www.example.dk/",
        "num_words": len(text.split()), "num_masked": 0, "language_score": 1.0, "num_occurrences": 1,
        "num_sites": 1, "num_near_duplicates": 0, "cluster_id": None, "first_quarter": "2026Q4",
    }  # fmt: skip


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Models this small are slower on two threads, much slower where the cores are shared."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def sentences() -> Callable[..., list[str]]:
    return template_sentences


@pytest.fixture(scope="session")
def make_corpus() -> Callable[..., Path]:
    return write_corpus


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 sentences to train on, 60 others to validate on."""
    folder = tmp_path_factory.mktemp("corpora") / "2026Q4"
    return write_corpus(folder, template_sentences(400), template_sentences(60, seed=1))


@pytest.fixture(scope="session")
def tiny_config() -> TrainingConfig:
    """A run of a second or two."""
    return TrainingConfig.model_validate({
        "base": "small", "max_steps": 8, "train_batch_sentences": 8,
        "max_length": 24, "optimizer": {"learning_rate": 5e-3}, "log_steps": 4, "checkpoint_steps": 3,
        "small": {
            "num_layers": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64,
            "vocabulary_size": 300,
        },
    })  # fmt: skip


@pytest.fixture
def with_changes(tiny_config: TrainingConfig) -> Callable[..., TrainingConfig]:
    """The tiny configuration with other values for some keys."""
    return lambda **changes: TrainingConfig.model_validate(tiny_config.model_dump() | changes)


SHAPE = {"num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64}


def bert_folder(folder: Path) -> Path:
    vocabulary = learn_vocabulary(template_sentences(400), 300)
    transformers.BertTokenizer(vocab=vocabulary, do_lower_case=False, strip_accents=False).save_pretrained(folder)
    config = transformers.BertConfig(vocab_size=len(vocabulary), max_position_embeddings=40, **SHAPE)
    transformers.BertForMaskedLM(config).save_pretrained(folder)
    return folder


def distilbert_folder(folder: Path) -> Path:
    vocabulary = learn_vocabulary(template_sentences(400), 300)
    tokenizer = transformers.BertTokenizer(
        vocab=vocabulary,
        do_lower_case=False,
        strip_accents=False,
        model_input_names=["input_ids", "attention_mask"],
    )
    tokenizer.save_pretrained(folder)
    config = transformers.DistilBertConfig(
        vocab_size=len(vocabulary), max_position_embeddings=40, dim=32, n_layers=2, n_heads=2, hidden_dim=64
    )
    transformers.DistilBertForMaskedLM(config).save_pretrained(folder)
    return folder


def xlm_roberta_folder(folder: Path) -> Path:
    """A Unigram tokenizer with XLM-R's special tokens; positions start at 2."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(template_sentences(400), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", cls_token="<s>", eos_token="</s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", mask_token="<mask>",
    ).save_pretrained(folder)  # fmt: skip
    config = transformers.XLMRobertaConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=42, pad_token_id=1, bos_token_id=0,
        eos_token_id=2, type_vocab_size=1, **SHAPE,
    )  # fmt: skip
    transformers.XLMRobertaForMaskedLM(config).save_pretrained(folder)
    return folder


def modernbert_folder(folder: Path) -> Path:
    """Its heads for classes take the mean over all tokens."""
    vocabulary = learn_vocabulary(template_sentences(400), 300)
    tokenizer = transformers.BertTokenizer(vocab=vocabulary, do_lower_case=False, strip_accents=False)
    tokenizer.save_pretrained(folder)
    config = transformers.ModernBertConfig(
        vocab_size=len(vocabulary), max_position_embeddings=40, local_attention=8, classifier_pooling="mean",
        pad_token_id=tokenizer.pad_token_id, cls_token_id=tokenizer.cls_token_id, sep_token_id=tokenizer.sep_token_id,
        bos_token_id=tokenizer.cls_token_id, eos_token_id=tokenizer.sep_token_id, **SHAPE,
    )  # fmt: skip
    transformers.ModernBertForMaskedLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each family of base models, with random weights."""
    torch.manual_seed(0)
    top = tmp_path_factory.mktemp("bases")
    makers = {
        "bert": bert_folder, "distilbert": distilbert_folder, "modernbert": modernbert_folder,
        "xlm-roberta": xlm_roberta_folder,
    }  # fmt: skip
    return {family: make(top / family) for family, make in makers.items()}
