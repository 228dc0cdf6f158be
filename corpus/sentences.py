"""Danish sentences of a block of text.

In: one block (a paragraph, heading, list item or table cell). Out: its sentences, with casing and quotation marks
kept. A block's end is a sentence's end; nothing is joined across blocks. Works by rules and a list of abbreviations,
so the same text gives the same sentences everywhere.
"""

import re

# Never end a sentence: something always follows them. So do all that end in nr.: sagsnr., CVR-nr.
_INNER_WORDS = """
    adm adr afd afg afs ang ank anl ann anv apr att aug begr bekg bekl bem bet bl.a bygn ca cand cand.jur cand.mag
    cand.polit cand.psych cand.pæd cand.scient chr cirk cirk.nr cvr d d.d d.v.s d.å dat dec dept div do dr ds dvs
    e.g eks ekskl em emb eng evt ex f f.eks f.kr f.t feb fhv fig fm fmd forb foren forf forsk forts fr frk fuldm
    følg g gdr gl gn gns gr grdl hft hhv hpt hr i.e if iht ill incl ing inkl int istf jan jf jfr jr jun jvf kand kap
    kgl kgs kk kl km/t konst korr kst kt kv kvt l lb lbs ldr lejl lic lign lrs ltr m m.a.o m.h.p m.h.t m.v.h maks
    max mdl medd medf medl mek mfl mht mid mill ml mods mods.t modsv mr mrs mvh møl n ndf nedenn nedf nl nov nr nto
    nuv o o.a o.s o.s.v obl obs off okt omg omkr omr opg opl ovenn p p.g.a p.m p.t p.v.a part pg pga pgl pinl pk pkt
    pl pl.a pluk polit pr prk prof prot prs præp pt pæd ref reg regn rel resp rest ret rk s s.u sa sb sct sekr sen
    sep sept sign sj skr skt slgs sml smsat smst sp sp.nr spec spl ss st stat std stud stud.jur stud.mag stud.med
    str subsid sv t tdl techn tekn temp th tilh tils tilsv tlf tlg tr trp tv u.a ubf udb udd udf udg udk uds uegl
    ult undt univ v v.a v.h v.s v.s.a vedk vedl vedr vejl vha vs vsa y z zool årg årh ældst ø øv øvr
"""
# May end a sentence; they do where a capital follows.
_CLOSING_WORDS = """
    mv m.v m.m mm m.fl osv o.s.v etc o.l ol o.lign og lign m.fl.a o.a kr øre e.l el.lign f.f ff
    pct stk mia mio md mdr min sek
"""
_MONTHS_WORDS = """
    januar februar marts april maj juni juli august september oktober november december
"""
# Ordinals before these are one phrase also with a capital: 2. Verdenskrig, 1. Søndag, 3. Division.
_AFTER_ORDINAL_WORDS = """
    verdenskrig søndag division etage sal klasse behandling kvartal halvår maj juledag påskedag pinsedag
"""
_INNER, _CLOSING, _MONTHS, _AFTER_ORDINAL = (
    frozenset(words.split()) for words in (_INNER_WORDS, _CLOSING_WORDS, _MONTHS_WORDS, _AFTER_ORDINAL_WORDS)
)
_END = re.compile(r"([.!?…]+)([\"'”“»«’)\]]*)(\s+)(?=(\S+))")
_OPENING = "\"'”“»«‘’(["
_ORDINAL = re.compile(r"\d{1,3}")
_LARGEST_DAY = 31


def split_sentences(block: str) -> list[str]:
    """Sentences of a block whose blanks are single spaces, as extract.py leaves them; an empty block has none."""
    sentences, start = [], 0
    for match in _END.finditer(block):
        # the word before the mark, without copying the sentence so far: a block may be megabytes
        word_start = block.rfind(" ", start, match.start()) + 1
        word = block[max(word_start, start) : match.start()]
        if _is_boundary(word, match[1], match[2], match[4], is_first=word_start <= start):
            sentences.append(block[start : match.end(2)].strip())
            start = match.end()
    sentences.append(block[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _is_boundary(word: str, mark: str, closing: str, following: str, *, is_first: bool) -> bool:
    """Whether a sentence ends at `mark`, which follows `word`; `is_first` where the word begins the sentence."""
    next_word = following.lstrip(_OPENING)
    starts_new = bool(next_word[:1].isupper() or next_word[:1].isdigit() or following[0] in "-–—•§" or not next_word)
    if mark != ".":
        return starts_new  # !, ?, ... : a lower-case word goes on with a quotation
    if not starts_new:
        return False
    if closing:
        return True
    return _is_end_word(word.lstrip(_OPENING), next_word, is_first=is_first)


def _is_end_word(word: str, next_word: str, *, is_first: bool) -> bool:
    """Whether a word with a full stop ends its sentence before a word that could begin one."""
    lowered = word.lower()
    if lowered in _CLOSING:
        return not next_word[:1].isdigit()
    if lowered in _INNER or lowered.endswith("nr") or (len(word) == 1 and word.isalpha() and word.isupper()):
        return False
    if "." in word and all(len(part) <= 2 for part in word.split(".")) and not word[-1].isdigit():
        return False  # a.m.b.a and its like; H.C. before a name
    if _ORDINAL.fullmatch(word):
        following = next_word.rstrip(".,;:").lower()
        if is_first or following in _MONTHS or following in _AFTER_ORDINAL:
            return False  # a number that begins the block is a list's; an ordinal belongs to its noun
        return int(word) > _LARGEST_DAY or not next_word[:1].isdigit()
    return True
