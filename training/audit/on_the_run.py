"""What is asked of the audited model itself, beside its base: membership, extraction, and a probe file.

In: a run of any kind and its base. Out: findings and verdicts. Trains nothing.
"""

from dataclasses import asdict
from pathlib import Path

from training.audit.extraction import extraction
from training.audit.kinds import RareWordGuesses
from training.audit.membership import membership
from training.audit.probing import Probed, hash_of_probe, probed_lines, read_probe
from training.audit.report import Part, Setting
from training.audit.verdict import judge_extraction, judge_membership, judge_probe
from training.bases.finding import Base


def audit_model(setting: Setting, base: Base) -> dict[str, Part]:
    """Membership and extraction."""
    replies = setting.subject.ask_model(base, setting.device)
    recognised = membership(replies.members, replies.others)
    return {
        "membership": Part(values=asdict(recognised) if recognised else {},
                           criterion=judge_membership(recognised, setting.claim)),
        "extraction": _extracted(replies.words),
    }  # fmt: skip


def audit_probe(setting: Setting, base: Base, probe_file: Path) -> Part:
    """Raises ConfigError where the file cannot be read or has no text, or the run cannot be asked so."""
    texts = read_probe(probe_file)
    replies = setting.subject.prober()(base, list(texts.values()), setting.device)
    lines = probed_lines(list(texts), replies.texts, replies.lengths, replies.others, replies.other_lengths)
    found = Probed(keyed_hash=hash_of_probe(setting.subject.places, texts), lines=lines)
    return Part(values=asdict(found), criterion=judge_probe(lines))


def _extracted(words: RareWordGuesses | None) -> Part:
    if words is None:
        return Part(values={}, criterion=judge_extraction(None, fills_in_words=False))
    found = extraction(words.members, words.others, words.documents)
    return Part(values=asdict(found) if found else {}, criterion=judge_extraction(found))
