"""What `tvaerkom promote` prints, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foundation.command import Command
from foundation.errors import ConfigError, NeedsPersonError
from foundation.places import Places
from foundation.user_settings import TrainingSettings, UserSettings
from training.champions_cli import app

Call = Callable[..., str]


@pytest.fixture
def tvaerkom(places: Places, general: Path) -> Call:
    def call(*arguments: str, as_json: bool = False) -> str:
        settings = UserSettings(training=TrainingSettings(controls={"general": str(general)}))
        command = Command(places=places, settings=settings, register=None, json=as_json)
        result = CliRunner().invoke(app, ["promote", *arguments, "--device", "cpu"], obj=command)
        call.output = result.output  # type: ignore[attr-defined]
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return call


def test_table_says_what_was_asked_and_found(make_run: Callable[..., str], tvaerkom: Call) -> None:
    output = tvaerkom(make_run("first", "good"))
    assert "run first against base bert, on 400 sentences that neither was trained on" in output
    for row in ("domain      passed ", "forgetting  passed ", "audit       not judged  run first was never audited"):
        assert row in output
    assert "loss (how wrong it guesses hidden words; lower is better)" in output
    assert "first is now the champion of bert-" in output
    assert "first is the champion of bert-" in tvaerkom("first")


def test_refusal_prints_the_table_and_ends_with_3(make_run: Callable[..., str], tvaerkom: Call) -> None:
    tvaerkom(make_run("first", "good"))
    with pytest.raises(
        NeedsPersonError, match=r"the gate refused second; first stays in use; .* --reason TEXT"
    ) as caught:
        tvaerkom(make_run("second", "worse"))
    assert caught.value.exit_code == 3
    assert "domain      refused" in tvaerkom.output  # type: ignore[attr-defined]
    with pytest.raises(NeedsPersonError):
        tvaerkom("second", as_json=True)
    answer = json.loads(tvaerkom.output)  # type: ignore[attr-defined]
    assert (answer["outcome"], answer["judgement"]["verdict"], answer["is_stored"]) == ("refused", "refused", True)
    assert "in place of first against the gate" in tvaerkom("second", "--reason", "needed")
    assert "first is the champion of bert-" in tvaerkom("--back")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "say which run"),
        (["first", "--track", "x"], "--track is for --back"),
        (["first", "--back"], "--back takes neither"),
        (["--back", "--reason", "x"], "--back takes neither"),
        (["--back"], "no champion yet"),
        (["first", "--reason", " "], "--reason: say in a few words"),
        (["first"], "there is no run first"),
    ],
)
def test_wrong_use_is_one_sentence(tvaerkom: Call, arguments: list[str], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        tvaerkom(*arguments)
