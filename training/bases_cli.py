"""The command `tvaerkom base`.

In: what the user typed. Out: one call into the stage, and what a base is, as lines or JSON.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.command import command_of

if TYPE_CHECKING:
    from training.bases.describing import BaseDescription

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def _commands() -> None:
    """Without a callback Typer makes no group of one command."""


@app.command()
def base(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Hugging Face name, or the folder of a model.")],
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit on huggingface.co.")] = None,
    convert: Annotated[
        bool, typer.Option("--convert", help="Convert a pytorch_model.bin, once, in a process of its own.")
    ] = False,
) -> None:
    """Show what a base model is, and whether it can be trained.

    Says which letters it loses, how long a sentence it takes, and more; downloads it where it is not on this machine.

    Example: tvaerkom base bert-base-multilingual-uncased
    """
    from training.extra import require_training_extra

    require_training_extra()
    from training.bases.converting import convert_base
    from training.bases.describing import describe_base
    from training.bases.finding import find_base

    command = command_of(ctx)
    found = (convert_base if convert else find_base)(name, revision=revision, cache=command.places.cache)
    described = describe_base(found)
    if command.json:
        values = asdict(described)
        typer.echo(json.dumps(values.pop("base") | values, ensure_ascii=False, indent=2, default=str))
        return
    for line in _lines(described):
        typer.echo(line)


def _lines(described: "BaseDescription") -> list[str]:
    base = described.base
    share = described.num_embedding_parameters / described.num_parameters
    tokens = f"{described.num_tokens:,} tokens"
    if described.vocabulary_size != described.num_tokens:
        tokens += f" ({described.vocabulary_size:,} rows in the model)"
    rows = {
        "type": f"{base.model_type} ({described.architecture}), sentences "
        + ("end to end" if described.is_packed else "padded"),
        "parameters": f"{described.num_parameters:,}, of which word embeddings {share:.0%}",
        "tokenizer": f"{described.tokenizer}, {tokens}",
        "sentences": f"of at most {described.max_length:,} tokens",
        "licence": base.licence,
        "revision": base.revision or "none: a folder",
        "weights": f"{described.weights_bytes / 1e6:,.1f} MB, sha256 {base.weights_sha256}",
        "folder": str(base.folder),
    }
    lines = [base.name, *(f"  {key:<11} {value}" for key, value in rows.items())]
    return [*lines, *(f"  note        {quirk.sentence}" for quirk in described.quirks)]
