"""What an audit says, in Danish and in English, of a language model; of a head: head_phrases.py.

In: nothing. Out: sentences with braces for numbers; behind a colon the words for one and for several. No logic.
"""

from dataclasses import dataclass

from training.audit.limits import BOUND, EXTRACTION, MEMBERSHIP, PROBE


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """All that is said in one language, by criterion where it is one's.

    Attributes:
        names: of the criteria.
        what: what was tested.
        found: what was found.
        surplus: of extraction, by whether more was found of what was trained on.
        lower_end: added where a value is above its limit and passed.
        promised: added to `found` where there is a promise to hold it against.
        too_large: where the canaries could not have refuted it.
        by_asking: what a verdict rests on then.
        never: what no audit of this kind can test.
        before: what failed earlier.
        outcomes: by whether it passed.
    """

    opening: str
    tested: str
    names: dict[str, str]
    what: dict[str, str]
    found: dict[str, str]
    surplus: dict[bool, str]
    lower_end: str
    promised: str
    unpromised: str
    too_large: str
    by_asking: str
    not_testable: str
    never: str
    before: str
    outcomes: dict[bool | None, str]
    decimal: str
    thousands: str
    is_danish: bool


DANISH = Phrases(
    opening="Revision af modellen {run}.",
    tested="Afprøvet: {what}.",
    names={
        MEMBERSHIP: "genkendelse af sætninger", EXTRACTION: "sjældne navne og tal", BOUND: "epsilon",
        PROBE: "de tekster, der blev spurgt til",
    },
    what={
        MEMBERSHIP: "om den røber, hvilke sætninger den er trænet på",
        EXTRACTION: "om sjældne navne og tal fra træningsteksten kan lokkes ud af den",
        BOUND: "hvad en tvilling, trænet på samme måde og desuden på sætninger om en tilfældig halvdel af "
               "{num_canaries} opdigtede personer, husker om dem",
        PROBE: "om {num_lines:tekst|tekster}, som nogen har spurgt til, stadig kan lokkes frem",
    },
    found={
        MEMBERSHIP: "Når 1 af 100 andre sætninger mistænkes med urette, genkendes {found} af de trænede (95 %-interval "
                    "{low} til {high}; tilfældigt ville det være 1 %, og grænsen er {allowed}).",
        EXTRACTION: "Af {num_members:sjældent ord|sjældne ord} i træningsteksten gættes {members} helt rigtigt, af "
                    "{num_others} i andre tekster {others};",
        BOUND: "Tvillingens epsilon (hvor meget en enkelt sætning kan ændre modellen; mindre er bedre) er med 95 % "
               "sikkerhed mindst {epsilon}; så mange opdigtede personer kunne højst vise {largest}.",
        PROBE: "Af {num_lines:tekst|tekster} kendes {num_better} bedre end tekster, den aldrig har set; "
               "{num_not_testable} kunne ikke afprøves.",
    },
    surplus={
        True: "{surplus} procentpoint (interval {low} til {high}) skyldes træningen på netop dem, og grænsen er "
              "{allowed} procentpoint.",
        False: "træningen på netop dem ses ikke ({surplus} procentpoint, interval {low} til {high}; grænsen er "
               "{allowed} procentpoint).",
    },
    lower_end="Tallet ligger over grænsen; det er intervallets nedre ende, der afgør, og den ligger ikke over.",
    promised="Lovet er et epsilon på højst {claimed} ved delta {delta} for {unit}.",
    unpromised="Modellen er trænet uden differentiel privathed, så der er ikke lovet noget epsilon.",
    too_large="Et så stort løfte kan så mange opdigtede personer ikke modbevise, så om det holder, er ikke afprøvet; "
              "resultatet hviler på {by_asking}.",
    by_asking="genkendelse af sætninger og på sjældne navne og tal",
    not_testable="Kunne ikke afprøves: {lacking}.",
    never="hvad stærkere angreb end disse ville finde, og hvad grundmodellen vidste i forvejen",
    before="Tidligere ikke bestået af den samme model, og det står ved magt: {failed}.",
    outcomes={True: "Resultat: bestået.", False: "Resultat: ikke bestået ({failed}).",
              None: "Resultat: uafgjort, for det afgørende kunne ikke afprøves."},
    decimal=",", thousands=".", is_danish=True,
)  # fmt: skip

ENGLISH = Phrases(
    opening="Audit of model {run}.",
    tested="Tested: {what}.",
    names={
        MEMBERSHIP: "recognition of sentences", EXTRACTION: "rare names and numbers", BOUND: "epsilon",
        PROBE: "the texts that were asked about",
    },
    what={
        MEMBERSHIP: "whether it betrays which sentences it was trained on",
        EXTRACTION: "whether rare names and numbers of the training text can be got out of it",
        BOUND: "what a twin, trained the same way and also on sentences about a random half of {num_canaries} invented "
               "persons, remembers of them",
        PROBE: "whether {num_lines:text|texts} that somebody asked about can still be got out of it",
    },
    found={
        MEMBERSHIP: "Where 1 of 100 other sentences is wrongly suspected, {found} of the trained ones are recognised "
                    "(95 % interval {low} to {high}; by chance it would be 1 %, and the limit is {allowed}).",
        EXTRACTION: "Of {num_members:rare word|rare words} of the training text {members} are guessed whole, of "
                    "{num_others} in other texts {others};",
        BOUND: "The twin's epsilon (how much a single sentence can change the model; smaller is better) is at least "
               "{epsilon} with 95 % confidence; so many invented persons could show {largest} at most.",
        PROBE: "Of {num_lines:text|texts} {num_better:is|are} known better than texts that it never saw; "
               "{num_not_testable} could not be tested.",
    },
    surplus={
        True: "{surplus} percentage points (interval {low} to {high}) come from training on just these, and the limit "
              "is {allowed} percentage points.",
        False: "training on just these does not show ({surplus} percentage points, interval {low} to {high}; the limit "
               "is {allowed} percentage points).",
    },
    lower_end="The value is above the limit; the lower end of the interval decides, and that is not above.",
    promised="Promised is an epsilon of at most {claimed} at delta {delta} for {unit}.",
    unpromised="The model was trained without differential privacy, so no epsilon is promised.",
    too_large="So large a promise cannot be refuted by so many invented persons, so whether it holds was not tested; "
              "the result rests on {by_asking}.",
    by_asking="recognition of sentences and on rare names and numbers",
    not_testable="Not testable: {lacking}.",
    never="what stronger attacks than these would find, and what the base model knew before",
    before="Not passed earlier by the same model, which still stands: {failed}.",
    outcomes={True: "Result: passed.", False: "Result: not passed ({failed}).",
              None: "Result: undecided, for what decides could not be tested."},
    decimal=".", thousands=",", is_danish=False,
)  # fmt: skip

OF_LANGUAGE_MODEL = (DANISH, ENGLISH)
