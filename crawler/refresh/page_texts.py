"""What two versions of a page have in common, to tell an edit from another page.

In: bodies of pages. Out: whether they show the same texts, and which share of one stands on the other.
"""

from collections.abc import Collection, Mapping

from crawler.novelty import hash64, normalised
from crawler.pages.links import read_page
from crawler.pages.parsing import is_suspicious

MIN_SAME_SHARE = 0.5  # of a page's own words; a moved page is often edited on the way


def texts_of(body: bytes, url: str, content_type: str) -> tuple[str, ...] | None:
    """Its visible texts; None where its markup could hang the parser."""
    return None if is_suspicious(body) else read_page(body, url, content_type).texts


def own_words(texts: Collection[str], shell: Collection[int]) -> Mapping[int, int]:
    """Hash of each text that is not part of the site's shell -> its number of words."""
    hashed = {hash64(normalised(text)): len(text.split()) for text in texts}
    return {value: number for value, number in hashed.items() if value not in shell}


def is_same_page(old: Mapping[int, int], new: Collection[int]) -> bool:
    """Whether at least half of the words that were the old page's own stand on the new one."""
    num_words = sum(old.values())
    return num_words > 0 and sum(old[value] for value in old if value in new) >= MIN_SAME_SHARE * num_words
