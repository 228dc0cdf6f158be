"""What others start from our models: `python -m benchmarks.downstream_rivals TOOL PLAN RESULTS`.

In: a tool, `simpletransformers` or `sentence_transformers`, and a JSON file with the folders of models and sentences
with the tokens that they had in training. Out: a JSON file with, for each model, the weights that are not those of its
folder, the sentences whose tokens are others, and the weights that its training left as they were. Runs in
.venv-bench and imports nothing of the project.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

LABELS = ["O", "B-STED", "I-STED"]
NUM_SENTENCES = 8  # of a step of training


def start_simpletransformers(plan: dict[str, Any], sentences: list[str]) -> dict[str, Any]:
    """A NERModel, its settings as they are by default but for what it writes."""
    import pandas
    from simpletransformers.ner import NERModel

    quiet = {
        "use_multiprocessing": False, "use_multiprocessing_for_evaluation": False, "silent": True, "no_save": True,
        "overwrite_output_dir": True, "dataloader_num_workers": 0, "learning_rate": 1e-3,
        "num_train_epochs": 3,  # a step each; its warm-up makes the first a step of nothing
        "train_batch_size": NUM_SENTENCES, "no_cache": True, "reprocess_input_data": True,
    }  # fmt: skip
    model = NERModel(plan["type"], plan["folder"], labels=LABELS, args=quiet, use_cuda=False)
    answer = _beside_the_folder(model.model, model.tokenizer, plan, sentences)
    before = _copied(model.model)
    rows = [
        {"sentence_id": number, "words": word, "labels": LABELS[place % len(LABELS)]}
        for number, text in enumerate(sentences[:NUM_SENTENCES]) for place, word in enumerate(text.split())
    ]  # fmt: skip
    model.train_model(pandas.DataFrame(rows), output_dir="out")
    return answer | {"unmoved": _unmoved(model.model, before)}


def start_sentence_transformers(plan: dict[str, Any], sentences: list[str]) -> dict[str, Any]:
    """A SentenceTransformer as it is made from the folder of a language model: the mean over the tokens."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.losses import MultipleNegativesRankingLoss

    model = SentenceTransformer(plan["folder"], device="cpu")
    inner = model[0].auto_model
    answer = _beside_the_folder(inner, model.tokenizer, plan, sentences)
    before = _copied(inner)
    loss = MultipleNegativesRankingLoss(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0)
    pairs = [sentences[:NUM_SENTENCES], sentences[NUM_SENTENCES : 2 * NUM_SENTENCES]]
    model.train()
    loss([model.tokenize(texts) for texts in pairs], None).backward()
    optimizer.step()
    return answer | {"unmoved": _unmoved(inner, before)}


def _beside_the_folder(model: Any, tokenizer: Any, plan: dict[str, Any], sentences: list[str]) -> dict[str, Any]:
    """Weights that are not in the folder, or not with these values; and the numbers of sentences read otherwise."""
    saved = load_file(Path(plan["folder"]) / "model.safetensors")
    inside = {name.partition(".")[2]: tensor for name, tensor in saved.items()}  # without the name of the whole
    new = [
        name for name, tensor in model.state_dict().items()
        if (kept := saved.get(name, inside.get(name))) is None or not torch.equal(kept, tensor)
    ]  # fmt: skip
    read = [tokenizer(text)["input_ids"] for text in sentences]
    other = [number for number, (ids, ours) in enumerate(zip(read, plan["ids"], strict=True)) if ids != ours]
    return {"new": new, "read_otherwise": other}


def _copied(model: Any) -> dict[str, torch.Tensor]:
    return {name: values.detach().clone() for name, values in model.named_parameters()}


def _unmoved(model: Any, before: dict[str, torch.Tensor]) -> list[str]:
    return [name for name, values in model.named_parameters() if torch.equal(values, before[name])]


TOOLS: dict[str, Callable[[dict[str, Any], list[str]], dict[str, Any]]] = {
    "simpletransformers": start_simpletransformers, "sentence_transformers": start_sentence_transformers,
}  # fmt: skip


def main() -> None:
    tool, plan, results = sys.argv[1:]
    torch.set_num_threads(1)
    asked = json.loads(Path(plan).read_text())
    found = {name: TOOLS[tool](each, asked["sentences"]) for name, each in asked["models"].items()}
    Path(results).write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
