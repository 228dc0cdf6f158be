"""Spellings that tell Danish, its neighbours, English and German apart, in words that no list names.

In: nothing. Out: `SPELLINGS`: for each set of languages, beginnings (`kj-`), endings (`-hed`) and letters anywhere
(`øj`) that their spelling rules allow and those of the others do not. Of spellings that begin at the same letter the
longest counts. A spelling weighs less than a word: loans and compounds break every rule at times.
"""

SPELLINGS: dict[str, str] = {
    # Danish has b, d and g after a vowel where its neighbours have p, t and k; j where they have i or y; æ where
    # Norwegian has e, except before r; and no double consonant at the end of a word.
    "da": """
        -hed -heden -heder -hederne -skab -skaber -skabet øj ejd æb æd æf æg æk æl æm æn æs æt æv -eret -erede -ede
        -mand -mænd -manden -bog -dedel -bt øb -uge -uges brug øg -jde -jder -ød -øde -åde -åder -åden eje -ej
        ud- op- ind- af-
        """,
    "da nb": "hv- -else -elsen -elser -erne -sel -dt",
    "da sv": "-igt",
    "da nb sv": "-lig -lige -ning -ninger",
    "da nb nn": "æ ø økono økolo øtt",
    "da nb nn sv": "å -isk -iske",
    "da sv en de": "tion sion",
    "nb": "-heten -heter",
    "nb nn": "-rom -rommet kj- gj- øy sjon asj isj usj øk øp øt inn- opp- -ert -eie -eier",
    "nb nn de": "ei",
    "nb nn sv": "-het -skap ut- av- bruk språk åt -a -era",
    "nb nn sv en de": "-kk -tt -nn -ll -pp -gg -ss -mm -ff -bb -rr",
    "nn": "-leg -lege -inga -ane øyr -heim",
    "nn de": "-heit",
    "nn sv": "-ar -ande -ingar",
    "sv": "-arna -orna -erna -or -ade -are -lighet -iga -liga",
    "sv de": "ä ö",
    "sv en de": "ck",
    "en": "-ly -ness ea ou oo wh th -ies -ight",
    "en de": "w qu ch ie",
    "de": "sch -ung -ungen -lich -keit ü ß -chen",
    # Letters of other languages; those with an acute accent stand in Danish too (én, allé, à).
    "": "ð þ í ó ú ý ł ą ę ż ź ś ć ń ğ ı ş ç ñ ã õ č š ž ř ě ů ő ű ă ț î û œ",
    # Parts of loans that are written alike in many languages, and would else be taken for one of the above.
    "da nb nn sv en de": "indu- indi- oper- opti- avi- aven- avan- utop- option",
}

# What grammar and punctuation say, as regular expressions.
GRAMMAR: dict[str, tuple[str, ...]] = {
    "da": (
        # The relative word that is a subject, and "there is": Norwegian has som and det er.
        r", der\b",
        r"\b[Dd]er (?:er|var|har|kan|vil|skal|må|kommer|findes)\b|\b(?:er|var|har|kan|vil|skal) der\b",
        # A comma before every clause, which the neighbours gave up.
        r", (?:at|når|hvis|fordi|hvor|før|om)\b",
    ),
    # The mark of the infinitive, where Norwegian has å and Swedish att.
    "da en": (r"\bat (?:være|have|få|gå|se|stå|\w{3,}e)\b",),
    # "This" and the article at the end of the noun; the owner behind the noun.
    "nb nn": (
        r"\b[Dd]enne (?:\w{2,}e )?\w{2,}en\b|\b[Dd]ette (?:\w{2,}e )?\w{2,}et\b|\b[Dd]isse (?:\w{2,}e )?\w{2,}ene\b",
        r"\b\w{2,40}en (?:min|din|vår|hans)\b",
    ),
    # The article before the adjective and again at the end of the noun.
    "nb nn sv": (r"\b[Dd]en \w{2,}e \w{2,}en\b|\b[Dd]et \w{2,}e \w{2,}et\b|\b[Dd]e \w{2,}e \w{2,}ene\b",),
}
