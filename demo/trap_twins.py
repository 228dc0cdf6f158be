"""Traps that show one text under many addresses: sessions, sorting, letter case, tracking.

In: a site's plan. Out: a `Feature`. Each text counts once; `PageKind.DUPLICATE` are its other addresses.
"""

import hashlib
import itertools
import re
import urllib.parse
import uuid
from dataclasses import replace

from demo.chance import chance
from demo.cms import Link
from demo.extras import (
    Feature,
    content_extra,
    content_spec,
    known_teasers,
    list_extra,
    list_view,
    made_page,
)
from demo.plan import label_of
from demo.truth import PageKind, TruePage
from demo.views import SitePlan, article_view

NUM_TWINNED = 8
NUM_CASES = 12
FIRST_TWINNED, FIRST_CASE = 2000, 2100  # texts that no section of the site has
SORTS, LANGUAGES_ASKED = ("navn", "dato", "emne"), ("da", "en")


def session_in_query(plan: SitePlan) -> Feature:
    return _sessions(plan, "/e-sager/", "{page}?sid={session}", "Elektroniske sager")


def session_in_path(plan: SitePlan) -> Feature:
    return _sessions(plan, "/blanketter/", "{page};jsessionid={session}", "Blanketter")


def _sessions(plan: SitePlan, entry: str, form: str, title: str) -> Feature:
    """Every answer hands out one new session; a page that is asked for with a session keeps it in its links."""
    numbers = itertools.count()
    with_session = form.replace("?", r"\?").format(
        page=f"({re.escape(entry)}(?:side-[1-5])?)", session="([0-9A-F]{16})"
    )

    def answer(target: str) -> TruePage | None:
        match = re.fullmatch(with_session, target)
        if not match and not re.fullmatch(f"{re.escape(entry)}(?:side-[1-5])?", target):
            return None
        key = f"{plan.seed}/{plan.site.id}/{next(numbers)}"
        fresh = hashlib.sha256(key.encode()).hexdigest()[:16].upper()
        pages = [f"{entry}side-{number}" for number in range(1, 6)]
        links = [Link(label=page, href=form.format(page=page, session=match[2] if match else fresh)) for page in pages]
        links.append(Link(label="Begynd forfra", href=form.format(page=entry, session=fresh)))
        path = match[1] if match else target
        view = list_view(plan, path, title, ("Vælg en sag på listen.",), links)
        view = replace(view, teasers=known_teasers(plan, path))
        return made_page(plan, PageKind.TRAP if match else PageKind.SECTION, target, view)

    return Feature(id="T3", doors=(Link(label=title, href=entry),), answer=answer)


def sorted_directory(plan: SitePlan) -> Feature:
    """A directory of texts, each of which can also be had sorted, printed and in another language."""
    entry = "/opslag/"
    specs = {
        f"{entry}{number}/": content_spec(plan, f"{entry}{number}/", FIRST_TWINNED + number)
        for number in range(NUM_TWINNED)
    }
    allowed = {"sort": SORTS, "print": ("1",), "lang": LANGUAGES_ASKED}

    def answer(target: str) -> TruePage | None:
        path, _, query = target.partition("?")
        chosen = urllib.parse.parse_qsl(query)
        if path not in specs or not chosen or not all(value in allowed.get(key, ()) for key, value in chosen):
            return None
        linking = replace(specs[path], related=_twin_links(path, dict(chosen)))
        page = made_page(plan, PageKind.DUPLICATE, target, article_view(plan, linking))
        return page.with_changes(duplicate_of=f"{plan.site.origin}{path}")

    links = [Link(label=label_of(plan.seed, plan.site, spec), href=path) for path, spec in specs.items()]
    return Feature(
        id="T5",
        doors=(Link(label="Opslag", href=entry),),
        extras=(
            list_extra(plan, entry, "Opslag", ("Opslagsværket fra a til å.",), links),
            *(content_extra(plan, spec, *_twin_links(path, {})) for path, spec in specs.items()),
        ),
        answer=answer,
    )


def _twin_links(path: str, chosen: dict[str, str]) -> tuple[Link, ...]:
    """Links that change one of the choices."""
    choices = [("sort", sort) for sort in SORTS] + [("print", "1")] + [("lang", lang) for lang in LANGUAGES_ASKED]
    return tuple(
        Link(label=f"{key}: {value}", href=f"{path}?{urllib.parse.urlencode({**chosen, key: value})}")
        for key, value in choices
    )


def cases_by_guid(plan: SitePlan) -> Feature:
    """Texts under a GUID, each linked in lower and in upper case."""
    entry = "/sager/"
    rng = chance("guids", plan.seed, plan.site.id)
    guids = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(NUM_CASES)]
    specs = {f"{entry}?id={guid}": (guid, FIRST_CASE + number) for number, guid in enumerate(guids)}
    by_target = {target: content_spec(plan, target, number) for target, (_, number) in specs.items()}

    def answer(target: str) -> TruePage | None:
        spec = by_target.get(target.lower())
        if not spec:
            return None
        page = made_page(plan, PageKind.DUPLICATE, target, article_view(plan, spec))
        return page.with_changes(duplicate_of=f"{plan.site.origin}{spec.path}")

    links = [
        Link(label=label_of(plan.seed, plan.site, spec), href=f"{entry}?id={guid}")
        for spec, lower in zip(by_target.values(), guids, strict=True)
        for guid in (lower, lower.upper())
    ]
    return Feature(
        id="T9",
        doors=(Link(label="Sager", href=entry),),
        extras=(
            list_extra(plan, entry, "Sager i høring", ("Her er alle sager.",), links),
            *(content_extra(plan, spec) for spec in by_target.values()),
        ),
        answer=answer,
    )


def tracked_newsletter(plan: SitePlan) -> Feature:
    """Links to pages of the sections, each with five campaigns; `Web.locate` finds the page behind them."""
    entry = "/nyhedsbrev/"
    hrefs = [teaser.link.href for teaser in known_teasers(plan, "newsletter", 10)]
    links = [
        Link(label=f"Læs mere {number}", href=f"{href}?utm_source=nyhedsbrev&utm_medium=mail&utm_campaign=uge-{number}")
        for href in hrefs
        for number in range(1, 6)
    ]
    extra = list_extra(plan, entry, "Nyhedsbrev", ("Ugens vigtigste nyheder.",), links)
    return Feature(id="T15", doors=(Link(label="Nyhedsbrev", href=entry),), extras=(extra,))
