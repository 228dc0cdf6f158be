"""The words and numbers of the pictures, in Danish and in English.

In: the report's data, a language ("da" or "en"). Out: axis titles, numbers as that language writes them, and for each
picture a title and a sentence or two for those who do not see it. Does not draw.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from corpus.inspection.danish_words import REASON_WORDS, REASON_WORDS_EN
from corpus.schema import DropReason

PAGE_STEPS, SENTENCE_STEPS = ("fetched", "pages", "documents"), ("met", "passed", "sentences")
THOUSANDTH = 0.001

_DANISH = {
    "lengths": "Ord i en sætning",
    "document_lengths": "Sætninger i et dokument",
    "scores": "Sprogscore (1 = sikkert dansk)",
    "funnel": "Fra hentede sider til sætninger",
    "freshness": "Dokumenter og sætninger efter kvartal",
    "losses": "Hvad hver grund koster",
    "sites": "Sætninger pr. websted",
    "axis_lengths": "ord i sætningen",
    "axis_document_lengths": "sætninger i dokumentet",
    "axis_scores": "sprogscore (1 = sikkert dansk)",
    "share_of_sentences": "andel af sætningerne",
    "share_of_documents": "andel af dokumenterne",
    "step_fetched": "Adresser, der svarede",
    "step_pages": "Sider efter sidereglerne",
    "step_documents": "Dokumenter",
    "step_met": "Sætninger i dokumenterne",
    "step_passed": "Bestod sætningsreglerne",
    "step_sentences": "Forskellige sætninger",
    "other_reasons": "andre grunde",
    "of_fetched": "Andel af {number} adresser, der svarede",
    "of_met": "Andel af {number} sætninger i dokumenterne",
    "first_seen": "Dokumenter efter kvartalet, de først blev set",
    "last_changed": "Dokumenter efter kvartalet, de sidst blev ændret",
    "first_sentences": "Sætninger efter deres første kvartal",
    "sites_heading": "Et punkt pr. websted; det mindste og det største nævnt",
    "sites_axis": "sætninger (logaritmisk akse)",
    "one_site": "1 websted",
    "many_sites": "{number} websteder",
    "without": ", {number} uden sætninger",
    "area": "KL",
    "archive": "Andre arkiver",
    "no_region": "Uden region",
    "million": "{number} mio.",
    "billion": "{number} mia.",
    "percent": "{number} %",
    "under": "under {number}",
    "over": "over {number}",
    "nothing": "Der er intet at vise endnu.",
    "half_lengths": "Halvdelen af sætningerne har under {edge} ord; flest har {bin} ord ({share}{before}).",
    "half_document_lengths": "Halvdelen af dokumenterne har under {edge} sætninger; "
    "flest har {bin} sætninger ({share}{before}).",
    "half_scores": "Flest sætninger har en score på {bin} ({share}{before}).",
    "and_before": "; {name}: {share}",
    "or_more": "{number} eller flere",
    "tell_funnel": "{fetched} adresser svarede; {pages} blev til sider og {documents} til dokumenter. "
    "Af {met} sætninger i dem bestod {passed} reglerne, og {sentences} forskellige blev til korpusset.",
    "tell_freshness": "I {quarter} blev {first_seen} dokumenter set for første gang, og {last_changed} er sidst ændret "
    "da. {sentences} sætninger er nye i det kvartal.",
    "tell_losses": "Mest koster: {reasons}.",
    "tell_sites": "{num_sites} med sætninger, fra {least} ({least_name}) til {most} ({most_name}).",
}

_ENGLISH = {
    "lengths": "Words in a sentence",
    "document_lengths": "Sentences in a document",
    "scores": "Language score (1 = surely Danish)",
    "funnel": "From fetched pages to sentences",
    "freshness": "Documents and sentences by quarter",
    "losses": "What each reason costs",
    "sites": "Sentences per site",
    "axis_lengths": "words in the sentence",
    "axis_document_lengths": "sentences in the document",
    "axis_scores": "language score (1 = surely Danish)",
    "share_of_sentences": "share of sentences",
    "share_of_documents": "share of documents",
    "step_fetched": "Addresses that answered",
    "step_pages": "Pages after the page rules",
    "step_documents": "Documents",
    "step_met": "Sentences in the documents",
    "step_passed": "Passed the sentence rules",
    "step_sentences": "Unique sentences",
    "other_reasons": "other reasons",
    "of_fetched": "Share of {number} addresses that answered",
    "of_met": "Share of {number} sentences in the documents",
    "first_seen": "Documents by the quarter first seen",
    "last_changed": "Documents by the quarter last changed",
    "first_sentences": "Sentences by their first quarter",
    "sites_heading": "One dot per site; the smallest and the largest named",
    "sites_axis": "sentences (logarithmic axis)",
    "one_site": "1 site",
    "many_sites": "{number} sites",
    "without": ", {number} without sentences",
    "area": "KL",
    "archive": "Other archives",
    "no_region": "No region",
    "million": "{number} M",
    "billion": "{number} bn",
    "percent": "{number}%",
    "under": "under {number}",
    "over": "over {number}",
    "nothing": "There is nothing to show yet.",
    "half_lengths": "Half of the sentences have fewer than {edge} words; most often {bin} words ({share}{before}).",
    "half_document_lengths": "Half of the documents have fewer than {edge} sentences; "
    "most often {bin} sentences ({share}{before}).",
    "half_scores": "Most often a sentence has a score of {bin} ({share}{before}).",
    "and_before": "; {name}: {share}",
    "or_more": "{number} or more",
    "tell_funnel": "{fetched} addresses answered; {pages} became pages and {documents} documents. "
    "Of {met} sentences in them {passed} passed the rules, and the {sentences} unique ones became the corpus.",
    "tell_freshness": "In {quarter}, {first_seen} documents were seen for the first time, and {last_changed} last "
    "changed then. {sentences} sentences are new in that quarter.",
    "tell_losses": "Most is lost to: {reasons}.",
    "tell_sites": "{num_sites} with sentences, from {least} ({least_name}) to {most} ({most_name}).",
}

WORDS: Mapping[str, Mapping[str, str]] = {"da": _DANISH, "en": _ENGLISH}
_REASONS = {"da": REASON_WORDS, "en": REASON_WORDS_EN}


def say(key: str, language: str, **parts: str) -> str:
    return WORDS[language][key].format(**parts)


def name_reason(reason: str, language: str) -> str:
    """The phrase for a reason; its own name where there is none, as after a change of the software."""
    try:
        return _REASONS[language][DropReason(reason)]
    except (ValueError, KeyError):
        return clean(reason)


def clean(text: str) -> str:
    """Names come from outside: without control characters, which a picture cannot hold."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def write_number(value: float, language: str, *, decimals: int = 0) -> str:
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "da" else text


