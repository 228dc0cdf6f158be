"""`audit.json`: written after each part of an audit, and read by the next one, by the gate and by people.

In: what was found of a run. Out: the file, which opens with two paragraphs in plain words; and the parts of it that
still hold. No text of anybody's is in it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from foundation.errors import BrokenRunError
from foundation.files import write_text
from training.audit import limits, verdict
from training.audit.failures import Failure, as_values, still_standing
from training.audit.kinds import Subject
from training.audit.limits import FORMAT_VERSION, Claim, Criterion
from training.audit.wording import paragraphs
from training.champions.tracks import AUDIT_NAME
from training.record import commit, hardware, now, versions

MODEL_PARTS, TWIN, PROBE = ("membership", "extraction"), "twin", "probe"
_CRITERIA = {"membership": limits.MEMBERSHIP, "extraction": limits.EXTRACTION, TWIN: limits.BOUND,
             PROBE: limits.PROBE}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something that was found: `values` go into audit.json as they are."""

    values: dict[str, Any]
    criterion: Criterion


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What all parts of an audit share; `claim`: None of a run without privacy."""

    subject: Subject
    claim: Claim | None
    device: torch.device


def report(setting: Setting, parts: Mapping[str, Part], known: Sequence[Failure]) -> dict[str, Any]:
    """The content of audit.json; `known`: what failed before."""
    subject, claim, fills_in_words = setting.subject, setting.claim, setting.subject.fills_in_words
    criteria = [parts[name].criterion for name in _CRITERIA if name in parts]
    found = {
        "criteria": [asdict(each) for each in criteria],
        **{name: parts[name].values if name in parts else None for name in _CRITERIA}, "audited_at": now(),
    }  # fmt: skip
    before = still_standing(known, found)
    passed = verdict.passed(criteria, is_private=claim is not None, fills_in_words=fills_in_words)
    passed = False if before else passed
    danish, english = paragraphs(
        subject.name, criteria, claim, passed, fills_in_words=fills_in_words, failed_before=before
    )
    return {
        "danish": danish, "english": english, "passed": passed, **found, "failed_before": as_values(before),
        "format_version": FORMAT_VERSION, "run": subject.name, "weights_sha256": subject.weights_sha256,
        "corpus": subject.record.get("corpus"), "base": subject.record["base"]["name"], "private": subject.is_private,
        "claimed": None if claim is None else asdict(claim), "thresholds": limits.thresholds(),
        "thresholds_sha256": limits.thresholds_sha256(), "hardware": hardware(setting.device),
        "versions": versions(), "commit": commit(),
    }  # fmt: skip


def write_report(subject: Subject, values: Mapping[str, Any]) -> None:
    write_text(subject.folder / AUDIT_NAME, json.dumps(values, ensure_ascii=False, indent=2) + "\n")


def read_report(subject: Subject) -> dict[str, Any]:
    """What was written, of whatever weights and under whatever limits; nothing where there is none.

    Raises:
        BrokenRunError: the file is not readable.
    """
    path = subject.folder / AUDIT_NAME
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if {"format_version", "weights_sha256", "thresholds_sha256"} <= values.keys():
            return dict(values)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError):
        pass
    raise BrokenRunError(f"{path}: not readable; remove it, which forgets what failed before, and audit the run anew")


def that_holds(values: dict[str, Any], subject: Subject) -> dict[str, Any]:
    """What was written of these weights under these limits; else nothing."""
    told = tuple(values.get(each) for each in ("format_version", "weights_sha256", "thresholds_sha256"))
    return values if told == (FORMAT_VERSION, subject.weights_sha256, limits.thresholds_sha256()) else {}


def parts_of(values: Mapping[str, Any]) -> dict[str, Part]:
    """The parts of an audit.json."""
    criteria = {each["name"]: Criterion(**each) for each in values.get("criteria", ())}
    return {
        name: Part(values=values[name], criterion=criteria[criterion])
        for name, criterion in _CRITERIA.items()
        if values.get(name) is not None and criterion in criteria
    }
