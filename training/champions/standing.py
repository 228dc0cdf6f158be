"""Whether the champions are still there and may be used: for `tvaerkom status`, and for `train --base champion`.

In: the data folder. Out: the run of a champion, sentences about those in use, and what is wrong with them. Changes
nothing; loads no torch.
"""

import json

from foundation.errors import ConfigError
from foundation.places import Places
from training.champions.lineage import LineageUnknown, erasure_complaint, lineage_of, read_run_record, weights_of
from training.champions.tracks import AUDIT_NAME, JUDGEMENTS_NAME, WEIGHTS_DIGITS, InUse, Track, read_tracks


def complaint_about(places: Places, in_use: InUse) -> str | None:
    """Why a run that is or was in use can be used no longer, in one sentence; None where it can."""
    weights = weights_of(places.run(in_use.run))
    if weights is None:
        return f"run {in_use.run} is gone or not whole: there is no finished run in {places.run(in_use.run)}"
    if weights != in_use.weights_sha256:
        return f"run {in_use.run} was trained anew since {in_use.since}, and has other weights now"
    try:
        return erasure_complaint(places, lineage_of(places, in_use.run))
    except LineageUnknown as error:
        return str(error)


def resolve_champion(places: Places, track: str | None = None) -> str:
    """The run that `--base champion` or `--base champion:TRACK` means.

    Raises:
        ConfigError: there is none, there are several, or the one meant can be used no longer.
    """
    chosen = chosen_track(places, track, how="--base champion:{track}")
    complaint = complaint_about(places, chosen.champion)
    if complaint is not None:
        raise ConfigError(
            f"the champion of {chosen.name} cannot be trained further: {complaint}; name a base, or put another run "
            "in use: tvaerkom promote RUN"
        )
    return chosen.champion.run


def chosen_track(places: Places, name: str | None, *, how: str) -> Track:
    """The track of that name; without one the only one there is.

    Args:
        how: what to write to choose one of several, with `{track}` in it.

    Raises:
        ConfigError: there is none, or there are several.
    """
    tracks = read_tracks(places)
    if not tracks:
        raise ConfigError(f"{places.models}: no champion yet; run: tvaerkom promote RUN")
    listed = ", ".join(f"{each.name} ({each.champion.run})" for each in tracks)
    if name is None and len(tracks) > 1:
        raise ConfigError(f"there is more than one champion: {listed}; write {how.format(track=tracks[0].name)}")
    for each in tracks:
        if name in (None, each.name):
            return each
    raise ConfigError(f"there is no track {name} with a champion; there are: {listed}")


def in_force(places: Places) -> list[str]:
    """A line for each champion. Raises BrokenRunError where a champion.json cannot be read."""
    return [_line(places, track) for track in read_tracks(places)]


def champion_warnings(places: Places) -> list[str]:
    """A sentence for each champion that can be used no longer, or whose audit did not pass since.

    Raises BrokenRunError as `in_force` does.
    """
    found = []
    for track in read_tracks(places):
        complaint = complaint_about(places, track.champion)
        if complaint is None:
            found += _audit_warning(places, track)
        else:
            back = f", or go back: tvaerkom promote --back --track {track.name}" if track.before else ""
            found.append(f"the champion of {track.name}: {complaint}; train another and promote it{back}")
    return found


def _audit_warning(places: Places, track: Track) -> list[str]:
    """One sentence where the audit.json of a champion says now that it did not pass."""
    champion = track.champion
    try:
        values = json.loads((places.run(champion.run) / AUDIT_NAME).read_text(encoding="utf-8"))
        has_failed = (values["passed"], values["weights_sha256"]) == (False, champion.weights_sha256)
    except (OSError, ValueError, KeyError, TypeError):
        return []
    if not has_failed:
        return []
    return [f"the champion of {track.name}: the audit of run {champion.run} did not pass (audit.json)"]


def _line(places: Places, track: Track) -> str:
    champion = track.champion
    corpus = (read_run_record(places, champion.run) or {}).get("corpus")
    trained = f", trained on corpus {corpus['name']}" if isinstance(corpus, dict) and "name" in corpus else ""
    against_the_gate = ", promoted with a reason" if champion.reason is not None else ""
    return f"{track.name}: run {champion.run} since {champion.since[:10]}{trained}{against_the_gate}"


def is_judged(places: Places, run: str) -> bool:
    """Whether the gate was asked about this run with its present weights, whatever it said."""
    weights = weights_of(places.run(run))
    return weights is not None and any(
        places.models.glob(f"*/{JUDGEMENTS_NAME}/{run}-{weights[:WEIGHTS_DIGITS]}-against-*.json")
    )
