"""Contact data in texts and URLs replaced by placeholders.

In: text or a URL, and a configuration that says of each kind whether it is masked, dropped or kept. Out: the text with
placeholders, and counts by kind; never a value. Names of persons and addresses of houses are not looked for.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpus.config import CorpusConfig, Treatment
from corpus.privacy.accounts import find_accounts
from corpus.privacy.emails import find_emails
from corpus.privacy.phones import PHONE, find_phones
from corpus.privacy.url_parts import change_parts

# In square brackets, as "[cpr]": no full stop in them, so that no sentence ends inside, and no word is written so.
PLACEHOLDERS = {"email": "[e-mail]", "account": "[konto]", "phone": PHONE}
_FINDERS: dict[str, Callable[[str], list[tuple[int, int]]]] = {
    "email": find_emails,
    "account": find_accounts,  # before telephone numbers: "konto 1234 5678" is none
    "phone": find_phones,
}
_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS.values())))
# Texts without either are passed at once: six digits with little between them, a sign or word for "at".
_SIX_DIGITS = re.compile(r"[\W_]{0,5}".join([r"\d"] * 6))
_MAYBE_EMAIL = re.compile(r"[@＠﹫(\[{<%sSdDpP](?:(?<=[@＠﹫(\[{<%])|nabel|NABEL|ot |OT |unktum |UNKTUM )")
_MAX_PASSES = 20  # a number masked can show the next one for what it is; each pass takes digits away


@dataclass(frozen=True, kw_only=True)
class MaskedText:
    """A text without contact data, and how many values of each kind were taken out of it."""

    text: str
    counts: dict[str, int]


def masked(text: str, config: CorpusConfig) -> MaskedText:
    """Each value of a kind that is not kept, replaced; masking a masked text changes nothing."""
    if not (_MAYBE_EMAIL.search(text) or _SIX_DIGITS.search(text)):
        return MaskedText(text=text, counts={})
    counts: Counter[str] = Counter()
    for _ in range(_MAX_PASSES):
        found = _mask_once(text, _kinds(config, "mask", "drop"))
        if not found.counts:
            break
        text = found.text
        counts.update(found.counts)
    return MaskedText(text=text, counts=dict(sorted(counts.items())))


def masked_blocks(texts: Sequence[str], config: CorpusConfig) -> tuple[list[str], dict[str, int]]:
    """Blocks of one page, masked together and each alone: a label may stand in the cell or line before its number."""
    counts: Counter[str] = Counter()
    blocks = [text.replace("\n", " ") for text in texts]
    for _ in range(_MAX_PASSES):
        whole = masked("\n".join(blocks), config)
        alone = [masked(text, config) for text in whole.text.split("\n")] if blocks else []
        rounds = [whole, *alone]
        blocks = [each.text for each in alone]
        if not any(each.counts for each in rounds):
            break
        for each in rounds:
            counts.update(each.counts)
    return blocks, dict(sorted(counts.items()))


def masked_url(url: str, config: CorpusConfig) -> str:
    """A URL with e-mail addresses, numbers behind a cue and account numbers replaced, percent-encoded ones too."""
    return change_parts(url, lambda text: masked(text, config).text)


def num_placeholders(text: str) -> int:
    return len(_PLACEHOLDER.findall(text)) if "[" in text else 0


def has_dropped_kind(text: str, config: CorpusConfig) -> bool:
    """Whether a sentence holds a kind that is to be dropped, masked already or not."""
    kinds = _kinds(config, "drop")
    return any(PLACEHOLDERS[kind] in text for kind in kinds) or bool(kinds and _mask_once(text, kinds).counts)


def unmasked_kinds(text: str, config: CorpusConfig) -> Counter[str]:
    """How many values of each kind are still in a text that should hold none."""
    return Counter(_mask_once(text, _kinds(config, "mask", "drop")).counts)


def _kinds(config: CorpusConfig, *treatments: Treatment) -> list[str]:
    chosen: dict[str, Treatment] = {"email": config.emails, "account": config.accounts, "phone": config.phones}
    return [kind for kind in _FINDERS if chosen[kind] in treatments]


def _mask_once(text: str, kinds: Sequence[str]) -> MaskedText:
    counts: dict[str, int] = {}
    has_digits = bool(_SIX_DIGITS.search(text))
    for kind in kinds:
        if not (_MAYBE_EMAIL.search(text) if kind == "email" else has_digits):
            continue
        places = _FINDERS[kind](text)
        if places:
            counts[kind] = len(places)
            text = _replaced(text, places, PLACEHOLDERS[kind])
    return MaskedText(text=text, counts=counts)


def _replaced(text: str, places: list[tuple[int, int]], placeholder: str) -> str:
    parts = []
    last = 0
    for start, end in places:
        parts += [text[last:start], placeholder]
        last = end
    return "".join([*parts, text[last:]])
