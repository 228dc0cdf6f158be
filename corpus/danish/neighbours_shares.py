"""Which share of a document's words is in which language.

In: a document's text, line by line, and what is expected before it is read. Out: shares that add to 1. A document is
taken as a mixture of languages, each line in one of them; the shares are those under which its lines are likeliest,
found by expectation-maximization. Lines that say nothing (names, addresses) go with the rest.
"""

from collections.abc import Sequence

from corpus.danish.neighbours import LANGUAGES, likelihoods, words_against

# After two rounds three sentences of Norwegian are taken for Danish 3 times in 1,000, after four no longer.
ROUNDS = 4


def shares_of_lines(text: str, expected: Sequence[float]) -> list[float]:
    """Shares of LANGUAGES among the words of a text."""
    lines = [(len(line.split()), likelihoods(words_against(line))) for line in text.splitlines() if line.strip()]
    shares = list(expected)
    for _ in range(ROUNDS):
        counts = [0.0] * len(LANGUAGES)
        for num_words, likelihood in lines:
            products = list(map(float.__mul__, shares, likelihood))
            weight = num_words / (sum(products) or 1.0)
            counts = [count + weight * product for count, product in zip(counts, products, strict=True)]
        total = sum(counts)
        if not total:
            break
        shares = [count / total for count in counts]
    return shares
