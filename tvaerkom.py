"""The one command: names, one-line help, and the lazy import of what a command needs.

In: the command line. Out: an exit code (0 done, 1 failed, 2 wrong use, 3 a person is needed, 130 stopped).
`tvaerkom --help` imports no stage; a stage's cli is loaded only when one of its commands is called.
"""

import importlib
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer._click.exceptions import ClickException  # typer 0.29 brings its own click and exports no base
from typer.core import TyperCommand, TyperGroup

# command -> (module that holds it, one line of help)
COMMANDS = {
    "status": ("workflows", "What is there, what is in force, what needs you, what to type next."),
    "init": ("crawler.cli", "Write tvaerkom.yaml with your name and contact; check the machine."),
    "demo": ("workflows", "Crawl, corpus and model on Kommuneby, a pretend municipal web; two quarters."),
    "sites": ("crawler.cli", "Show the register: who is crawled, and who is not."),
    "crawl": ("crawler.cli", "Crawl a quarter; typed again it goes on."),
    "snapshot": ("crawler.cli", "Show, verify and publish what was crawled."),
    "site": ("letters.cli", "Show what was done at one site; write a letter to its owner."),
    "corpus": ("corpus.cli", "Build a corpus from a snapshot; show and verify it."),
    "train": ("training.cli", "Train a masked language model further on a corpus."),
    "finetune": ("training.heads_cli", "Train a model on labelled examples: named entities, or classes of texts."),
    "base": ("training.bases_cli", "Show what a base model is; convert one that has no safetensors."),
    "evaluate": ("training.evaluation_cli", "Compare models: how well they guess, and what they cost."),
    "fill": ("training.evaluation_cli", "Let a trained model fill in a masked word, beside its base."),
    "audit": ("training.audit_cli", "Test what a run betrays of the texts it was trained on."),
    "promote": ("training.champions_cli", "Put a run in use where the gate lets it pass; --back undoes it."),
    "find": ("forgetting", "Say where a page or a text is kept; for requests for access."),
    "forget": ("forgetting", "Forget a page or a text everywhere, for good; leaves a receipt."),
    "quarter": ("workflows", "All of a quarter: crawl, publish, build, verify, train."),
}
DATA_HELP = "The data folder; else TVAERKOM_DATA, else what tvaerkom.yaml says, else ./data."
STOPPED = 130
_WITHOUT_DATA = ("init", "demo")
FIRST_COMMAND = "status"  # what `tvaerkom` alone does


class _LazyGroup(TyperGroup):
    """Lists commands without importing them (trap T9 of STYLE: `--help` asks get_command for every name)."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        known = COMMANDS.get(cmd_name)
        return TyperCommand(cmd_name, help=known[1]) if known else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        if name in COMMANDS:
            stage = typer.main.get_command(importlib.import_module(COMMANDS[name][0]).app)
            command = stage.get_command(ctx, name) if isinstance(stage, TyperGroup) else stage
        return name, command, rest


app = typer.Typer(cls=_LazyGroup, add_completion=False, no_args_is_help=False)


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    data: Annotated[Path | None, typer.Option(help=DATA_HELP)] = None,
    register: Annotated[Path | None, typer.Option(help="Another register than the one that ships.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Warnings and results only.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Every detail.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Results as JSON, for programs.")] = False,
) -> None:
    """Keep a Danish municipal text corpus, and the models trained on it, fresh.

    Start with: tvaerkom demo
    """
    from foundation.command import resolve_command
    from foundation.progress import configure_logging

    configure_logging(quiet=quiet, verbose=verbose)
    ctx.obj = resolve_command(data=data, register=register, quiet=quiet, verbose=verbose, json=json)
    if ctx.invoked_subcommand not in _WITHOUT_DATA and "--help" not in sys.argv:
        _apply_missing_erasures(ctx.obj)
    if ctx.invoked_subcommand is None:
        status = importlib.import_module(COMMANDS[FIRST_COMMAND][0])
        status.status(ctx)


def _apply_missing_erasures(command: Any) -> None:
    """What came back from a backup has to go again before anything is done with it; costs a millisecond."""
    from foundation.applied import missing_ids

    if missing_ids(command.places):
        from forgetting import apply_missing_erasures

        apply_missing_erasures(command.places)


def main() -> None:
    """Entry point of the console script: turns our errors into one sentence and an exit code."""
    try:
        code = app(standalone_mode=False)
    except typer.Exit as error:
        code = error.exit_code
    except ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except Exception as error:  # noqa: BLE001  # the outermost frame; what is not ours is raised again
        code = _explained(error)
    if code == STOPPED:  # typer makes this code of a Ctrl-C before it comes here
        command = shlex.join(["tvaerkom", *sys.argv[1:]])
        sys.stderr.write(f"\nstopped; nothing that was committed is lost; go on with: {command}\n")
    sys.exit(code if isinstance(code, int) else 0)


def _explained(error: Exception) -> int:
    """One sentence for the errors meant for users and for a full disk; a traceback for our own mistakes."""
    import errno

    from foundation.errors import TvaerkomError

    if isinstance(error, TvaerkomError):
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        place = f" ({error.filename})" if error.filename else ""
        sys.stderr.write(f"the disk is full{place}; make room, then type the same command again: nothing is lost\n")
        return 1
    raise error


if __name__ == "__main__":
    main()
