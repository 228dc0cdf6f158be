"""What every CMS is given to render, and the pieces all of them share.

In: an `Article` and links. Out: a `View`; the `cms_*` modules turn it into HTML, each in its own manner.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from demo.articles import Article, Block, BlockKind


@dataclass(frozen=True, kw_only=True)
class Link:
    """`rel` is empty on nearly all links."""

    label: str
    href: str
    rel: str = ""


@dataclass(frozen=True, kw_only=True)
class Teaser:
    """An entry of a list page: a link and one line about it."""

    link: Link
    text: str


@dataclass(frozen=True, kw_only=True)
class View:
    """Everything on one page. `charset_in_meta` is empty where only the HTTP header declares the charset;
    `metas` are further meta elements, name and content; `note` is a line of the shell, below the text."""

    owner: str
    apex_host: str
    title: str
    language: str = "da"
    canonical: str
    charset_in_meta: str = "utf-8"
    metas: tuple[tuple[str, str], ...] = ()
    navigation: tuple[Link, ...] = ()
    breadcrumbs: tuple[Link, ...] = ()
    article: Article | None = None
    teasers: tuple[Teaser, ...] = ()
    related: tuple[Link, ...] = ()
    shortcuts: tuple[Link, ...] = ()
    updated: str = ""
    is_bare: bool = False
    note: str = ""

    def links(self) -> tuple[Link, ...]:
        """Every link on the page, in order."""
        teased = tuple(teaser.link for teaser in self.teasers)
        return (*self.navigation, *self.breadcrumbs, *teased, *self.related, *self.shortcuts)


def text(value: str) -> str:
    """Text made safe for HTML, between tags or inside a quoted attribute."""
    return html.escape(value)


def anchor(link: Link, *, css: str = "") -> str:
    attribute = f' class="{css}"' if css else ""
    rel = f' rel="{link.rel}"' if link.rel else ""
    return f'<a{attribute} href="{text(link.href)}"{rel}>{text(link.label)}</a>'


def items(links: tuple[Link, ...], *, css: str = "") -> str:
    return "".join(f"<li>{anchor(link, css=css)}</li>" for link in links)


def note(view: View) -> str:
    return f'<p class="footer-note">{text(view.note)}</p>' if view.note else ""


def head(view: View, *, generator: str) -> str:
    """The head of the document; the language versions of a page are not linked here."""
    meta = f'<meta charset="{view.charset_in_meta}">\n' if view.charset_in_meta else ""
    metas = "".join(f'<meta name="{name}" content="{text(content)}">\n' for name, content in view.metas)
    return (
        f'<!DOCTYPE html>\n<html lang="{view.language}">\n<head>\n{meta}'
        f"<title>{text(view.title)} | {text(view.owner)}</title>\n"
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="{generator}">\n{metas}'
        f'<link rel="canonical" href="{text(view.canonical)}">\n'
        '<link rel="stylesheet" href="/assets/site.css">\n</head>\n'
    )


BlockWriter = Callable[[Block], str]


def heading(block: Block) -> str:
    return f"<h2>{text(block.text)}</h2>\n"


def paragraph(block: Block) -> str:
    return f"<p>{text(block.text)}</p>\n"


def unordered_list(block: Block) -> str:
    return "<ul>" + "".join(f"<li>{text(row[0])}</li>" for row in block.rows) + "</ul>\n"


def table(block: Block) -> str:
    first, *rest = block.rows
    names = "".join(f"<th>{text(cell)}</th>" for cell in first)
    rows = "".join("<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rest)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>\n"


def details(block: Block) -> str:
    return "".join(
        f'<details class="accordion"><summary>{text(title)}</summary><p>{text(body)}</p></details>\n'
        for title, body in block.rows
    )


def buttons(block: Block) -> str:
    """Accordions as a button and a div that a script opens."""
    return "".join(
        f'<div class="accordion"><button type="button" aria-expanded="false">{text(title)}</button>'
        f'<div class="accordion-panel"><p>{text(body)}</p></div></div>\n'
        for title, body in block.rows
    )


def hours_list(block: Block) -> str:
    rows = "".join(f"<dt>{text(day)}</dt><dd>{text(hours)}</dd>" for day, hours in block.rows)
    return f'<dl class="opening-hours">{rows}</dl>\n'


def hours_table(block: Block) -> str:
    rows = "".join(f"<tr><th>{text(day)}</th><td>{text(hours)}</td></tr>" for day, hours in block.rows)
    return f'<table class="opening-hours"><caption>Åbningstider</caption>{rows}</table>\n'


WRITERS: Mapping[BlockKind, BlockWriter] = {
    BlockKind.HEADING: heading,
    BlockKind.PARAGRAPH: paragraph,
    BlockKind.LIST: unordered_list,
    BlockKind.TABLE: table,
    BlockKind.ACCORDION: details,
    BlockKind.HOURS: hours_list,
}


def blocks(view: View, writers: Mapping[BlockKind, BlockWriter] = WRITERS) -> str:
    return "".join(writers[block.kind](block) for block in view.article.blocks) if view.article else ""


def bare_widget(view: View) -> str:
    """A page whose whole text stands in hidden panels that a script opens; no paragraph, no `<main>`."""
    rows = view.article.blocks[0].rows if view.article else ()
    panels = "".join(
        f'<button aria-expanded="false">{text(title)}</button><div class="panel" hidden>{text(body)}</div>'
        for title, body in rows
    )
    return f'<div class="widget" data-component="accordion">{panels}</div>\n'
