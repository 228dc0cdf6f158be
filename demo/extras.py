"""Pages that stand beside those of a site's CMS: traps, archives, reservations.

In: a `SitePlan` and what a page is to say. Out: `Extra` pages, which the web lists one by one, and `Feature`s, which
also answer URLs that nobody has listed. Which sites have which is decided in `demo.traps` and `demo.reservations`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from demo.articles import Article, Block, BlockKind
from demo.building import BuiltPage, html_page
from demo.chance import chance
from demo.cms import Link, Teaser, View
from demo.hub_views import teaser_of
from demo.plan import PageSpec, written_spec
from demo.rendering import Headers
from demo.topic_list import topics_of
from demo.topics import Topic
from demo.truth import PageKind, TruePage
from demo.views import SitePlan, article_hrefs, article_view, shell_view

NO_ANSWER: Callable[[str], None] = lambda target: None  # noqa: E731,ARG005  # a feature whose pages are all listed


@dataclass(frozen=True, kw_only=True)
class Extra:
    """One listed page; `hrefs` are its links beside the menu."""

    path: str
    kind: PageKind
    view: Callable[[], View]
    hrefs: tuple[str, ...] = ()
    headers: Headers = ()
    spec: PageSpec | None = None


@dataclass(frozen=True, kw_only=True)
class Feature:
    """Something odd that a site has.

    Attributes:
        id: the case, as the list of hostile cases numbers it.
        doors: links to it on the site's front page.
        extras: its listed pages.
        answer: the page at a path and query that the web does not list, or None.
    """

    id: str
    doors: tuple[Link, ...]
    extras: tuple[Extra, ...] = ()
    answer: Callable[[str], TruePage | None] = NO_ANSWER


def extra_page(plan: SitePlan, extra: Extra) -> BuiltPage:
    return html_page(
        plan, extra.kind, extra.path, extra.view, hrefs=extra.hrefs, headers=extra.headers, spec=extra.spec
    )


def made_page(plan: SitePlan, kind: PageKind, target: str, view: View) -> TruePage:
    """A page that is not listed; nothing says when it changed."""
    return html_page(plan, kind, target, lambda: view).page


def content_spec(plan: SitePlan, path: str, number: int, topic: Topic | None = None) -> PageSpec:
    """A text of the site at a path of its own; the same number gives the same text."""
    topics = topics_of(plan.site)
    spec = written_spec(plan.seed, plan.site, topic or topics[number % len(topics)], number=number)
    return PageSpec(kind=spec.kind, path=path, topic=spec.topic, section=spec.section, number=number)


def content_extra(plan: SitePlan, spec: PageSpec, *links: Link, headers: Headers = ()) -> Extra:
    """A listed page with a text; `links` stand beside it."""
    linking = PageSpec(**{**vars(spec), "related": (*spec.related, *links)})
    return Extra(
        path=spec.path,
        kind=spec.kind,
        view=partial(article_view, plan, linking),
        hrefs=article_hrefs(plan, linking),
        headers=headers,
        spec=linking,
    )


def list_view(plan: SitePlan, path: str, title: str, lines: Sequence[str], links: Sequence[Link]) -> View:
    """A page that says little and links on."""
    blocks = tuple(Block(kind=BlockKind.PARAGRAPH, text=line) for line in lines)
    article = Article(title=title, language="da", blocks=blocks, facts=())
    return shell_view(plan, path=path, title=title, article=article, related=tuple(links))


def list_extra(plan: SitePlan, path: str, title: str, lines: Sequence[str], links: Sequence[Link]) -> Extra:
    return Extra(
        path=path,
        kind=PageKind.SECTION,
        view=partial(list_view, plan, path, title, lines, links),
        hrefs=tuple(link.href for link in links),
    )


def known_teasers(plan: SitePlan, key: str, num: int = 5) -> tuple[Teaser, ...]:
    """Teasers of pages that the sections list too, so that nothing is found here that is not found there."""
    listed = [spec for spec in plan.founding if spec.kind is PageKind.CONTENT and spec.is_listed]
    chosen = chance("teasers", plan.seed, plan.site.id, key).sample(listed, min(num, len(listed)))
    return tuple(teaser_of(plan, spec) for spec in chosen)
