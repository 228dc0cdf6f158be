"""The boilerplate of one site: learnt from the keys of its pages, shown by an example of each.

In: the keys of the pages' blocks, the configuration, what the corpus before found. Out: which blocks of a page go, and
rows for people to look at, masked. How often is often enough: boilerplate.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corpus.boilerplate import Found, key_text
from corpus.config import CorpusConfig
from corpus.extract import Block
from corpus.page_text import PageText
from corpus.personal_data import BLOT, cpr_by_block, masked_blocks
from corpus.site_tables import BOILERPLATE, SiteTables


@dataclass
class SiteBoilerplate:
    """What was found: key -> its numbers; and an example of each, masked, when it is met.

    `num_pages` is how many different pages were looked at.
    """

    found: dict[int, Found]
    keep: frozenset[int]
    config: CorpusConfig
    num_pages: int
    examples: dict[int, Block] = field(default_factory=dict)

    def places(self, keys: Sequence[int]) -> frozenset[int]:
        """Which blocks of a page go."""
        return frozenset(place for place, key in enumerate(keys) if key in self.found and key not in self.keep)

    def needs_example(self, keys: Sequence[int]) -> bool:
        return any(key in self.found and key not in self.examples for key in keys)

    def add_examples(self, text: PageText, keys: Sequence[int]) -> None:
        texts = [block.text for block in text.blocks]
        shown, _ = masked_blocks(texts, self.config)
        suspect = cpr_by_block(texts)
        for key, block, example, number in zip(keys, text.blocks, shown, suspect, strict=True):
            if key in self.found:
                self.examples.setdefault(key, Block(block.kind, BLOT if number else example))

    def write(self, tables: SiteTables, carried: Mapping[int, str], quarter: str) -> None:
        """In order of the keys, without those that stand only on pages left out."""
        for key, block in sorted(self.examples.items()):
            found = self.found[key]
            tables.add(
                BOILERPLATE, key_text(key), block.kind, block.text, found.num_pages,
                round(found.num_pages / self.num_pages, 3), carried.get(key, quarter), key in self.keep,
            )  # fmt: skip
