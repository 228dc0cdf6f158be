"""What an audit says, in Danish and in English, of a language model and of a head.

In: nothing. Out: sentences with braces for numbers. No logic.
"""

from dataclasses import dataclass, replace

from training.audit.verdict import BOUND, EXTRACTION, MEMBERSHIP, PROBE


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """All that is said in one language, by criterion where it is one's.

    Attributes:
        what: what was tested.
        found: what was found.
        promised: added to `found` where there is a promise to hold it against.
        lacking: why something was not tested.
        never: what no audit of this kind can test.
        outcomes: by whether it passed.
    """

    tested: str
    what: dict[str, str]
    found: dict[str, str]
    promised: str
    unpromised: str
    not_testable: str
    lacking: dict[str, str]
    never: str
    outcomes: dict[bool | None, str]
    decimal: str
    thousands: str


DANISH = Phrases(
    tested="Revision af modellen {run}. Afprøvet: {what}.",
    what={
        MEMBERSHIP: "om den røber, hvilke sætninger den er trænet på",
        EXTRACTION: "om sjældne navne og tal fra træningsteksten kan lokkes ud af den",
        BOUND: "hvad en tvilling, trænet på samme måde og desuden på sætninger om en tilfældig halvdel af "
               "{num_canaries} opdigtede personer, husker om dem",
        PROBE: "om {num_lines} tekster, som nogen har spurgt til, stadig kan lokkes frem",
    },
    found={
        MEMBERSHIP: "Når 1 af 100 andre sætninger mistænkes med urette, genkendes {found} af de trænede (95 %-interval "
                    "{low} til {high}; tilfældigt ville det være 1 %, og grænsen er {allowed}).",
        EXTRACTION: "Af {num_members} sjældne ord i træningsteksten gættes {members} helt rigtigt, af {num_others} i "
                    "andre tekster {others}; {surplus} (interval {low} til {high}) skyldes træningen på netop dem, og "
                    "grænsen er {allowed}.",
        BOUND: "Tvillingens epsilon (hvor meget en enkelt sætning kan ændre modellen; mindre er bedre) er med 95 % "
               "sikkerhed mindst {epsilon}; så mange opdigtede personer kunne højst vise {largest}.",
        PROBE: "Af de {num_lines} tekster kendes {num_better} bedre end tekster, den aldrig har set; "
               "{num_not_testable} kunne ikke afprøves.",
    },
    promised="Lovet er et epsilon på højst {claimed}.",
    unpromised="Modellen er trænet uden differentielt privatliv, så der er ikke lovet noget epsilon.",
    not_testable="Kunne ikke afprøves: {lacking}.",
    lacking={
        MEMBERSHIP: "genkendelse af sætninger (for få valideringssætninger)",
        EXTRACTION: "sjældne ord (for få)",
        BOUND: "epsilon (der blev ikke trænet en tvilling)",
        PROBE: "de tekster, der blev spurgt til (for få valideringssætninger)",
    },
    never="hvad stærkere angreb end disse ville finde, og hvad grundmodellen vidste i forvejen",
    outcomes={True: "Resultat: bestået.", False: "Resultat: ikke bestået.",
              None: "Resultat: uafgjort, for det afgørende kunne ikke afprøves."},
    decimal=",", thousands=".",
)  # fmt: skip

ENGLISH = Phrases(
    tested="Audit of model {run}. Tested: {what}.",
    what={
        MEMBERSHIP: "whether it betrays which sentences it was trained on",
        EXTRACTION: "whether rare names and numbers of the training text can be got out of it",
        BOUND: "what a twin, trained the same way and also on sentences about a random half of {num_canaries} invented "
               "persons, remembers of them",
        PROBE: "whether {num_lines} texts that somebody asked about can still be got out of it",
    },
    found={
        MEMBERSHIP: "Where 1 of 100 other sentences is wrongly suspected, {found} of the trained ones are recognised "
                    "(95 % interval {low} to {high}; by chance it would be 1 %, and the limit is {allowed}).",
        EXTRACTION: "Of {num_members} rare words of the training text {members} are guessed whole, of {num_others} in "
                    "other texts {others}; {surplus} (interval {low} to {high}) comes from training on just these, and "
                    "the limit is {allowed}.",
        BOUND: "The twin's epsilon (how much a single sentence can change the model; smaller is better) is at least "
               "{epsilon} with 95 % confidence; so many invented persons could show {largest} at most.",
        PROBE: "Of the {num_lines} texts {num_better} are known better than texts that it never saw; "
               "{num_not_testable} could not be tested.",
    },
    promised="Promised is an epsilon of at most {claimed}.",
    unpromised="The model was trained without differential privacy, so no epsilon is promised.",
    not_testable="Not testable: {lacking}.",
    lacking={
        MEMBERSHIP: "recognition of sentences (too few validation sentences)",
        EXTRACTION: "rare words (too few)",
        BOUND: "epsilon (no twin was trained)",
        PROBE: "the texts that were asked about (too few validation sentences)",
    },
    never="what stronger attacks than these would find, and what the base model knew before",
    outcomes={True: "Result: passed.", False: "Result: not passed.",
              None: "Result: undecided, for what decides could not be tested."},
    decimal=".", thousands=",",
)  # fmt: skip

_DANISH_OF_HEAD = replace(
    DANISH,
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
    lacking=DANISH.lacking | {
        MEMBERSHIP: "genkendelse af eksempler (for få andre eksempler at sammenligne med)",
        EXTRACTION: "om ord kan lokkes ud af den (den giver etiketter og ingen ord)",
    },
)  # fmt: skip

_ENGLISH_OF_HEAD = replace(
    ENGLISH,
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
    lacking=ENGLISH.lacking | {
        MEMBERSHIP: "recognition of examples (too few other examples to compare with)",
        EXTRACTION: "whether words can be got out of it (it gives labels and no words)",
    },
)  # fmt: skip

OF_LANGUAGE_MODEL, OF_HEAD = (DANISH, ENGLISH), (_DANISH_OF_HEAD, _ENGLISH_OF_HEAD)