def write_short(value: float, language: str) -> str:
    """A number for a tick: 250,000 but 1.5 M."""
    for unit, word in ((1e9, "billion"), (1e6, "million")):
        if value >= unit:
            whole = value / unit
            return say(word, language, number=write_number(whole, language, decimals=0 if whole % 1 < 0.05 else 1))
    return write_number(value, language, decimals=0 if value >= 1 or value == 0 else 1)


def write_share(part: float, whole: float, language: str) -> str:
    share = part / whole if whole else 0.0
    if 0 < share < THOUSANDTH:
        return say("under", language, number=write_share(THOUSANDTH, 1, language))
    if 1 - THOUSANDTH < share < 1:
        return say("over", language, number=write_share(1 - THOUSANDTH, 1, language))
    decimals = 1 if 0 < share < 0.1 or 0.995 <= share < 1 else 0
    return say("percent", language, number=write_number(100 * share, language, decimals=decimals))


def write_edge(edge: float, language: str) -> str:
    """An edge of a histogram: 15, 0.85."""
    text = f"{edge:g}"
    return text.replace(".", ",") if language == "da" else text


def describe(name: str, report: Mapping[str, Any], language: str) -> str:
    """What a picture shows, in words, for those who do not see it."""
    told = {"funnel": _tell_funnel, "freshness": _tell_freshness, "losses": _tell_losses, "sites": _tell_sites}
    tell = told[name](report, language) if name in told else _tell_histogram(name, report, language)
    return f"{say(name, language)}. {tell or say('nothing', language)}"


