"""What a page says: topic and name in, an `Article` of blocks with its facts out.

Pure functions of (seed, page key, revision). Knows nothing of HTML, URLs or links.
"""

import enum
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from demo.chance import chance
from demo.grammar import Bindings, expand
from demo.places import PretendSite, SiteKind, house_name, project_name, street_name
from demo.topics import Topic
from demo.topics_kl import AREA_WORDS
from demo.topics_life import GENERAL_PROSE
from demo.topics_shared import SharedText

NUM_SECTIONS = 3
REVIEWED = (
    "[Teksten|Siden|Indholdet] [er|blev] [senest|sidst] [gennemgået|kontrolleret|rettet] af {office} den {date} {year}."
)
REVIEWED_ABROAD: Mapping[str, str] = {
    "en": "This page was last checked by our staff during the year {year}.",
    "de": "Diese Seite wurde zuletzt im Jahr {year} von der Gemeinde geprüft.",
}


class BlockKind(enum.StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    ACCORDION = "accordion"
    TABLE = "table"
    HOURS = "hours"


class Layout(enum.StrEnum):
    """Where the last part of the text stands."""

    PLAIN = "plain"
    LIST = "list"
    ACCORDION = "accordion"
    TABLE = "table"
    ONLY_ACCORDION = "only-accordion"


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block: `text` of headings and paragraphs, `rows` of the others (accordion: title, text)."""

    kind: BlockKind
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()

    def texts(self) -> tuple[str, ...]:
        return (self.text,) if self.text else tuple(cell for row in self.rows for cell in row)


@dataclass(frozen=True, kw_only=True)
class Article:
    title: str
    language: str
    blocks: tuple[Block, ...]
    facts: tuple[str, ...]

    def texts(self) -> tuple[str, ...]:
        return tuple(text for block in self.blocks for text in block.texts())


@dataclass(frozen=True, kw_only=True)
class _Sentences:
    """The raw material of an article, before it is laid out."""

    facts: tuple[str, ...]
    prose: tuple[str, ...]
    headings: tuple[str, ...]
    fees: tuple[tuple[str, str], ...] = ()
    closing: str = ""


def subject_name(seed: int, site: PretendSite, topic: Topic, number: int) -> str:
    """What the number-th page about a topic is about; unique within the site and topic."""
    key = (seed, site.id, topic.id)
    template = chance("subject", *key, number).choice(topic.subjects)
    return template.replace("{name}", house_name(number, *key)).replace("{project}", project_name(number, *key))


def written_article(
    seed: int,
    site: PretendSite,
    topic: Topic,
    *,
    number: int,
    revision: int = 0,
    language: str = "da",
    bare: bool = False,
) -> Article:
    """The article of one page. Each revision rewrites one fact and leaves every other sentence as it was.

    Args:
        bare: all text stands in accordions.
    """
    key = f"{seed}/{site.id}/{topic.id}/{number}"
    bindings = _bindings(seed, site, topic, number)
    rng = chance("article", key)
    title = expand(rng.choice(topic.titles), bindings, rng)
    layout = Layout.ONLY_ACCORDION if bare else _layout(rng, language)
    sentences = _Sentences(
        facts=_facts(topic, bindings, key, revision),
        prose=_prose(site, topic, bindings, rng, language),
        headings=tuple(rng.sample(topic.headings, NUM_SECTIONS)),
        fees=_fees(topic, layout, rng),
        closing=expand(REVIEWED_ABROAD.get(language, REVIEWED), bindings, rng),
    )
    blocks = laid_out(sentences.prose, sentences.facts, sentences.headings, layout)
    blocks += _extras(sentences, rng, language)
    return Article(title=title, language=language, blocks=blocks, facts=sentences.facts)


def shared_article(text: SharedText) -> Article:
    """A text that stands word for word on several sites."""
    blocks = laid_out(text.prose, text.facts, (), Layout.PLAIN)
    return Article(title=text.title, language="da", blocks=blocks, facts=text.facts)


def with_other_date(article: Article, *key: str | int) -> Article:
    """The same article with another date in its closing paragraph: a near-duplicate."""
    rng = chance("near-duplicate", *key)
    old = article.blocks[-1].text
    new = old
    while new == old:
        new = expand(REVIEWED, {}, rng)
    return replace(article, blocks=(*article.blocks[:-1], Block(kind=BlockKind.PARAGRAPH, text=new)))


def with_paragraph(article: Article, text: str) -> Article:
    return replace(article, blocks=(*article.blocks, Block(kind=BlockKind.PARAGRAPH, text=text)))


def _bindings(seed: int, site: PretendSite, topic: Topic, number: int) -> Bindings:
    key = (seed, site.id, topic.id, number)
    street = street_name(*key)
    bindings: dict[str, str | tuple[str, ...]] = {
        "inst": subject_name(seed, site, topic, number),
        "place": site.name,
        "street": street,
        "address": f"{street} {chance('number', *key).randint(2, 98)}",
        "project": project_name(number, seed, site.id, topic.id),
    }
    if site.kind is SiteKind.AREA:
        words = AREA_WORDS[site.id]
        bindings |= {"area": words.area, "staff": words.staff, "target": words.target, "issue": words.issue}
    return bindings


def _facts(topic: Topic, bindings: Bindings, key: str, revision: int) -> tuple[str, ...]:
    rng = chance("facts", key)
    templates = rng.sample(topic.facts, rng.randint(3, min(6, len(topic.facts))))
    facts = [expand(template, bindings, rng) for template in templates]
    for edit in range(1, revision + 1):
        edit_rng = chance("edit", key, edit)
        place = edit_rng.randrange(len(facts))
        old = facts[place]
        while facts[place] == old:
            facts[place] = expand(templates[place], bindings, edit_rng)
    return tuple(facts)


def _prose(site: PretendSite, topic: Topic, bindings: Bindings, rng: random.Random, language: str) -> tuple[str, ...]:
    templates = list(topic.prose)
    if language == "da" and site.kind is SiteKind.MUNICIPALITY:
        templates += rng.sample(GENERAL_PROSE, rng.randint(1, 5))
    rng.shuffle(templates)
    return tuple(expand(template, bindings, rng) for template in templates)


def _layout(rng: random.Random, language: str) -> Layout:
    weights = (6, 2, 2, 2) if language == "da" else (1, 0, 0, 0)
    return rng.choices((Layout.PLAIN, Layout.LIST, Layout.ACCORDION, Layout.TABLE), weights)[0]


def _fees(topic: Topic, layout: Layout, rng: random.Random) -> tuple[tuple[str, str], ...]:
    if not topic.fees or layout is Layout.ONLY_ACCORDION or rng.random() < 0.5:
        return ()
    return tuple((fee, expand("{kr:45-3900} kr.", {}, rng)) for fee in topic.fees)


def _extras(sentences: _Sentences, rng: random.Random, language: str) -> tuple[Block, ...]:
    """Fees, opening hours and the closing line, which are no sentences to learn from (but the last)."""
    blocks = []
    if sentences.fees:
        blocks.append(Block(kind=BlockKind.TABLE, rows=(("Ydelse", "Takst"), *sentences.fees)))
    if language == "da" and rng.random() < 0.3:
        days = ("Mandag", "Tirsdag", "Onsdag", "Torsdag", "Fredag")
        rows = tuple((day, expand("kl. {time:8-10} - {time:13-17}", {}, rng)) for day in days)
        blocks.append(Block(kind=BlockKind.HOURS, rows=rows))
    blocks.append(Block(kind=BlockKind.PARAGRAPH, text=sentences.closing))
    return tuple(blocks)


def laid_out(prose: Sequence[str], facts: Sequence[str], headings: Sequence[str], layout: Layout) -> tuple[Block, ...]:
    """Deal prose and facts into a lead and one part per heading, and give the last part its layout.

    The facts are dealt from the last part on, so that each layout has one.
    """
    num_parts = len(headings) + 1
    parts = [_interleaved(prose[i::num_parts], facts[(i + 1) % num_parts :: num_parts]) for i in range(num_parts)]
    if layout is Layout.ONLY_ACCORDION:
        titles = ("Kort fortalt", *headings)
        rows = tuple((title, " ".join(part)) for title, part in zip(titles, parts, strict=True))
        return (Block(kind=BlockKind.ACCORDION, rows=rows),)
    blocks = _paragraphs(parts[0])
    for heading, part in zip(headings[:-1], parts[1:-1], strict=True):
        blocks += [Block(kind=BlockKind.HEADING, text=heading), *_paragraphs(part)]
    if headings:
        blocks += _last_part(headings[-1], parts[-1], layout)
    return tuple(blocks)


def _interleaved(prose: Sequence[str], facts: Sequence[str]) -> list[str]:
    """Prose first, then a fact, and so on; what is left over follows."""
    paired = [sentence for pair in zip(prose, facts, strict=False) for sentence in pair]
    return paired + list(prose[len(facts) :]) + list(facts[len(prose) :])


def _paragraphs(sentences: Sequence[str]) -> list[Block]:
    return [Block(kind=BlockKind.PARAGRAPH, text=" ".join(sentences[i : i + 3])) for i in range(0, len(sentences), 3)]


def _last_part(heading: str, sentences: Sequence[str], layout: Layout) -> list[Block]:
    if layout is Layout.ACCORDION:
        return [Block(kind=BlockKind.ACCORDION, rows=((heading, " ".join(sentences)),))]
    blocks = [Block(kind=BlockKind.HEADING, text=heading)]
    if layout is Layout.LIST:
        return [*blocks, Block(kind=BlockKind.LIST, rows=tuple((sentence,) for sentence in sentences))]
    if layout is Layout.TABLE:
        rows = tuple((f"Punkt {i}", sentence) for i, sentence in enumerate(sentences, start=1))
        return [*blocks, Block(kind=BlockKind.TABLE, rows=(("Emne", "Beskrivelse"), *rows))]
    return [*blocks, *_paragraphs(sentences)]
