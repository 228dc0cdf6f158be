"""What can happen to the pages of a site from one quarter to the next, one function for each.

In: the specs of a quarter, a `Step`, and how many pages to touch. Out: the specs of the next; each page that was
touched says by which operator. How many, when and on which site is decided in `demo.changes`.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from demo.cms import Link
from demo.evolution import Specs, Step, moved_path
from demo.plan import CLOSED, PageSpec, Reservation, related_links, written_spec
from demo.site_lives import life_of
from demo.topic_list import topics_of
from demo.truth import CONTENT_KINDS, PageKind

MOVE_STATUSES = (301, 301, 302, 301, 308)
NEW_FOLDER = "/da"  # where a relaunched site has its pages


def edit_texts(specs: Specs, step: Step, num: int) -> Specs:
    """Rewrite one fact; the validators tell."""
    return _each(specs, _chosen(specs, step, num), lambda spec: _edited(spec, step))


def edit_secretly(specs: Specs, step: Step, num: int) -> Specs:
    """Rewrite one fact; ETag and Last-Modified stay what they were."""

    def change(spec: PageSpec) -> PageSpec:
        return replace(_edited(spec, step), validators_of=spec.validators_of or spec)

    return _each(specs, _chosen(specs, step, num), change)


def edit_shells(specs: Specs, step: Step, num: int) -> Specs:
    """Change what stands around the text."""
    return _each(specs, _chosen(specs, step, num), lambda spec: _touched(spec, step, shell=step.quarter_index))


def swap_texts(specs: Specs, step: Step, num: int) -> Specs:
    """Let pages of one section change places in pairs; nothing redirects."""
    waiting: dict[str, PageSpec] = {}
    places: dict[str, PageSpec] = {}
    for spec in _chosen(specs, step, len(specs), _is_listed):
        if len(places) >= num:
            break
        other = waiting.pop(spec.section, None)
        if other is None:
            waiting[spec.section] = spec
            continue
        for here, there in ((spec, other), (other, spec)):
            places[here.path] = _touched(there, step, path=here.path, changed=step.quarter_index)
    return tuple(places.get(spec.path, spec) for spec in specs)


def move_pages(specs: Specs, step: Step, num: int) -> Specs:
    """Give pages a new address that the old one redirects to."""
    return _moved(specs, step, _chosen(specs, step, num, _is_listed))


def move_again(specs: Specs, step: Step, num: int) -> Specs:
    """Move pages that moved in an earlier quarter: A redirects to B, and B to C."""
    targets = {spec.target for spec in specs if spec.kind is PageKind.REDIRECT}
    return _moved(specs, step, _chosen(specs, step, num, lambda spec: spec.is_listed and spec.path in targets))


def remove_pages(specs: Specs, step: Step, num: int) -> Specs:
    """Take pages down, in each way there is in turn."""
    life = life_of(step.site)
    chosen = _chosen(specs, step, num, _is_listed)
    missing = PageSpec(kind=PageKind.GONE, path="", status=life.missing_status)
    other = next(spec.path for spec in specs if _is_teased(spec) and spec not in chosen)
    ways = (
        PageSpec(kind=PageKind.GONE, path="", status=410),
        missing,
        PageSpec(kind=PageKind.REDIRECT, path="", status=301, target=step.site.prefix),
        missing,
        PageSpec(kind=PageKind.REDIRECT, path="", status=302, target=step.site.prefix),
        PageSpec(kind=PageKind.REDIRECT, path="", status=301, target=other),
    )
    return _removed(specs, step, chosen, ways)


def remove_for_good(specs: Specs, step: Step, num: int) -> Specs:
    """Take pages down with 410."""
    way = PageSpec(kind=PageKind.GONE, path="", status=410)
    return _removed(specs, step, _chosen(specs, step, num, _is_listed), (way,))


def break_pages(specs: Specs, step: Step, num: int) -> Specs:
    """Let pages answer 500."""
    return _each(specs, _chosen(specs, step, num, _is_listed), lambda spec: _touched(spec, step, status=500))


def mend_pages(specs: Specs, step: Step, num: int) -> Specs:  # noqa: ARG001  # all, however many
    """Mend what was broken."""
    return tuple(_touched(spec, step, status=200) if spec.status == 500 else spec for spec in specs)


def reserve_pages(specs: Specs, step: Step, num: int) -> Specs:
    """Let pages say that they may not be kept, in each way there is in turn."""
    return _reserved(specs, step, num, tuple(Reservation))


def reserve_on_pages(specs: Specs, step: Step, num: int) -> Specs:
    """The same, but for robots.txt."""
    return _reserved(specs, step, num, tuple(way for way in Reservation if way is not Reservation.ROBOTS))


def unlink_pages(specs: Specs, step: Step, num: int) -> Specs:
    """Take pages off the list of their section and out of the sitemap; they answer as before."""
    linked = {link.href.partition("#")[0] for spec in specs for link in spec.related}
    linked |= {spec.target for spec in specs if spec.kind is PageKind.REDIRECT}
    chosen = _chosen(specs, step, num, lambda spec: spec.is_listed and spec.path not in linked)
    return _each(specs, chosen, lambda spec: _touched(spec, step, is_listed=False, in_sitemap=False))


def return_pages(specs: Specs, step: Step, num: int) -> Specs:
    """Show pages again that were taken down or reserved in an earlier quarter."""
    away = [spec for spec in specs if _is_away(spec) and spec.touched < step.quarter_index]
    chosen = {spec.path for spec in step.rng.sample(away, min(num, len(away)))}
    shown = {"kind": PageKind.CONTENT, "status": 200, "target": "", "reservation": None}
    return _each(specs, chosen, lambda spec: _touched(spec, step, is_listed=True, in_sitemap=True, **shown))


def add_pages(specs: Specs, step: Step, num: int) -> Specs:
    """New pages, listed by their section."""
    return _added(specs, step, num, is_listed=True)


def add_deep_pages(specs: Specs, step: Step, num: int) -> Specs:
    """New pages that only the sitemap shows."""
    return _added(specs, step, num, is_listed=False)


def relaunch(specs: Specs, step: Step, num: int) -> Specs:  # noqa: ARG001  # all that stand
    """Give all pages new addresses; the old ones answer 404, also those that redirected."""
    moving = {spec.path for spec in specs if _goes_along(spec)}
    old = [PageSpec(kind=PageKind.GONE, path=path, status=404, operator=step.operator, touched=step.quarter_index)
           for path in sorted(moving)]  # fmt: skip
    return (*(_relaunched(spec, moving) for spec in specs), *old)


def _edited(spec: PageSpec, step: Step) -> PageSpec:
    return _touched(spec, step, revision=spec.revision + 1, changed=step.quarter_index)


def _touched(spec: PageSpec, step: Step, **changes: Any) -> PageSpec:
    """The page with other fields; whatever is done to it openly, its validators are its own again."""
    return replace(spec, **{"validators_of": None, "touched": step.quarter_index, "operator": step.operator, **changes})


def _each(specs: Specs, chosen: Collection[PageSpec | str], change: Callable[[PageSpec], PageSpec]) -> Specs:
    paths = {each if isinstance(each, str) else each.path for each in chosen}
    return tuple(change(spec) if spec.path in paths else spec for spec in specs)


def _is_listed(spec: PageSpec) -> bool:
    return spec.is_listed


def _is_teased(spec: PageSpec) -> bool:
    return spec.kind is PageKind.CONTENT and spec.is_listed


def _chosen(
    specs: Specs, step: Step, num: int, is_wanted: Callable[[PageSpec], bool] = lambda spec: True  # noqa: ARG005
) -> list[PageSpec]:  # fmt: skip
    """Content pages that stand alone, are free to keep, and were not touched this quarter."""
    sources = {spec.source for spec in specs}
    eligible = [
        spec
        for spec in specs
        if spec.kind is PageKind.CONTENT
        and spec.status == 200
        and not spec.reservation
        and spec.path not in sources
        and spec.touched < step.quarter_index
        and is_wanted(spec)
    ]
    return step.rng.sample(eligible, min(num, len(eligible)))


def _moved(specs: Specs, step: Step, chosen: Collection[PageSpec]) -> Specs:
    moved = {}
    redirects = []
    for spec in chosen:
        new_path = moved_path(spec.path, step.quarter_index)
        moved[spec.path] = _touched(spec, step, path=new_path)
        old = PageSpec(kind=PageKind.REDIRECT, path=spec.path, status=step.rng.choice(MOVE_STATUSES), target=new_path)
        redirects.append(_touched(old, step))
    return (*(moved.get(spec.path, spec) for spec in specs), *redirects)


def _removed(specs: Specs, step: Step, chosen: Collection[PageSpec], ways: tuple[PageSpec, ...]) -> Specs:
    start = step.rng.randrange(len(ways))
    removed = {}
    for i, spec in enumerate(chosen, start=start):
        way = ways[i % len(ways)]
        removed[spec.path] = _touched(
            spec, step, kind=way.kind, status=way.status, target=way.target, is_listed=False, in_sitemap=False
        )
    return tuple(removed.get(spec.path, spec) for spec in specs)


def _reserved(specs: Specs, step: Step, num: int, ways: tuple[Reservation, ...]) -> Specs:
    start = step.rng.randrange(len(ways))
    chosen = _chosen(specs, step, num, _is_listed)
    words = {spec.path: ways[i % len(ways)] for i, spec in enumerate(chosen, start=start)}

    def change(spec: PageSpec) -> PageSpec:
        word = words[spec.path]
        shell = step.quarter_index if word is Reservation.META else spec.shell  # what changes bytes has its date
        return _touched(spec, step, reservation=word, shell=shell)

    return _each(specs, words, change)


def _is_away(spec: PageSpec) -> bool:
    """Whether a page with a text was taken down or reserved; redirects of moved pages have no text."""
    was_taken_down = spec.kind in (PageKind.GONE, PageKind.REDIRECT) and bool(spec.topic) and bool(spec.operator)
    return was_taken_down or bool(spec.reservation)


def _added(specs: Specs, step: Step, num: int, *, is_listed: bool) -> Specs:
    next_numbers: dict[str, int] = {}
    for spec in specs:
        next_numbers[spec.topic] = max(next_numbers.get(spec.topic, 0), spec.number + 1)
    listed = [spec for spec in specs if spec.kind is PageKind.CONTENT and spec.is_listed]
    new = []
    for _ in range(num):
        topic = step.rng.choice(topics_of(step.site))
        number = next_numbers.get(topic.id, 0)
        next_numbers[topic.id] = number + 1
        spec = written_spec(step.seed, step.site, topic, number=number, changed=step.quarter_index)
        if life_of(step.site).is_relaunched_by(step.quarter_index):
            spec = replace(spec, path=f"{NEW_FOLDER}{spec.path}")
        links = related_links(step.seed, step.site, spec.path, listed)
        new.append(_touched(spec, step, is_listed=is_listed, related=links))
    return (*specs, *new)


def _goes_along(spec: PageSpec) -> bool:
    """What a relaunch takes to a new address: all HTML that stands, but the front page, the closed and the reserved."""
    is_page = spec.kind in CONTENT_KINDS or spec.kind is PageKind.SECTION
    was_moved = spec.kind is PageKind.REDIRECT and bool(spec.operator) and not spec.topic
    return (is_page or was_moved) and spec.status != 410 and not spec.reservation and not spec.path.startswith(CLOSED)


def _relaunched(spec: PageSpec, moving: Collection[str]) -> PageSpec:
    related = tuple(Link(label=link.label, href=_new_address(link.href, moving), rel=link.rel) for link in spec.related)
    return replace(
        spec,
        path=_new_address(spec.path, moving),
        source=_new_address(spec.source, moving),
        target=_new_address(spec.target, moving),
        related=related,
    )


def _new_address(href: str, moving: Collection[str]) -> str:
    return f"{NEW_FOLDER}{href}" if href.partition("#")[0] in moving else href
