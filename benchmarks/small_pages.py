"""Many small pages: two kilobytes each, fifteen Danish sentences, and the menu and footer of their site.

In: a number of pages. Out: their URLs and bodies, site by site, made one at a time. Each sentence is the head of one of
the parliament's and the tail of another, so that most stand once. The sites are as uneven as real ones: of a hundred,
the largest has a tenth of the pages. The next quarter has the same pages; in one of twenty a paragraph is new.
"""

from collections.abc import Iterator, Sequence
from random import Random

from benchmarks.danish_prose import clauses

NUM_SITES = 100
# Site number n has a share of 1 / (n + 2.4): with a hundred sites the first has 10 % and the last 0.25 %.
_OFFSET = 2.4
PARAGRAPHS, SENTENCES_PER_PARAGRAPH = 5, 3
MENU_LINKS = 6
CHANGED_SHARE = 0.05
_HEAD = '<!DOCTYPE html><html lang="da"><head><meta charset="utf-8"><title>{title}</title></head><body>'


def small_pages(num_pages: int, *, quarter: int = 0, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """URL and body of each page; `quarter` 1 is the quarter behind quarter 0."""
    heads, tails = clauses()
    for site, num_of_site in enumerate(sizes_of_sites(num_pages)):
        before, behind = _frame(Random(f"{seed} site {site}"), site, heads)
        root = f"http://{host_of_site(site)}"
        for number in range(num_of_site):
            body = _page(f"{seed} {site} {number}", quarter, heads, tails)
            yield f"{root}/emne-{number // 50}/side-{number % 50}", f"{before}{body}{behind}".encode()


def host_of_site(number: int) -> str:
    return f"www.by-{number:02}.kommuneby.test"


def sizes_of_sites(num_pages: int) -> list[int]:
    """How many pages each site has; at least one, and `num_pages` in all where that is 100 or more."""
    shares = [1 / (number + _OFFSET) for number in range(NUM_SITES)]
    sizes = [max(1, int(num_pages * share / sum(shares))) for share in shares]
    sizes[0] += max(0, num_pages - sum(sizes))
    return sizes


def _page(name: str, quarter: int, heads: Sequence[str], tails: Sequence[str]) -> str:
    rng = Random(name)
    paragraphs = [_paragraph(rng, heads, tails) for _ in range(PARAGRAPHS)]
    title = rng.choice(heads)
    if quarter and rng.random() < CHANGED_SHARE:
        paragraphs[rng.randrange(PARAGRAPHS)] = _paragraph(Random(f"{name} {quarter}"), heads, tails)
    return f"<h1>{title}</h1>" + "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _paragraph(rng: Random, heads: Sequence[str], tails: Sequence[str]) -> str:
    return " ".join(f"{rng.choice(heads)}, {rng.choice(tails)}" for _ in range(SENTENCES_PER_PARAGRAPH))


def _frame(rng: Random, site: int, heads: Sequence[str]) -> tuple[str, str]:
    """What all pages of a site begin and end with."""
    links = "".join(f'<li><a href="/emne-{number}">{rng.choice(heads)}</a></li>' for number in range(MENU_LINKS))
    street = rng.choice(heads).split()[-1].strip(".,").capitalize()
    head = _HEAD.format(title=f"By {site} Kommune")
    address = (
        f"By {site} Kommune, {street}vej {rng.randrange(1, 90)}. "
        "Rådhuset har åbent mandag til torsdag fra klokken 9 til 15, og om torsdagen til klokken 17."
    )
    return f"{head}<nav><ul>{links}</ul></nav><main>", f"</main><footer><p>{address}</p></footer></body></html>\n"
