"""A run comes into use, goes out of it, and is put back."""

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
import torch

from foundation.errors import ConfigError, NeedsPersonError
from foundation.locks import held
from foundation.places import Places
from training.audit import limits
from training.champions import promoting
from training.champions.gate import REFUSED
from training.champions.lineage import weights_of
from training.champions.promoting import Promotion, go_back, promote
from training.champions.standing import champion_warnings, in_force, resolve_champion
from training.champions.tracks import CHAMPION_NAME, read_tracks, track_folder

CPU = torch.device("cpu")
RunMaker = Callable[..., str]


def promoted(places: Places, run: str, reason: str | None = None) -> Promotion:
    return promote(places, run, reason=reason, device=CPU, controls={})


def test_first_champion_and_the_next(two: Places) -> None:
    (track,) = read_tracks(two)
    assert (track.champion.run, [each.run for each in track.before]) == ("second", ["first"])
    assert [(each.kind, each.run) for each in track.changes] == [("promoted", "first"), ("promoted", "second")]
    judgement = json.loads((track_folder(two, track.name) / track.champion.judgement).read_text())
    assert (judgement["run"], judgement["against"]["name"], judgement["verdict"]) == ("second", "first", "passed")
    assert resolve_champion(two) == resolve_champion(two, track.name) == "second"
    (line,) = in_force(two)
    assert line.startswith(f"{track.name}: run second since 20")
    assert champion_warnings(two) == []


def test_promoting_twice_says_so_and_changes_nothing(two: Places) -> None:
    before = read_tracks(two)
    assert promoted(two, "second").outcome == "already champion"
    assert read_tracks(two) == before


def test_refused_run_leaves_the_champion(two: Places, make_run: RunMaker) -> None:
    before = read_tracks(two)
    result = promoted(two, make_run("third", "worse", corpus="2027Q1"))
    assert (result.outcome, result.before) == ("refused", "second")
    assert read_tracks(two) == before


def test_reason_overrules_and_is_recorded(two: Places, make_run: RunMaker) -> None:
    result = promoted(two, make_run("third", "worse", corpus="2027Q1"), "the tokenizer of the site is needed")
    assert result.outcome == "promoted"
    (track,) = read_tracks(two)
    assert (track.champion.run, track.champion.reason) == ("third", "the tokenizer of the site is needed")
    judgement = json.loads((track_folder(two, track.name) / track.champion.judgement).read_text())
    assert judgement["verdict"] == "refused"
    assert judgement["overruled"]["reason"] == "the tokenizer of the site is needed"
    assert "promoted with a reason" in in_force(two)[0]


def test_no_reason_helps_against_an_erasure(places: Places, make_run: RunMaker, erase: Callable[[str], None]) -> None:
    run = make_run("first", "good")
    erase("2026Q4")
    assert promoted(places, run, "please").outcome == "refused"
    assert read_tracks(places) == []


def test_rollback_goes_back_one_by_one_until_nothing_is_left(two: Places, make_run: RunMaker) -> None:
    promoted(two, make_run("third", "worse", corpus="2027Q1"), "try")
    assert [go_back(two, None).run, go_back(two, None).run] == ["second", "first"]
    with pytest.raises(ConfigError, match="no run was in use before first"):
        go_back(two, None)
    (track,) = read_tracks(two)
    assert [each.kind for each in track.changes] == ["promoted", "promoted", "promoted", "back", "back"]
    assert promoted(two, "second").is_stored  # judged against first before
    assert resolve_champion(two) == "second"


def test_run_that_is_gone_cannot_be_gone_back_to(two: Places) -> None:
    shutil.rmtree(two.run("first"))
    with pytest.raises(NeedsPersonError, match=r"run first is gone .* second stays in use"):
        go_back(two, None)
    assert read_tracks(two)[0].champion.run == "second"


