"""The words: all there in both languages, all used, numbers as Danish writes them."""

import re
from importlib.resources import files
from typing import Any

import pytest

from corpus.report import page
from corpus.report.wording import all_texts, say, write_number
from corpus.schema import DropReason

WARNINGS = (
    "missing", "absent", "carried", "blocked", "dead", "partial", "robots-closed", "reserved", "empty", "not-visited",
    "thin", "look", "settings_differ", "software_differs", "revision", "damaged_records",
)  # fmt: skip
# Keys that are put together where they are used: what comes before the point, and all that may come after it.
FAMILIES: dict[str, tuple[str, ...]] = {
    "nav": page.SECTIONS,
    "word": (*page.FIGURES, "tokens", "region", "kind", "status", "verdict"),
    "kind": ("municipality", "area", "archive"),
    "quarter": ("1", "2", "3", "4"),
    "status": tuple(page.STATUSES),
    "status_means": tuple(page.STATUSES),
    "verdict": tuple(page.VERDICTS),
    "level": ("serious", "watch", "note"),
    "warnings": ("serious", "watch", "note"),
    "warning": WARNINGS,
    "warning_means": WARNINGS,
    "warning_do": WARNINGS,
    "warning_one": ("thin", "damaged_records"),
    "look": (
        "pages_gone", "pages_new", "pages_changed", "sentences_gone", "length_shift", "language_shift",
        "not_fresh", "all_gone", "reserved",
    ),
    "pages": page.PAGE_CHANGES,
    "pages_means": ("ours", "absent"),
    "cause": page.CAUSES,
    "map": ("sentences", "change", "status", "verdict"),
    "step": (*page.FIRST_PART, "met", "passed", "sentences"),
    "funnel": ("pages_part", "sentences_part"),
    "picture": page.PICTURES,
    "picture_means": page.PICTURES,
    "table": ("first_seen", "last_changed"),
    "range": ("integer", "integer_open", "score", "score_open"),
    "duplicates": ("sentences", "near_sentences", "documents", "near_documents"),
    "personal_kind": ("cpr", "bare_cpr", "email", "phone", "account"),
    "glossary": page.TERMS,
    "glossary_means": page.TERMS,
    "controls": ("auto", "light", "dark"),
    "drop": tuple(DropReason),
}  # fmt: skip
SOURCES = "\n".join(
    files("corpus.report").joinpath(name).read_text(encoding="utf-8")
    for name in ("page.py", "report.html.j2", "report.js")
)


def _used_keys() -> set[str]:
    families = {f"{name}.{word}" for name, words in FAMILIES.items() for word in words}
    headings = {f"{name}.heading" for name in re.findall(r'heading\("(\w+)"\)', SOURCES)}
    first_words = "|".join({key.partition(".")[0] for key in all_texts()["da"]})
    literal = set(re.findall(rf'["\']((?:{first_words})\.[a-z_]+)["\']', SOURCES))
    data = set(re.findall(r'data-(?:text|label)="([a-z_]+\.[a-z_]+)"', SOURCES))
    return families | headings | literal | data | {"no_script"}


def test_no_text_is_missing_and_none_is_unused() -> None:
    used, known = _used_keys(), set(all_texts()["da"])
    assert sorted(used - known) == []
    assert sorted(known - used) == []


def test_both_languages_have_the_same_keys_and_none_is_empty() -> None:
    danish, english = all_texts()["da"], all_texts()["en"]
    assert danish.keys() == english.keys()
    assert [key for key in danish if not danish[key].strip() or not english[key].strip()] == []


def test_both_languages_fill_the_same_holes_in_the_same_form() -> None:
    def holes(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+(?::\w+)?)[|}]", text))

    danish, english = all_texts()["da"], all_texts()["en"]
    assert [key for key in danish if holes(danish[key]) != holes(english[key])] == []


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0, "integer", "0"), (999, "integer", "999"), (1234567, "integer", "1.234.567"), (None, "integer", "–"),
        (1234, "signed", "+1.234"), (-1234, "signed", "−1.234"), (0, "signed", "0"),
        (0.831, "percent", "83,1\u00a0%"), (0.41, "percent", "41\u00a0%"), (0.0625, "percent", "6,3\u00a0%"),
        (0.021, "signed_percent", "+2,1\u00a0%"), (-0.3, "signed_percent", "−30,0\u00a0%"),
        (14.25, "decimal", "14,3"), (14, "decimal", "14,0"), (0.987, "score", "0,99"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_danish_writes_them(value: float | None, form: str, text: str) -> None:
    assert write_number(value, form) == text


@pytest.mark.parametrize(
    ("key", "parts", "text"),
    [
        ("warning.missing", {"sites": 1}, "1 websted mangler i korpusset"),
        ("warning.missing", {"sites": 1200}, "1.200 websteder mangler i korpusset"),
        (
            "title.heading",
            {"quarter": {"key": "quarter.1", "year": "2026"}},
            "Kommunernes tekster, 1.\u00a0kvartal 2026",
        ),
        ("look.pages_gone", {"share": 0.41, "usual": 0.03}, "41\u00a0% af siderne er forsvundet (normalt 3\u00a0%)."),
        ("site.back", {}, "Til oversigten"),
        ("drop.few_words", {}, "for kort sætning"),
        ("drop.a_reason_of_tomorrow", {}, "a_reason_of_tomorrow"),
    ],
)
def test_texts_are_filled(key: str, parts: dict[str, Any], text: str) -> None:
    assert say(key, **parts) == text
