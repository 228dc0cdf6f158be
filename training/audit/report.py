"""`audit.json`: written after each part of an audit, and read by the next one, by the gate and by people.

In: what was found of a run. Out: the file, which opens with two paragraphs in plain words; and the parts of it that
still hold. No text of anybody's is in it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from foundation.errors import BrokenRunError
from foundation.files import write_text
from training.audit import verdict
from training.audit.kinds import Subject
from training.audit.verdict import Claim, Criterion
from training.audit.wording import paragraphs
from training.champions.judging import AUDIT_NAME
from training.record import commit, hardware, now, versions

FORMAT_VERSION = 1
MODEL_PARTS, TWIN, PROBE = ("membership", "extraction"), "twin", "probe"
_CRITERIA = {"membership": verdict.MEMBERSHIP, "extraction": verdict.EXTRACTION, TWIN: verdict.BOUND,
             PROBE: verdict.PROBE}  # fmt: skip


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


def report(setting: Setting, parts: Mapping[str, Part]) -> dict[str, Any]:
    """The content of audit.json."""
    subject, claim = setting.subject, setting.claim
    criteria = [parts[name].criterion for name in _CRITERIA if name in parts]
    passed = verdict.passed(criteria, is_private=claim is not None, fills_in_words=subject.fills_in_words)
    danish, english = paragraphs(subject.name, criteria, claim, passed, fills_in_words=subject.fills_in_words)
    return {
        "danish": danish, "english": english, "passed": passed, "criteria": [asdict(each) for each in criteria],
        **{name: parts[name].values if name in parts else None for name in _CRITERIA},
        "format_version": FORMAT_VERSION, "run": subject.name, "weights_sha256": subject.weights_sha256,
        "corpus": subject.record.get("corpus"), "base": subject.record["base"]["name"], "private": subject.is_private,
        "claimed": None if claim is None else asdict(claim), "thresholds": verdict.thresholds(),
        "thresholds_sha256": verdict.thresholds_sha256(), "audited_at": now(), "hardware": hardware(setting.device),
        "versions": versions(), "commit": commit(),
    }  # fmt: skip


def write_report(subject: Subject, values: Mapping[str, Any]) -> None:
    write_text(subject.folder / AUDIT_NAME, json.dumps(values, ensure_ascii=False, indent=2) + "\n")


def read_report(subject: Subject) -> dict[str, Any]:
    """What was written of these weights under these limits; else nothing.

    Raises:
        BrokenRunError: the file is not readable.
    """
    path = subject.folder / AUDIT_NAME
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        holds = (values["format_version"], values["weights_sha256"], values["thresholds_sha256"]) == (
            FORMAT_VERSION, subject.weights_sha256, verdict.thresholds_sha256()
        )  # fmt: skip
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        raise BrokenRunError(f"{path}: not readable; remove it, or audit the run anew with --fresh") from None
    return dict(values) if holds else {}


def parts_of(values: Mapping[str, Any]) -> dict[str, Part]:
    """The parts of an audit.json."""
    criteria = {each["name"]: Criterion(**each) for each in values.get("criteria", ())}
    return {
        name: Part(values=values[name], criterion=criteria[criterion])
        for name, criterion in _CRITERIA.items()
        if values.get(name) is not None and criterion in criteria
    }