def _tell_histogram(name: str, report: Mapping[str, Any], language: str) -> str:
    edges, counts, before = report[name]["edges"], report[name]["counts"], earlier_counts(name, report)
    whole = sum(counts)
    if not whole:
        return ""
    half = next(index for index, reached in enumerate(accumulate(counts)) if 2 * reached >= whole)
    most = max(range(len(counts)), key=counts.__getitem__)
    then = ""
    if before:
        share_then = write_share(before[most], sum(before), language)
        then = say("and_before", language, name=clean(report["before"]["name"]), share=share_then)
    return say(
        f"half_{name}",
        language,
        edge=write_edge(edges[min(half + 1, len(edges) - 1)], language),
        bin=write_bin(edges, most, language),
        share=write_share(counts[most], whole, language),
        before=then,
    )


def earlier_counts(name: str, report: Mapping[str, Any]) -> Sequence[int] | None:
    """The histogram of the corpus before, if there is one with something in it."""
    before: Sequence[int] | None = report[name]["before"]
    return before if report["before"] and before and sum(before) else None


def write_bin(edges: Sequence[float], index: int, language: str, *, short: bool = False) -> str:
    """A bar of a histogram: 10–14, 0.95–1, 60 or more (60+). Of whole numbers the last is open; a score ends at 1."""
    low = write_edge(edges[index], language)
    is_whole = all(edge == int(edge) for edge in edges)
    if index == len(edges) - 1 and is_whole:
        return f"{low}+" if short else say("or_more", language, number=low)
    upper = edges[index + 1] if index + 1 < len(edges) else 1.0
    high = write_edge(upper - 1 if is_whole else upper, language)
    return low if low == high else f"{low}–{high}"


def _tell_funnel(report: Mapping[str, Any], language: str) -> str:
    numbers = {step["key"]: write_number(step["number"], language) for step in report["funnel"]}
    if not any(step["number"] for step in report["funnel"]):
        return ""
    return say("tell_funnel", language, **{key: numbers.get(key, "0") for key in (*PAGE_STEPS, *SENTENCE_STEPS)})


def _tell_freshness(report: Mapping[str, Any], language: str) -> str:
    freshness = report["freshness"]
    if not any(sum(freshness[key]) for key in ("first_seen", "last_changed", "sentences")):
        return ""
    quarters, own = freshness["quarters"], report["corpus"]["quarter"]
    place = quarters.index(own) if own in quarters else -1
    told = {key: write_number(freshness[key][place], language) for key in ("first_seen", "last_changed", "sentences")}
    return say("tell_freshness", language, quarter=clean(quarters[place]), **told)


def _tell_losses(report: Mapping[str, Any], language: str) -> str:
    losses = largest_losses(report["funnel"], 3)
    told = [f"{name_reason(loss['reason'], language)} ({write_share(loss['share'], 1, language)})" for loss in losses]
    return say("tell_losses", language, reasons="; ".join(told)) if told else ""


def _tell_sites(report: Mapping[str, Any], language: str) -> str:
    filled = sorted((site["totals"]["sentences"], clean(site["name"])) for site in report["sites"])
    filled = [(number, name) for number, name in filled if number]
    if not filled:
        return ""
    (least, least_name), (most, most_name) = filled[0], filled[-1]
    return say(
        "tell_sites",
        language,
        num_sites=count_sites(len(filled), language),
        least=write_number(least, language),
        least_name=least_name,
        most=write_number(most, language),
        most_name=most_name,
    )


def count_sites(number: int, language: str) -> str:
    key = "one_site" if number == 1 else "many_sites"
    return say(key, language, number=write_number(number, language))


def largest_losses(funnel: Sequence[Mapping[str, Any]], num_losses: int) -> list[dict[str, Any]]:
    """The reasons that cost most, as a share of what they were counted in: addresses, or sentences met.

    Blocks are left out: they are counted in neither.
    """
    numbers = {step["key"]: step["number"] for step in funnel}
    totals: dict[tuple[str, str], int] = {}
    for loss in (loss for step in funnel for loss in step["lost"] if loss["level"] != "block"):
        key = ("met" if loss["level"] == "sentence" else "fetched", loss["reason"])
        totals[key] = totals.get(key, 0) + loss["number"]
    losses = [
        {"of": of, "reason": reason, "number": number, "share": number / max(numbers.get(of, 0), number)}
        for (of, reason), number in totals.items()
        if number
    ]
    return sorted(losses, key=lambda loss: (-loss["share"], loss["reason"]))[:num_losses]
