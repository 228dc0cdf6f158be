"""Danish sentences of a block of text.

In: one block (a paragraph, heading, list item or table cell). Out: its sentences, with casing and quotation marks
kept. A block's end is a sentence's end; nothing is joined across blocks. Works by rules and lists of words, and looks
at a few words around each mark, so time and memory grow with the block's length only, and the same text gives the same
sentences everywhere. Does not split where no blank stands, and changes no character.
"""

import re

from corpus.danish.abbreviations import AFTER_ORDINAL, MONTHS
from corpus.danish.full_stops import OPENING, ends_before_small_letter, ends_sentence, plain

# A mark, what closes with it, the blank, and the beginning of the next two words. A bracket alone may end the marker of
# a list's item, 2). Possessive, and never inside a row of marks: a row of a million marks is read once.
_END = re.compile(r"(?<![.!?…])(?:([.!?…]++)((?:[\"'”“»«’‘‹›)\]*¹²³]|\[\d{1,3}\])*+)|\))\s++(?=(\S{1,40}+)(?:\s(\S))?)")
_DASHES = "-–—"
_BULLETS = "•●▪■·⁃►▶✓✔*"
_LONGEST_WORD = 40  # characters looked at before a mark; no abbreviation is longer
_LONGEST_MARKER = 24  # characters: "Spørgsmål 12 a" and what may open it
# What stands before a sentence as an item's marker: 1. | 3.2. | b. | IV. | § 12 a. | Stk. 2. | Trin 3.
_MARKER = re.compile(
    r"[\W_]*(?:(?i:§§?|stk\.|nr\.|kapitel|kap\.|bilag|punkt|pkt\.|afsnit|trin|fase|skridt|spørgsmål|artikel|regel) )?"
    r"(?:\d{1,3}(?:\.\d{1,3})*(?: ?[a-z])?|[IVXL]+|[^\W\d_])"
)
_ITEM = re.compile(r"\d{1,2}|[a-zæøå]")
# A number after these belongs to the sentence although it would go on with a list.
_NO_ITEM_AFTER_WORDS = "af d den eller er fra hver hvert i inden kl med nr og på samt senest stk til §"
_NO_ITEM_AFTER = frozenset(_NO_ITEM_AFTER_WORDS.split())
# Small letters that begin a sentence: e-Boks, iPad, www.kommune.dk, borger.dk, a) before an item.
_SMALL_BEGINNING = re.compile(
    r"[a-zæøå]{1,5}-?[A-ZÆØÅ]|www\.|https?://|[a-zæøå]\)$|[\w-]+(?:\.[\w-]+)*\.(?:dk|com|org|net|eu|nu)\b(?!\.\w)"
)


def split_sentences(block: str) -> list[str]:
    """Sentences of a block whose blanks are single spaces, as extract.py leaves them; an empty block has none."""
    sentences, start, next_item = [], 0, ""
    for match in _END.finditer(block):
        mark, closing, following, second = match.groups()
        stop = match.start()
        earliest = max(start, stop - _LONGEST_WORD)
        word_start = block.rfind(" ", earliest, stop) + 1 or earliest
        word = block[word_start:stop].lstrip(OPENING + _BULLETS)
        before = block[max(start, word_start - _LONGEST_WORD) : word_start].split()
        if mark is None or mark == ".":
            item = word + ("." if mark and not closing else ")")
            is_marker = stop - start <= _LONGEST_MARKER and _MARKER.fullmatch(block, start, stop)
            if is_marker or (before and before[-1][-1] == ":" and _ITEM.fullmatch(word)):
                next_item = _item_after(item)
                continue
            if item == next_item and before and _is_item(before[-1], following):
                if before[-1][-1] not in ",;":  # items with commas between them are one sentence
                    sentences.append(block[start:word_start].strip())
                    start = word_start
                next_item = _item_after(item)
                continue
            if mark is None:
                continue
        in_brackets = block[start] in "(["
        begins = following in ("a.", next_item) or _can_begin(following, second or "")
        if _is_boundary(word, before, mark, closing, following, begins=begins, in_brackets=in_brackets):
            sentences.append(block[start : match.end(2)].strip())
            start = match.end()
    sentences.append(block[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _item_after(item: str) -> str:
    """The marker that goes on with a list: 2. after 1., c) after b); none where `item` marks no list."""
    name, mark = item[:-1], item[-1]
    if not _ITEM.fullmatch(name):
        return ""
    return f"{int(name) + 1}{mark}" if name.isdigit() else f"{chr(ord(name) + 1)}{mark}"


def _is_item(previous: str, following: str) -> bool:
    """Whether the marker that would go on with a list begins an item here, and is no ordinal or day."""
    if not following.lstrip(OPENING)[:1].isupper() or plain(following) in MONTHS or plain(following) in AFTER_ORDINAL:
        return False
    return previous.lower().rstrip(".") not in _NO_ITEM_AFTER


def _is_boundary(
    word: str, before: list[str], mark: str, closing: str, following: str, *, begins: bool, in_brackets: bool
) -> bool:
    """Whether a sentence ends at `mark` and `closing`, between `word` and `following`, which perhaps begins one."""
    if mark == "..":
        return begins  # an abbreviation's full stop and the sentence's
    if mark == ".":
        if begins:
            return ends_sentence(word, before, following, closing, in_brackets=in_brackets)
        return not closing and ends_before_small_letter(word, following)
    if not begins:
        return False  # after !, ? and … a small letter goes on with a quotation
    if mark.strip(".…"):
        return bool(word) or ")" not in closing  # (!) and (?) comment on a word
    return bool(word or before) and not following[0].isdigit()  # "Fra 10 … 20"; "… Og så" begins with its mark


def _can_begin(following: str, second: str) -> bool:
    """Whether a sentence can begin with the word `following`; the next one begins with the character `second`."""
    if following in _DASHES:
        return bool(second) and not second.islower()
    word = following.lstrip(OPENING)
    if not word or word[0] in _BULLETS:
        return True
    if word[0].islower():
        return bool(_SMALL_BEGINNING.match(word))
    if word[0] in _DASHES:
        return not word.lstrip(_DASHES)[:1].islower()
    return word[0].isalnum() or word[0] in "§+#@…" or word.startswith("...")
