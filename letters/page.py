"""A letter as a page or as text: headings, sentences, small tables.

In: a `Letter`. Out: one HTML page that needs no network and runs nothing, or the same as Markdown for a mail; both in
UTF-8. Knows nothing of what the letter says. Whatever is in it may come from the web: it is shown, never obeyed.
"""

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import urlsplit

from jinja2 import Environment, StrictUndefined

from foundation.printing import printable

_MONTHS = (
    "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november",
    "december",
)  # fmt: skip
_MARKDOWN_SIGNS = re.compile(r"([\\`*\[\]<>|])")


@dataclass(frozen=True, kw_only=True)
class Table:
    """The first `num_texts` columns are texts, the others numbers; a text in the first may be an address to follow."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    num_texts: int = 1


@dataclass(frozen=True, kw_only=True)
class Section:
    """Sentences, then tables, one below the other or side by side, then points; an annex begins a page of its own."""

    title: str
    texts: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    points: tuple[str, ...] = ()
    is_side_by_side: bool = False
    is_annex: bool = False


@dataclass(frozen=True, kw_only=True)
class Letter:
    """`sender` and `addressee` are lines; the name comes first."""

    title: str
    date: str
    sender: tuple[str, ...]
    addressee: tuple[str, ...]
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str
    footer: str


def letter_as_html(letter: Letter) -> str:
    template = files("letters").joinpath("letter.html.j2").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["shown"] = printable
    environment.tests["followable"] = is_followable
    return environment.from_string(template).render(letter=letter)


def letter_as_markdown(letter: Letter) -> str:
    lines = [
        f"# {_marked(letter.title)}", "", f"Dato: {letter.date}", "", f"Fra: {_marked(', '.join(letter.sender))}", "",
        f"Til: {_marked(', '.join(letter.addressee))}",
    ]  # fmt: skip
    body = [section for section in letter.sections if not section.is_annex]
    annexes = [section for section in letter.sections if section.is_annex]
    lines += _paragraphs(letter.opening)
    lines += [line for section in body for line in ("", *_section(section))]
    lines += _paragraphs([letter.closing, letter.footer])
    lines += [line for section in annexes for line in ("", *_section(section))]
    return "\n".join(lines) + "\n"


def number(value: float, decimals: int = 0) -> str:
    """`1.234` or `0,25`."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def date(day: datetime.date) -> str:
    """`23. november 2026`."""
    return f"{day.day}. {_MONTHS[day.month - 1]} {day.year}"


def span(first: datetime.datetime, last: datetime.datetime) -> str:
    """From when to when, in local time; a day is named once."""
    begin, end = first.astimezone(), last.astimezone()
    if begin.date() != end.date():
        return f"{_moment(begin)} – {_moment(end)}"
    clock = f"{begin:%H.%M}" if f"{begin:%H.%M}" == f"{end:%H.%M}" else f"{begin:%H.%M}–{end:%H.%M}"
    return f"{date(begin)} kl. {clock}"


def is_followable(text: str) -> bool:
    """Whether a text is a web address; one with a placeholder in it leads nowhere."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return text == printable(text) and parts.scheme in ("http", "https") and bool(parts.netloc) and "[" not in text


def _moment(at: datetime.datetime) -> str:
    return f"{date(at)} kl. {at:%H.%M}"


def _section(section: Section) -> Iterator[str]:
    yield f"## {_marked(section.title)}"
    yield from _paragraphs(section.texts)
    for table in section.tables:
        yield from ("", _row(table.heads))
        yield _row(["---"] * table.num_texts + ["---:"] * (len(table.heads) - table.num_texts))
        yield from map(_row, table.rows)
    if section.points:
        yield from ("", *(f"- {_marked(point)}" for point in section.points))


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from ("", _marked(text))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_marked, cells))} |"


def _marked(text: str) -> str:
    """A text that Markdown shows as it is."""
    return _MARKDOWN_SIGNS.sub(r"\\\1", printable(text))