def test_run_on_erased_texts_cannot_be_gone_back_to(
    one: Places, make_run: RunMaker, erase: Callable[[str], None]
) -> None:
    promoted(one, make_run("second", "better", corpus="2027Q1"))
    erase("2026Q4")
    assert champion_warnings(one) == []
    with pytest.raises(NeedsPersonError, match="from which pages were erased since; second stays in use"):
        go_back(one, None)


def test_champion_on_erased_texts_is_refused_as_a_base_and_warned_of(two: Places, erase: Callable[[str], None]) -> None:
    erase("2026Q4")  # which second was not trained on itself
    (warning,) = champion_warnings(two)
    assert "run first was trained on corpus 2026Q4 revision 1" in warning
    with pytest.raises(ConfigError, match="cannot be trained further: run first was trained on corpus 2026Q4"):
        resolve_champion(two)


def test_champion_that_is_gone_or_other_is_warned_of(two: Places, made: Any, finish_again: Callable[..., None]) -> None:
    shutil.copytree(made.models["worse"], two.run("second") / "model", dirs_exist_ok=True)
    finish_again(two.run("second"))
    assert "run second was trained anew since" in champion_warnings(two)[0]
    shutil.rmtree(two.run("second"))
    assert "run second is gone" in champion_warnings(two)[0]


def test_a_champion_whose_audit_did_not_pass_since_is_warned_of(two: Places) -> None:
    audit = two.run("second") / "audit.json"
    for passed, weights, number in ((True, weights_of(two.run("second")), 0), (False, "other", 0),
                                    (False, weights_of(two.run("second")), 1)):  # fmt: skip
        audit.write_text(json.dumps({"passed": passed, "weights_sha256": weights}))
        assert len(champion_warnings(two)) == number
    assert "the audit of run second did not pass" in champion_warnings(two)[0]


def test_with_several_tracks_one_has_to_be_chosen(two: Places, make_run: RunMaker, finish_again: Any) -> None:
    with pytest.raises(ConfigError, match="there is no track other with a champion; there are: bert-"):
        resolve_champion(two, "other")
    run = make_run("private", "good")
    (two.run(run) / "privacy.json").write_text("{}")
    assert promoted(two, run).outcome == REFUSED  # not audited
    audit = {
        "passed": True, "weights_sha256": weights_of(two.run(run)), "format_version": limits.FORMAT_VERSION,
        "thresholds_sha256": limits.thresholds_sha256(),
    }  # fmt: skip
    (two.run(run) / "audit.json").write_text(json.dumps(audit))
    result = promoted(two, run)
    assert (result.track.endswith("-private"), result.before) == (True, None)
    with pytest.raises(ConfigError, match=r"more than one champion: bert-.* write --base champion:bert-"):
        resolve_champion(two)
    with pytest.raises(ConfigError, match=r"write --track bert-"):
        go_back(two, None)
    assert resolve_champion(two, result.track) == "private"


def test_without_a_champion_it_says_what_to_run(places: Places) -> None:
    with pytest.raises(ConfigError, match="no champion yet; run: tvaerkom promote RUN"):
        resolve_champion(places)
    assert (in_force(places), champion_warnings(places)) == ([], [])


def test_kill_between_judgement_and_champion_is_made_good(
    one: Places, make_run: RunMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run("second", "worse")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(promoting, "write_track", killed)
        with pytest.raises(KeyboardInterrupt):
            promoted(one, run, "needed")
    assert resolve_champion(one) == "first"
    result = promoted(one, run, "needed")
    assert (result.outcome, result.is_stored, resolve_champion(one)) == ("promoted", True, "second")


def test_one_process_at_a_time(two: Places) -> None:
    with held(two.models / promoting.LOCK_NAME, busy="x"), pytest.raises(ConfigError, match="another tvaerkom promote"):
        go_back(two, None)


def test_champion_file_is_written_whole(two: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    path = track_folder(two, read_tracks(two)[0].name) / CHAMPION_NAME
    before = path.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        go_back(two, None)
    assert path.read_bytes() == before
