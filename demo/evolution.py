"""How a site changes from one quarter to the next.

In: the specs of a quarter. Out: those of the next. Each operator is a function of its own; `OPERATORS`
lists them, and a later quarter is reached by replaying them from the first one.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from demo.chance import chance
from demo.places import PretendSite, SiteKind
from demo.plan import PageSpec, related_links, written_spec
from demo.topic_list import topics_of
from demo.truth import PageKind

Specs = tuple[PageSpec, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One site on its way into quarter `quarter_index`; `rng` belongs to the one operator of this step."""

    seed: int
    site: PretendSite
    quarter_index: int
    rng: random.Random
    operator: str = ""


def add_pages(specs: Specs, step: Step, num: int) -> Specs:
    """New content pages, listed by their section."""
    used = Counter(spec.topic for spec in specs if spec.kind is not PageKind.REDIRECT)
    listed = [spec for spec in specs if spec.kind is PageKind.CONTENT and spec.is_listed]
    new = []
    for _ in range(num):
        topic = step.rng.choice(topics_of(step.site))
        spec = written_spec(step.seed, step.site, topic, number=used[topic.id], changed=step.quarter_index)
        used[topic.id] += 1
        links = related_links(step.seed, step.site, spec.path, listed)
        new.append(replace(spec, related=links))
    return (*specs, *new)


def edit_pages(specs: Specs, step: Step, num: int) -> Specs:
    """Rewrite one fact on some pages."""
    chosen = _choose(specs, step, num)
    return tuple(
        replace(spec, revision=spec.revision + 1, changed=step.quarter_index) if spec.path in chosen else spec
        for spec in specs
    )


def move_pages(specs: Specs, step: Step, num: int) -> Specs:
    """Give some pages a new URL; the old one redirects for good. A page that moves twice leaves a chain."""
    chosen = _choose(specs, step, num)
    moved: list[PageSpec] = []
    redirects: list[PageSpec] = []
    for spec in specs:
        if spec.path not in chosen:
            moved.append(spec)
            continue
        new_path = moved_path(spec.path, step.quarter_index)
        moved.append(replace(spec, path=new_path))
        redirects.append(PageSpec(kind=PageKind.REDIRECT, path=spec.path, status=301, target=new_path))
    return (*moved, *redirects)


def remove_pages(specs: Specs, step: Step, num: int) -> Specs:
    """Take some listed pages down: every other answers 410, the rest 404."""
    chosen = _choose(specs, step, num, only_listed=True)
    statuses = {path: 410 if i % 2 else 404 for i, path in enumerate(chosen, start=step.rng.randrange(2))}
    return tuple(
        replace(spec, kind=PageKind.GONE, status=statuses[spec.path], is_listed=False, in_sitemap=False)
        if spec.path in chosen
        else spec
        for spec in specs
    )


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A change and the share of a site's content pages it touches in a quarter."""

    name: str
    apply: Callable[[Specs, Step, int], Specs]
    share: float


# Shares are invented; small sites get their expected number by chance, municipalities at least one.
OPERATORS: tuple[Operator, ...] = (
    Operator(name="remove", apply=remove_pages, share=0.05),
    Operator(name="move", apply=move_pages, share=0.05),
    Operator(name="edit", apply=edit_pages, share=0.12),
    Operator(name="add", apply=add_pages, share=0.08),
)


def evolved(specs: Specs, *, seed: int, site: PretendSite, quarter_index: int) -> Specs:
    """Replay every quarter up to `quarter_index`."""
    for quarter in range(1, quarter_index + 1):
        num_content = sum(spec.kind is PageKind.CONTENT for spec in specs)
        for operator in OPERATORS:
            rng = chance("evolution", operator.name, seed, site.id, quarter)
            step = Step(seed=seed, site=site, quarter_index=quarter, rng=rng)
            specs = operator.apply(specs, step, _how_many(operator.share * num_content, site, rng))
    return specs


def _how_many(expected: float, site: PretendSite, rng: random.Random) -> int:
    """Round by chance; every municipality has at least one of each."""
    drawn = int(expected + rng.random())
    return max(1, drawn) if site.kind is SiteKind.MUNICIPALITY else drawn


def _choose(specs: Specs, step: Step, num: int, *, only_listed: bool = False) -> list[str]:
    """Content pages that stand alone and were not touched this quarter (a moved page's old URL tells)."""
    sources = {spec.source for spec in specs}
    mark = _mark(step.quarter_index)
    eligible = [
        spec.path
        for spec in specs
        if spec.kind is PageKind.CONTENT
        and spec.path not in sources
        and spec.changed < step.quarter_index
        and mark not in spec.path
        and (spec.is_listed or not only_listed)
    ]
    return step.rng.sample(eligible, min(num, len(eligible)))


def _mark(quarter_index: int) -> str:
    return f"flyttet-{quarter_index}"


def moved_path(path: str, quarter_index: int) -> str:
    """The same page below a folder of its own, whatever the CMS: /a/b/ becomes /a/flyttet-1/b/."""
    parts = path.split("/")
    name = -2 if path.endswith("/") else -1
    return "/".join([*parts[:name], _mark(quarter_index), *parts[name:]])
