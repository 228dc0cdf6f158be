"""A judgement in plain words.

In: a judgement. Out: lines of text for a terminal. Terms of the trade are explained where they first stand.
"""

from training.champions.gate import AUDIT, DATA, DOMAIN, FORGETTING, SPEED
from training.champions.judging import Judgement

_ASKED = {
    DOMAIN: "loss (how wrong it guesses hidden words; lower is better) on municipal sentences new to both; in "
    "brackets the 95 % interval, between whose ends the true difference lies in 95 of 100 such comparisons",
    FORGETTING: "loss on general Danish, which training on municipal text may make it forget",
    AUDIT: "the privacy audit: whether texts it was trained on can be told from its guesses",
    SPEED: "tokens (words or pieces of words) per second",
    DATA: "texts it was trained on that were erased since",
}


def judgement_lines(judgement: Judgement) -> list[str]:
    """Head, a row for each criterion, and what each of them asks."""
    against, sentences = judgement.against, judgement.sentences
    on = f", on {sentences['number']:,} sentences that neither was trained on" if sentences else ""
    head = [f"run {judgement.run} against {against['kind']} {against['name']}{on}"]
    if against["note"] is not None:
        head.append(f"not against the champion: {against['note']}")
    rows = [("criterion", "verdict", "found"), *((each.name, each.verdict, each.reason) for each in judgement.criteria)]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    table = [f"{name:{widths[0]}}  {verdict:{widths[1]}}  {found}" for name, verdict, found in rows]
    asked = [f"{each.name}: {_ASKED[each.name]}. Limit: {each.limit}." for each in judgement.criteria]
    return [*head, "", *table, "", *asked]
