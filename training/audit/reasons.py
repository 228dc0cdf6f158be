"""Why something could not be tested, in both languages of an audit.

In: nothing, or the numbers that are missing. Out: reasons, for verdict.py and the paragraphs. Decides nothing.
"""

from dataclasses import dataclass

from training.private.statement import rounded_up


@dataclass(frozen=True, kw_only=True)
class Reason:
    """The end of a sentence, in brackets or behind a colon."""

    english: str
    danish: str


NO_TWIN = Reason(english="no twin was trained", danish="der blev ikke trænet en tvilling")
NOT_ASKED = Reason(english="it was not asked", danish="der blev ikke spurgt")
NOTHING_ASKED = Reason(
    english="nothing was asked about in one of the two splits", danish="der var intet at spørge om i en af de to dele"
)
NO_WORDS = Reason(
    english="a head gives labels and no words, so none can be got out of it by asking",
    danish="et hoved giver etiketter og ingen ord, så ingen kan lokkes ud af det",
)
FEW_WORDS = Reason(
    english="too few rare words in one of the two splits, or in too few documents",
    danish="for få sjældne ord i en af de to dele, eller i for få dokumenter",
)
NOTHING_HIDDEN = Reason(english="nothing could be hidden in them", danish="intet i dem kunne skjules")


def few_others(number: int) -> Reason:
    return Reason(
        english=f"{number} others to compare with, or their documents, are too few",
        danish=f"{number} andre at sammenligne med, eller deres dokumenter, er for få",
    )


def too_large(num_canaries: int, largest: float, claimed: float) -> Reason:
    """Of a promise that not even the best guesses could refute."""
    shown, promised = f"{largest:.2f}", rounded_up(claimed)
    return Reason(
        english=f"so many canaries, {num_canaries}, could show {shown} at most, and {promised} is promised",
        danish=f"så mange opdigtede personer, {num_canaries}, kunne højst vise {shown.replace('.', ',')}, og "
        f"{promised.replace('.', ',')} er lovet",
    )


def too_many_lines(num_compared: int, num_testable: int) -> Reason:
    return Reason(
        english=f"against {num_compared} validation sentences of like length at most {num_testable} lines "
        "can be tested at once",
        danish=f"mod {num_compared} valideringssætninger af lignende længde kan højst {num_testable} linjer "
        "afprøves på en gang",
    )


def unknown(why: str) -> Reason:
    """Of a run of which nobody can say what it was trained on."""
    return Reason(english=why, danish="ingen kan længere sige, hvad modellen er trænet på")
