"""Which pages a site has in its first quarter, before any is written.

In: seed, site, sizes. Out: one `PageSpec` per URL. Text, HTML and links are made from the specs elsewhere;
`demo.evolution` carries them into the later quarters.
"""

import enum
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from demo.articles import subject_name
from demo.chance import chance
from demo.cms import Link
from demo.places import PretendSite, SiteKind, slug
from demo.styles import style_of
from demo.topic_list import TOPICS, topics_of
from demo.topics import SECTIONS, Topic
from demo.topics_foreign import ENGLISH, GERMAN
from demo.topics_shared import SHARED_TEXTS
from demo.truth import PageKind

CLOSED = "/intern/"
CALENDAR = "/kalender"
TEASERS_PER_PAGE = 50  # a longer list of subpages goes on at /side-2, as the CMSs do it


class Reservation(enum.StrEnum):
    """How a page that was free to keep says that it is not any more."""

    META = "meta"  # <meta name="robots" content="noindex">
    HEADER = "header"  # X-Robots-Tag: noindex
    MINING = "mining"  # tdm-reservation: 1
    ROBOTS = "robots"  # robots.txt closes its path


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What only some sites have. `trap_months` 0: no calendar; `is_mirrored`: the bare host shows the pages too."""

    is_latin1: bool = False
    has_cpr: bool = False
    has_german: bool = False
    has_bare_page: bool = False
    trap_months: int = 0
    is_mirrored: bool = False


@dataclass(frozen=True, kw_only=True)
class PageSpec:
    """One URL of a site.

    Attributes:
        path: path and query on the host.
        topic, number: what it is about (of a shared text: its id).
        revision: how often a fact was rewritten; `changed`: the last quarter with a change of text, or 0.
        is_listed: its section's page links to it (or the front page: to an area's pages, to doors).
        source: the path of the page it doubles.
        related: links beside the text, as they were when the page was made; they may have gone stale.
        target: where a redirect leads.
        shell: the last quarter in which something around its text changed, or 0.
        validators_of: the page as it was when it last changed its validators, which it sends still; None: its own.
        reservation: how it says that it may not be kept, or nothing.
        touched, operator: the last quarter in which an operator of `demo.changes` was here, and which one.
    """

    kind: PageKind
    path: str
    topic: str = ""
    section: str = ""
    number: int = 0
    revision: int = 0
    changed: int = 0
    is_listed: bool = False
    in_sitemap: bool = False
    source: str = ""
    related: tuple[Link, ...] = ()
    status: int = 200
    target: str = ""
    shell: int = 0
    validators_of: "PageSpec | None" = None
    reservation: Reservation | None = None
    touched: int = 0
    operator: str = ""


def traits_of(site: PretendSite, *, num_municipalities: int, trap_months: int) -> Traits:
    """The first municipalities take the odd things in turn; with fewer municipalities one has several."""
    if site.kind is SiteKind.AREA:
        return Traits()
    return Traits(
        has_cpr=site.index == 1 % num_municipalities,
        is_latin1=site.index == 3 % num_municipalities,
        has_german=site.index % 2 == 0,
        has_bare_page=site.index % 3 == 0,
        trap_months=trap_months if site.index == 2 % num_municipalities else 0,
    )


def written_spec(
    seed: int,
    site: PretendSite,
    topic: Topic,
    *,
    number: int,
    kind: PageKind = PageKind.CONTENT,
    changed: int = 0,
) -> PageSpec:
    """A page with a text of its own, at the path its CMS gives it; listed and in the sitemap."""
    page = slug(subject_name(seed, site, topic, number))
    if site.kind is SiteKind.AREA:
        path = f"{site.prefix}{topic.id}/{page}/"
    else:
        path = style_of(site).page_path(topic.section or topic.id, page)
    return PageSpec(
        kind=kind,
        path=path,
        topic=topic.id,
        section=topic.section,
        number=number,
        changed=changed,
        is_listed=True,
        in_sitemap=True,
    )


def label_of(seed: int, site: PretendSite, spec: PageSpec) -> str:
    name = subject_name(seed, site, TOPICS[spec.topic], spec.number)
    return name[:1].upper() + name[1:]


def related_links(seed: int, site: PretendSite, path: str, listed: Sequence[PageSpec]) -> tuple[Link, ...]:
    """Links from a page to two others of its site, the second of them to a place on that page."""
    rng = chance("related", seed, site.id, path)
    chosen = [spec for spec in rng.sample(listed, min(3, len(listed))) if spec.path != path]
    endings = ("", "#kontakt")
    return tuple(
        Link(label=label_of(seed, site, spec), href=spec.path + ending)
        for spec, ending in zip(chosen, endings, strict=False)
    )


def plan_site(seed: int, site: PretendSite, traits: Traits, *, pages_per_site: int) -> tuple[PageSpec, ...]:
    """The specs of quarter 0; `pages_per_site` is about the number of HTML pages of a municipality."""
    if site.kind is SiteKind.AREA:
        return _plan_area(seed, site, num_content=max(4, pages_per_site // 4))
    fixed = _hubs(site, 0) + _foreign_pages(seed, site, traits) + _shared_pages(seed, site)
    num_odd = 5 + traits.has_bare_page + traits.has_cpr
    bare_content = _content(seed, site, num_content=max(6, pages_per_site - len(fixed) - num_odd))
    content = _with_twin_link(site, _with_related(seed, site, bare_content))
    return (
        *_hubs(site, sum(spec.is_listed for spec in content)),
        *content,
        *_foreign_pages(seed, site, traits),
        *_shared_pages(seed, site),
        *_doubles(site, content),
        *_odd_pages(seed, site, traits, content),
        *_doors(site, content[0]),
        *_calendar(traits.trap_months),
    )


def _hubs(site: PretendSite, num_listed: int) -> tuple[PageSpec, ...]:
    style = style_of(site)
    num_parts = 1 + num_listed // len(SECTIONS) // TEASERS_PER_PAGE
    parts = [
        PageSpec(
            kind=PageKind.SECTION,
            path=style.page_path(section.id, f"side-{part + 1}" if part else ""),
            section=section.id,
            number=part,
            in_sitemap=True,
        )
        for section in SECTIONS
        for part in range(num_parts)
    ]
    return (PageSpec(kind=PageKind.HOME, path=site.prefix, in_sitemap=True), *parts)


def _content(seed: int, site: PretendSite, *, num_content: int) -> tuple[PageSpec, ...]:
    """Content pages over all topics in turn; the last one or two only the sitemap knows."""
    topics = list(topics_of(site))
    chance("topics", seed, site.id).shuffle(topics)
    specs = [written_spec(seed, site, topics[i % len(topics)], number=i // len(topics)) for i in range(num_content)]
    num_unlinked = 1 + (site.kind is SiteKind.MUNICIPALITY and site.index % 2)
    hidden = [replace(spec, is_listed=False) for spec in specs[-num_unlinked:]]
    return (*specs[:-num_unlinked], *hidden)


def _with_related(seed: int, site: PretendSite, content: Sequence[PageSpec]) -> tuple[PageSpec, ...]:
    listed = [spec for spec in content if spec.is_listed]
    return tuple(replace(spec, related=related_links(seed, site, spec.path, listed)) for spec in content)


def _with_twin_link(site: PretendSite, content: Sequence[PageSpec]) -> tuple[PageSpec, ...]:
    """Let the first page link to its exact duplicate."""
    first, *others = content
    twin = Link(label="Udskriftsvenlig udgave", href=_twin_path(site, first))
    return (replace(first, related=(*first.related, twin)), *others)


def _twin_path(site: PretendSite, source: PageSpec) -> str:
    return style_of(site).twin_path(source.path, 100 + site.index)


def _foreign_pages(seed: int, site: PretendSite, traits: Traits) -> tuple[PageSpec, ...]:
    english = written_spec(seed, site, ENGLISH, number=0, kind=PageKind.ENGLISH)
    if not traits.has_german:
        return (english,)
    return english, written_spec(seed, site, GERMAN, number=0, kind=PageKind.GERMAN)


def _shared_pages(seed: int, site: PretendSite) -> tuple[PageSpec, ...]:
    section = "job-og-borgerservice"
    texts = chance("shared", seed, site.id).sample(SHARED_TEXTS, 2)
    return tuple(
        PageSpec(
            kind=PageKind.BORGER_DK,
            path=style_of(site).page_path(section, slug(text.title)),
            topic=text.id,
            section=section,
            is_listed=True,
            in_sitemap=True,
        )
        for text in texts
    )


def _odd_pages(seed: int, site: PretendSite, traits: Traits, content: Sequence[PageSpec]) -> tuple[PageSpec, ...]:
    """The orphan, the pages behind robots.txt, and what the site's traits add."""
    numbers = Counter(spec.topic for spec in content)
    topics = topics_of(site)
    kinds = [PageKind.ORPHAN, PageKind.ROBOTS_EXCLUDED, PageKind.ROBOTS_EXCLUDED]
    kinds += [PageKind.ACCORDION_ONLY] * traits.has_bare_page + [PageKind.CPR] * traits.has_cpr
    specs = []
    for place, kind in enumerate(kinds):
        topic = topics[(site.index + place) % len(topics)]
        specs.append(written_spec(seed, site, topic, number=numbers[topic.id], kind=kind))
        numbers[topic.id] += 1
    return _closed(specs)


