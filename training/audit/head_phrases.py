"""What an audit says, in Danish and in English, of a head, where it is not what is said of a language model.

In: nothing. Out: sentences as in phrases.py. No logic.
"""

from dataclasses import replace

from training.audit.limits import BOUND, EXTRACTION, MEMBERSHIP
from training.audit.phrases import DANISH, ENGLISH

_DANISH_OF_HEAD = replace(
    DANISH,
    names=DANISH.names | {MEMBERSHIP: "genkendelse af eksempler", EXTRACTION: "om ord kan lokkes ud af den"},
    by_asking="genkendelse af eksempler",
    what=DANISH.what | {
        MEMBERSHIP: "om den røber, hvilke eksempler den er trænet på",
        BOUND: "hvad en tvilling, trænet på samme måde og desuden på eksempler med tilfældige etiketter om en "
               "tilfældig halvdel af {num_canaries} opdigtede personer, husker om dem",
    },
    found=DANISH.found | {
        MEMBERSHIP: "Når 1 af 100 andre eksempler mistænkes med urette, genkendes {found} af de trænede (95 %-interval "
                    "{low} til {high}; tilfældigt ville det være 1 %, og grænsen er {allowed}), af en, der kender både "
                    "eksemplet og dets etiketter.",
        BOUND: "Tvillingens epsilon (hvor meget et enkelt eksempel kan ændre modellen; mindre er bedre) er med 95 % "
               "sikkerhed mindst {epsilon}; så mange opdigtede personer kunne højst vise {largest}.",
    },
)  # fmt: skip

_ENGLISH_OF_HEAD = replace(
    ENGLISH,
    names=ENGLISH.names | {
        MEMBERSHIP: "recognition of examples", EXTRACTION: "whether words can be got out of it",
    },
    by_asking="recognition of examples",
    what=ENGLISH.what | {
        MEMBERSHIP: "whether it betrays which examples it was trained on",
        BOUND: "what a twin, trained the same way and also on examples with random labels about a random half of "
               "{num_canaries} invented persons, remembers of them",
    },
    found=ENGLISH.found | {
        MEMBERSHIP: "Where 1 of 100 other examples is wrongly suspected, {found} of the trained ones are recognised "
                    "(95 % interval {low} to {high}; by chance it would be 1 %, and the limit is {allowed}), by "
                    "somebody who has the example and its labels.",
        BOUND: "The twin's epsilon (how much a single example can change the model; smaller is better) is at least "
               "{epsilon} with 95 % confidence; so many invented persons could show {largest} at most.",
    },
)  # fmt: skip

OF_HEAD = (_DANISH_OF_HEAD, _ENGLISH_OF_HEAD)
