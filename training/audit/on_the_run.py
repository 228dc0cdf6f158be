"""What is asked of the audited model itself, beside its base: membership, extraction, and a probe file.

In: a run of any kind and its base. Out: findings and verdicts. Trains nothing.
"""

from dataclasses import asdict
from pathlib import Path

from training.audit.extraction import extraction
from training.audit.kinds import RareWordGuesses
from training.audit.limits import EXTRACTION, MEMBERSHIP
from training.audit.membership import membership
from training.audit.probing import Probed, hash_of_probe, probed_lines, read_probe
from training.audit.reasons import unknown
from training.audit.report import Part, Setting
from training.audit.verdict import judge_extraction, judge_membership, judge_probe, not_testable
from training.bases.finding import Base
from training.champions.lineage import LineageUnknown


def audit_model(setting: Setting, base: Base) -> dict[str, Part]:
    """Membership and extraction; not testable where nobody can say what the run was trained on."""
    try:
        replies = setting.subject.ask_model(base, setting.device)
    except LineageUnknown as error:
        why = unknown(str(error))
        return {name: Part(values={}, criterion=not_testable(name, why)) for name in (MEMBERSHIP, EXTRACTION)}
    recognised = membership(replies.members, replies.others)
    return {
        "membership": Part(values=asdict(recognised) if recognised else {},
                           criterion=judge_membership(recognised, setting.claim)),
        "extraction": _extracted(replies.words),
    }  # fmt: skip


def audit_probe(setting: Setting, base: Base, probe_file: Path) -> Part:
    """Raises ConfigError where the file cannot be read or has no text, or the run cannot be asked so."""
    texts = read_probe(probe_file)
    replies = setting.subject.prober(texts)(base, setting.device)
    lines = probed_lines(list(texts), replies.texts, replies.lengths, replies.others, replies.other_lengths)
    found = Probed(keyed_hash=hash_of_probe(setting.subject.places, texts), lines=lines)
    return Part(values=asdict(found), criterion=judge_probe(lines))


def _extracted(words: RareWordGuesses | None) -> Part:
    if words is None:
        return Part(values={}, criterion=judge_extraction(None, fills_in_words=False))
    found = extraction(words.members, words.others, words.documents)
    return Part(values=asdict(found) if found else {}, criterion=judge_extraction(found))