def _doubles(site: PretendSite, content: Sequence[PageSpec]) -> tuple[PageSpec, ...]:
    """A second URL of the first page, and a copy of the second page that will differ in a date."""
    first, second = content[0], content[1]
    twin = replace(first, kind=PageKind.DUPLICATE, path=_twin_path(site, first), source=first.path)
    near_path = style_of(site).page_path(second.section, slug(TOPICS[second.topic].label) + "-kopi")
    near = replace(second, kind=PageKind.NEAR_DUPLICATE, path=near_path, source=second.path)
    return replace(twin, is_listed=False, in_sitemap=False), near


def _closed(specs: Sequence[PageSpec]) -> tuple[PageSpec, ...]:
    """Put excluded pages below the path that robots.txt closes; take the hidden ones off all lists."""
    finished = []
    for spec in specs:
        path = spec.path
        if spec.kind is PageKind.ROBOTS_EXCLUDED:
            path = CLOSED + path.strip("/").split("/")[-1]
        is_open = spec.kind not in (PageKind.ROBOTS_EXCLUDED, PageKind.ORPHAN)
        finished.append(replace(spec, path=path, is_listed=is_open, in_sitemap=is_open))
    return tuple(finished)


def _doors(site: PretendSite, first: PageSpec) -> tuple[PageSpec, ...]:
    """Old addresses, a broken link and a file; the front page links to all of them."""
    service = style_of(site).page_path("job-og-borgerservice", "")
    return (
        PageSpec(kind=PageKind.REDIRECT, path="/gammel/forside.asp", status=301, target=first.path, is_listed=True),
        PageSpec(kind=PageKind.REDIRECT, path="/selvbetjening", status=302, target=service, is_listed=True),
        PageSpec(kind=PageKind.MISSING, path="/nyheder/findes-ikke-mere", status=404, is_listed=True),
        PageSpec(kind=PageKind.FILE, path="/media/vejledning.pdf", is_listed=True),
    )


def _calendar(num_months: int) -> tuple[PageSpec, ...]:
    return tuple(
        PageSpec(kind=PageKind.TRAP, path=f"{CALENDAR}?maaned={2025 + i // 12}-{i % 12 + 1:02}", number=i)
        for i in range(num_months)
    )


def _plan_area(seed: int, site: PretendSite, *, num_content: int) -> tuple[PageSpec, ...]:
    home = PageSpec(kind=PageKind.HOME, path=site.prefix, in_sitemap=True)
    return (home, *_with_related(seed, site, _content(seed, site, num_content=num_content)))
