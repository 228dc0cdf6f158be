"""A run is put in use, or the one before it is put back.

In: the name of a run, or of a track. Out: `models/<track>/champion.json`, changed or as it was. One process at a time;
a kill at any point leaves the champion before or the one after, and the same command again ends the work.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch

from foundation.errors import BrokenRunError, ConfigError, NeedsPersonError
from foundation.locks import held
from foundation.places import Places
from training.champions.contenders import Challenger, finished_run
from training.champions.gate import REFUSED, is_final
from training.champions.judging import Judgement, judge, overrule
from training.champions.standing import chosen_track, complaint_about
from training.champions.tracks import BACK, PROMOTED, Change, InUse, Track, read_track, write_track
from training.record import now

LOCK_NAME, BUSY = "lock", "another tvaerkom promote is at work"
ALREADY = "already champion"


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What became of a run.

    Attributes:
        outcome: `promoted`, `refused` or `already champion`.
        before: the run that was in use until now.
        judgement: None where the run is the champion already.
        is_stored: the judgement was there already: nothing that decides it had changed.
    """

    track: str
    run: str
    outcome: str
    before: str | None
    judgement: Judgement | None
    is_stored: bool


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """The run that is in use again, and the one it takes the place of.

    `passed_over` says of each run between them why it cannot come back.
    """

    track: str
    run: str
    before: str
    passed_over: tuple[str, ...]


def promote(
    places: Places, run: str, *, reason: str | None, device: torch.device, controls: Mapping[str, str]
) -> Promotion:  # fmt: skip
    """Judge a run and put it in use where the gate lets it pass, or where a person gives a reason.

    A run on texts that were erased since, or whose promise of privacy is broken, is not put in use for any reason.

    Raises:
        ConfigError: no such run, it is not finished, or another process is promoting.
        BrokenRunError: files of the run, of its corpus or of the track are damaged.
    """
    with held(places.models / LOCK_NAME, busy=BUSY):
        challenger = finished_run(places, run)
        track = read_track(places, challenger.track)
        before = None if track is None else track.champion.run
        result = Promotion(
            track=challenger.track, run=run, outcome=ALREADY, before=before, judgement=None, is_stored=False
        )
        if track is not None and _is_in_use(track, challenger):
            return result
        judged = judge(places, run, device=device, controls=controls, challenger=challenger)
        judgement = judged.judgement
        if judgement.verdict == REFUSED:
            if reason is None or not can_be_overruled(judgement):
                return replace(result, outcome=REFUSED, judgement=judgement, is_stored=judged.is_stored)
            judgement = overrule(places, judgement, reason)
        given = reason if judgement.verdict == REFUSED else None
        write_track(places, _with_champion(track, challenger, judgement, given))
        return replace(result, outcome=PROMOTED, judgement=judgement, is_stored=judged.is_stored)


def can_be_overruled(judgement: Judgement) -> bool:
    """Whether `--reason` helps: not against an erasure, and not against a broken promise of privacy."""
    return not any(map(is_final, judgement.criteria))


def go_back(places: Places, track_name: str | None) -> Rollback:
    """Put the run in use again that was before the present one.

    Raises:
        ConfigError: no such track, several to choose from, nothing before, or another process is promoting.
        NeedsPersonError: the run before can be used no longer.
    """
    with held(places.models / LOCK_NAME, busy=BUSY):
        track = chosen_track(places, track_name, how="--track {track}")
        present = track.champion
        if not track.before:
            raise ConfigError(
                f"track {track.name}: no run was in use before {present.run}; there is none to go back to"
            )
        complaints = [_complaint(places, used) for used in track.before]
        place = max((number for number, each in enumerate(complaints) if each is None), default=None)
        if place is None:
            raise NeedsPersonError(
                f"track {track.name}: cannot go back: {'; '.join(map(str, complaints))}; {present.run} stays in use; "
                "to put any other run in use: tvaerkom promote RUN --reason TEXT"
            )
        earlier, target = track.before[:place], track.before[place]
        champion = replace(target, since=now())
        write_track(places, replace(
            track, champion=champion, before=tuple(earlier), changes=(*track.changes, _change(BACK, champion))
        ))  # fmt: skip
        passed_over = tuple(each for each in complaints[place + 1 :] if each is not None)
        return Rollback(track=track.name, run=champion.run, before=present.run, passed_over=passed_over)


def _complaint(places: Places, used: InUse) -> str | None:
    """Why a run cannot come back into use; its files are looked at too."""
    complaint = complaint_about(places, used)
    if complaint is None:
        try:
            finished_run(places, used.run)
        except (ConfigError, BrokenRunError) as error:
            return str(error)
    return complaint


def _is_in_use(track: Track, challenger: Challenger) -> bool:
    """The run of that name may have been trained anew since."""
    in_use = track.champion
    return (in_use.run, in_use.weights_sha256) == (challenger.run, challenger.base.weights_sha256)


def _with_champion(
    track: Track | None, challenger: Challenger, judgement: Judgement, reason: str | None
) -> Track:  # fmt: skip
    champion = InUse(
        run=challenger.run, since=now(), weights_sha256=challenger.base.weights_sha256, judgement=judgement.file,
        reason=reason,
    )  # fmt: skip
    change = _change(PROMOTED, champion)
    if track is None:
        return Track(
            name=challenger.track, tokenizer_sha256=challenger.tokenizer_sha256, is_private=challenger.is_private,
            champion=champion, before=(), changes=(change,),
        )  # fmt: skip
    return replace(track, champion=champion, before=(*track.before, track.champion), changes=(*track.changes, change))


def _change(kind: str, champion: InUse) -> Change:
    return Change(at=champion.since, kind=kind, run=champion.run, judgement=champion.judgement, reason=champion.reason)
