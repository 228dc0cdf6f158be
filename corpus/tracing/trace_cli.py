"""The command corpus trace. corpus/cli.py gives it its name.

In: the command line. Out: what was found as lines or JSON, and an exit code. Heavy imports stand in the functions.
"""

import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from corpus.choosing import chosen_corpus
from foundation.command import command_of
from foundation.errors import ConfigError

if TYPE_CHECKING:
    from corpus.tracing.page_tracing import TracedPage
    from corpus.tracing.shown_page import NotShown, OpenedPage
    from corpus.tracing.traced_corpus import TracedCorpus
    from corpus.tracing.traced_sentence import TracedSentence

_ID = re.compile("[0-9a-f]{16}")
_URL = re.compile("https?://", re.IGNORECASE)


def trace(
    ctx: typer.Context,
    asked: Annotated[
        str,
        typer.Argument(metavar="TEXT|ID|URL", help="A whole sentence; an id of 16 hex digits; the address of a page."),
    ],
    corpus: Annotated[str | None, typer.Option(help="Such as 2026Q4; left out: the newest.")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Show the page's text, with the sentence marked.")] = False,
) -> None:
    """Follow a sentence back to its page and its record in the archive, or a page forward to its sentences.

    Of a sentence: document, capture, WARC record (the archived answer of the server), which near duplicates went for
    it or why it was left out, and what became of it in each quarter. Of a page: each sentence, kept or left out and
    why. Changes nothing.
    Example: tvaerkom corpus trace 1f0c9a6a2b7e4d33 --open
    """
    from corpus.tracing.lookups import readable
    from corpus.tracing.trace_lines import sentence_lines
    from corpus.tracing.traced_corpus import traced_corpus
    from corpus.tracing.traced_sentence import TracedSentence

    command = command_of(ctx)
    asked = asked.encode("utf-8", "replace").decode()  # what a terminal hands over may be no UTF-8
    folder = chosen_corpus(command, corpus)
    with readable(folder):
        traced = traced_corpus(command.places, folder)
        found = _found(traced, asked)
    telling = command.places.corpus(found.corpus)  # another one, where this one knows nothing of the sentence
    with readable(telling):
        opened = _opened(traced_corpus(command.places, telling), found) if open_it else None
    if command.json:
        from corpus.tracing.trace_values import as_json

        typer.echo(as_json(found, opened))
        return
    if isinstance(found, TracedSentence):
        lines = sentence_lines(found)
    else:
        from corpus.tracing.page_lines import page_lines

        lines = page_lines(found)
    for line in lines:
        typer.echo(line)
    if opened is not None:
        from corpus.tracing.page_lines import opened_lines

        for line in opened_lines(opened, _mark):
            typer.echo(line)


def _found(corpus: "TracedCorpus", asked: str) -> "TracedSentence | TracedPage":
    from corpus.tracing.tracing import trace_id, trace_lost_id, trace_text

    found: TracedSentence | TracedPage | None
    if _URL.match(asked.strip()):
        from corpus.tracing.page_tracing import trace_url

        found = trace_url(corpus, asked)
    elif _ID.fullmatch(identity := asked.strip().lower()):
        found = trace_id(corpus, identity) or _document(corpus, identity) or trace_lost_id(corpus, identity)
    else:
        found = trace_text(corpus, asked)
    if found is None:
        raise ConfigError(
            f"{corpus.name} neither has nor dropped {asked!r}; give the whole sentence as it stands on the page or in "
            "the corpus, its id or that of a document of 16 hex digits, or the address of a page with http:// or "
            "https://"
        )
    return found


def _document(corpus: "TracedCorpus", identity: str) -> "TracedPage | None":
    from corpus.tracing.origins import origins

    found = origins(corpus, "document_id", [identity])
    if not found:
        return None
    from corpus.tracing.page_tracing import trace_document

    return trace_document(corpus, found[0])


def _opened(corpus: "TracedCorpus", found: "TracedSentence | TracedPage") -> "OpenedPage | NotShown":
    from corpus.dedup import sentence_id
    from corpus.tracing.opened_page import open_page
    from corpus.tracing.shown_page import NotShown
    from corpus.tracing.traced_sentence import TracedSentence

    if not isinstance(found, TracedSentence):
        return open_page(corpus, found.site, found.url, origin=found.origin, archived=found.archived)
    if found.page is None:
        return NotShown(reason="a block of boilerplate stands on many pages; give the address of one")
    origin = None if found.lost else found.origin  # of one that was left out it is that of the one that stays
    return open_page(corpus, *found.page, sentence=sentence_id(found.text), origin=origin)


def _mark(text: str) -> str:
    return typer.style(text, bold=True, reverse=True) if sys.stdout.isatty() else f">>>{text}<<<"
