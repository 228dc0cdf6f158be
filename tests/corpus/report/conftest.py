"""A made-up report of the whole register, calm or full of texts that want to run."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from corpus.report.tile_map import TILES

REGISTER = Path(__file__).parents[3] / "municipalities.yaml"
QUARTERS = [f"{year}Q{number}" for year in (2025, 2026) for number in (1, 2, 3, 4)]
LENGTH_EDGES = [8, 10, 12, 14, 16, 18, 20, 25, 30, 40]
SCORE_EDGES = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98]

LARGE = {"0101": 4.1, "0751": 3.2, "0461": 2.4, "0851": 2.6}

HOSTILE = (
    "</script><script>window.harmed = 1</script>",
    '<img src=x onerror="window.harmed = 1">',
    "<!--<script>window.harmed = 1",
    "linjeskift\u2028og afsnit\u2029 midt i en tekst",
    "\u202eksednab i tsket\u202c med mærker for højre mod venstre \u200f",
    "speciallægepraksisplanlægningsstabiliseringsperiode" * 4,
    "{{ 7 * 7 }} {% raw %} ${window.harmed = 1} '\"`",
    "&lt;script&gt;window.harmed = 1&lt;/script&gt;",
)
HOSTILE_URL = "javascript:window.harmed=1"

SENTENCES = (
    "Du kan søge om boligstøtte hos Udbetaling Danmark, hvis du bor til leje i {name}.",
    "Genbrugspladsen i {name} har åbent alle dage fra kl. 10 til 18, også på helligdage.",
    "Byrådet vedtog den 24. september lokalplan {number} for området ved havnen.",
    "Kontakt pladsanvisningen senest tre måneder før dit barn skal starte i dagpleje.",
    "Hjemmeplejen hjælper dig med at komme op om morgenen, hvis du ikke selv kan.",
    "Vinterens saltning af cykelstier i {name} begynder, når vejen kan fryse til is.",
    "Du har ret til at få en anden beslutning prøvet i Ankestyrelsen inden fire uger.",
    "Skolebestyrelsen holder {number} møder om året, og referaterne ligger på skolens side.",
    "Fra den 1. januar skal alle husstande i {name} sortere deres affald i ti slags.",
    "Biblioteket låner bøger, spil og musikinstrumenter ud til alle borgere over 15 år.",
    "Jobcentret hjælper virksomheder i {name} med at finde nye medarbejdere.",
    "Den, der vil bygge en carport på over 50 kvadratmeter, skal søge om byggetilladelse.",
)
FRAGMENTS = ("Læs mere om {name}", "Selvbetjening", "Åbningstider i {name}", "Se kortet her", "Find blanketten")
PLACES = ("borger/bolig", "borger/boern-og-unge", "politik/udvalg", "erhverv/byggeri", "kultur/biblioteker", "nyheder")

DROPPED = {
    "fetched": (("page", "http_status", 0.09), ("page", "not_html", 0.012), ("page", "soft_404", 0.008),
                ("page", "reserved_page", 0.006), ("page", "people_list", 0.011), ("page", "cpr_on_page", 0.0004)),
    "pages": (("document", "duplicate_document", 0.062), ("document", "near_duplicate_document", 0.018),
              ("document", "no_sentences", 0.04), ("document", "document_other_language", 0.015)),
    "met": (("sentence", "few_words", 0.44), ("sentence", "contact_data", 0.02),
            ("sentence", "few_function_words", 0.031), ("sentence", "sentence_other_language", 0.009),
            ("sentence", "many_words", 0.006), ("sentence", "cut_off", 0.004), ("sentence", "many_capitals", 0.003)),
    "passed": (("sentence", "duplicate_sentence", 0.31), ("sentence", "near_duplicate_sentence", 0.09),
               ("sentence", "near_duplicate_across_split", 0.002)),
}  # fmt: skip


class Maker:
    """Draws one report; each site's numbers hang on the seed alone."""

    def __init__(self, *, is_hostile: bool) -> None:
        self.is_hostile = is_hostile
        self.chance = random.Random(7)
        register = yaml.safe_load(REGISTER.read_text(encoding="utf-8"))
        self.municipalities, self.areas = register["municipalities"], register["areas"]
        self.unlike = {
            "0741": "missing", "0813": "dead", "0360": "blocked", "0671": "partial", "0265": "look", "0630": "look",
            "0479": "carried", "0773": "thin", "0155": "robots-closed", "0825": "not-crawled", "0492": "not-crawled",
            "0563": "not-crawled",
        }  # fmt: skip

    def report(self) -> dict[str, Any]:
        sites = [self.municipality(each) for each in self.municipalities]
        sites += [self.area(each) for each in self.areas]
        if self.is_hostile:
            sites.append(self.site("x-arkiv.example.dk", HOSTILE[0], "archive", None, None))
        totals, before = _sum([s["totals"] for s in sites]), _sum([s["before"] for s in sites if s["before"]])
        there = [site for site in sites if site["totals"]["sentences"]]
        return {
            "format": 1,
            "corpus": {
                "name": "2026Q4", "quarter": "2026Q4", "citation": "tvaerkom-2026Q4.0+d2b06f51937c",
                "id": "corpus-2026Q4-d2b06f51937c", "revision": 1, "snapshot": "snapshot-2026Q4-6e51620e0816",
                "software": "0.1.0",
            },
            "before": {
                "name": "2026Q3", "citation": "tvaerkom-2026Q3.0+51c0de77ab02",
                "settings_that_differ": ["min_words"], "software_that_differs": ["trafilatura"],
            },
            "follows": "2026Q3",
            "changed_settings": [{"key": "min_words", "value": "6", "default": "8"}],
            "totals": totals, "totals_before": before,
            "warnings": list(self.warnings(sites)),
            "coverage": {"num_registered": 106, "num_with_text": len(there), "groups": self.groups(sites)},
            "funnel": _joined([site["funnel"] for site in sites]),
            "lengths": {
                "edges": LENGTH_EDGES, "counts": _added([s["lengths"] for s in sites]),
                "before": [round(number * 0.97) + 40 for number in _added([s["lengths"] for s in sites])],
            },
            "document_lengths": {
                "edges": [1, 2, 5, 10, 20, 50, 100], "counts": [8120, 19430, 28800, 24100, 11020, 3100, 410],
                "before": None,
            },
            "scores": {
                "edges": SCORE_EDGES, "counts": _added([s["scores"] for s in sites]),
                "before": [round(number * 0.98) for number in _added([s["scores"] for s in sites])],
            },
            "near_duplicates": {
                "sentences": {"within": 301_202, "across": 88_410}, "documents": {"within": 2_140, "across": 311},
            },
            "duplicates": {
                "sentences": {"within": 1_022_310, "across": 412_007}, "documents": {"within": 6_901, "across": 48},
            },
            "freshness": {
                "quarters": QUARTERS,
                "first_seen": _added([s["first_seen"] for s in sites]),
                "last_changed": _added([s["last_changed"] for s in sites]),
                "sentences": [round(number * 27.4) for number in _added([s["first_seen"] for s in sites])],
            },
            "words": {
                "num_distinct": 812_345, "num_new": 2_345,
                "new": [{"word": word, "count": count, "num_sites": num} for word, count, num in (
                    ("ældreloven", 412, 88), ("helhedspleje", 208, 61), ("klimatilpasningsplan", 160, 44),
                    ("minkafgift", 71, 12), ("trepartsaftale", 66, 38), ("naturnationalpark", 51, 9))],
                "num_vanished": 1_102,
                "vanished": [{"word": word, "count": count} for word, count in (
                    ("coronapas", 190), ("testcenter", 144), ("hastighedsforsøg", 37))],
            },
            "personal_data": [
                {"kind": kind, "count": count, "num_sites": num} for kind, count, num in (
                    ("email", 48_211, 101), ("phone", 61_902, 102), ("account", 212, 41), ("cpr", 14, 6),
                    ("bare_cpr", 9, 4))
            ],
            "regions": [_part(name, [s for s in sites if s["region"] == name]) for name in dict.fromkeys(
                s["region"] for s in sites if s["region"])],
            "areas": [_part(s["area"], [s]) for s in sites if s["area"]],
            "comparison": {
                "pages": _added_by_key([s["pages"] for s in sites if s["pages"]]),
                "sentences": {
                    "kept": round(totals["sentences"] * 0.89),
                    "new": {"site": 91_040, "ours": 18_020, "erasure": 0, "elsewhere": 9_120},
                    "gone": {"site": 72_310, "ours": 4_011, "erasure": 212, "elsewhere": 8_870},
                },
                "knows_bytes": True, "num_look": sum(site["verdict"] == "look" for site in sites),
            },
            "sites": sites,
            "tiles": [{"site": s["site"], "column": TILES[s["site"]][0], "row": TILES[s["site"]][1]}
                      for s in sites if s["site"] in TILES],
        }  # fmt: skip

    def municipality(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        return self.site(entry["code"], entry["name"], "municipality", entry["region"], None)

    def area(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        return self.site(entry["id"], "KL: " + entry["label"], "area", None, entry["label"])

    def site(self, site: str, name: str, kind: str, region: str | None, area: str | None) -> dict[str, Any]:
        unlike = self.unlike.get(site)
        size = self.chance.lognormvariate(6.9, 0.4) * (0.35 if kind == "area" else LARGE.get(site, 1.0))
        size *= {"missing": 0, "not-crawled": 0, "dead": 0, "thin": 0.02}.get(unlike or "", 1.0)
        steps = self.funnel(round(size))
        totals = _totals(steps)
        was_there = unlike not in ("missing", "not-crawled")
        growth = 0.62 if unlike == "look" else self.chance.gauss(1.03, 0.06)
        before = _shrunk(totals, growth) if size else _totals(self.funnel(900)) if was_there else None
        state = unlike if unlike in ("missing", "dead", "blocked", "partial", "robots-closed", "not-crawled") else None
        num = totals["documents"]
        is_look = unlike == "look"
        return {
            "site": site, "name": name, "kind": kind, "region": region, "area": area,
            "state": state or "complete",
            "freshness": None if not was_there else "absent" if unlike == "dead"
            else "carried" if unlike in ("carried", "blocked", "robots-closed") else "fresh",
            "reason": "one of the four smallest, left out on purpose" if unlike == "not-crawled" else None,
            "is_thin": unlike == "thin", "reservation": None,
            "totals": totals, "before": before,
            "verdict": None if not was_there else "look" if is_look or unlike in ("dead", "carried") else "usual",
            "verdict_reasons": [
                {"kind": "pages_gone", "numbers": {"share": 0.41, "usual": 0.03}},
                {"kind": "length_shift", "numbers": {"before": 14.1, "after": 18.3}},
            ] if is_look else [{"kind": "not_fresh", "numbers": {}}] if unlike in ("dead", "carried") else [],
            "pages": {"kept": round(num * 0.7), "new": round(num * 0.09), "gone": round(num * 0.05),
                      "changed": round(num * 0.17), "ours": round(num * 0.02), "erased": 1 if site == "0101" else 0,
                      "absent": 640 if unlike == "dead" else 0}
            if was_there else None,
            "sentences": {
                "kept": round(totals["sentences"] * 0.89),
                "new": {"site": num, "ours": num // 9, "erasure": 0, "elsewhere": num // 7},
                "gone": {"site": num, "ours": num // 20, "erasure": 3 if site == "0101" else 0, "elsewhere": num // 8},
            } if was_there else None,
            "funnel": steps if totals["pages"] else [],
            "examples_dropped": [
                {"level": level, "reason": reason,
                 "texts": [self.example(name, is_fragment=reason == "few_words") for _ in range(3)]}
                for losses in DROPPED.values() for level, reason, _share in losses
                if level != "page" and totals["sentences"]
            ],
            "examples_kept": [self.example(name) for _ in range(3)] if totals["sentences"] else [],
            "boilerplate": {
                "number": num // 3,
                "examples": [{"text": text, "num_pages": max(num - 40 * i, 1)} for i, text in enumerate(
                    (f"{name} Kommune", "Spring til indhold", "Abonnér på nyheder", "Tilgængelighedserklæring",
                     "Var siden nyttig?", "Del siden", "Sidst opdateret", "Gå til toppen"))] if num else [],
            },
            "personal_data": [{"kind": "email", "count": num // 3 + 1}, {"kind": "phone", "count": num // 2 + 1}]
            if num else [],
            "lengths": self.spread(totals["sentences"], (5, 9, 14, 18, 17, 13, 14, 6, 3, 1)),
            "scores": self.spread(totals["sentences"], (1, 1, 2, 2, 3, 6, 12, 73)),
            "first_seen": self.spread(num, (52, 6, 7, 5, 8, 7, 6, 9)),
            "last_changed": self.spread(num, (14, 9, 8, 9, 11, 12, 15, 22)),
            "near_duplicates": {"within": num // 2, "across": num // 11},
            "mean_words": round(self.chance.uniform(13.2, 17.0), 1) if num else None,
            "mean_words_before": round(self.chance.uniform(13.2, 17.0), 1) if before else None,
        }  # fmt: skip

    def funnel(self, fetched: int) -> list[dict[str, Any]]:
        steps = []
        number = fetched
        for key in ("fetched", "pages", "documents", "met", "passed", "sentences"):
            if key == "met":
                number = round(number * self.chance.uniform(44, 70))
            lost = [
                {"level": level, "reason": reason, "number": round(number * share * self.chance.uniform(0.6, 1.4))}
                for level, reason, share in DROPPED.get(key, ())
            ]
            lost = sorted((each for each in lost if each["number"]), key=lambda each: -int(str(each["number"])))
            blocks = [{"level": "block", "reason": "bare_cpr_in_block", "number": fetched // 400}]
            is_with_blocks = key == "documents" and fetched >= 400
            steps.append({"key": key, "number": number, "lost": lost + blocks if is_with_blocks else lost})
            number -= sum(int(str(each["number"])) for each in lost)
        return steps

    def example(self, name: str, *, is_fragment: bool = False) -> dict[str, str]:
        place = self.chance.choice(PLACES)
        url = f"https://www.{_host(name)}.example.dk/{place}/{self.chance.randrange(9999)}/laes-mere-om-ordningen"
        if self.is_hostile and self.chance.random() < 0.3:
            return {"text": self.chance.choice(HOSTILE), "url": self.chance.choice((url, HOSTILE_URL))}
        text = self.chance.choice(FRAGMENTS if is_fragment else SENTENCES)
        return {"text": text.format(name=name, number=self.chance.randrange(3, 90)), "url": url}

    def spread(self, number: int, weights: tuple[int, ...]) -> list[int]:
        shares = [weight * self.chance.uniform(0.8, 1.2) for weight in weights]
        return [round(number * share / sum(shares)) for share in shares]

    def warnings(self, sites: list[dict[str, Any]]) -> Any:
        for kind in ("missing", "dead", "blocked", "carried", "partial", "robots-closed", "look", "thin"):
            for site in sites:
                if self.unlike.get(site["site"]) == kind:
                    numbers = {"pages": 21} if kind == "thin" else {}
                    text = None
                    if kind == "look":
                        numbers, text = {"share": 0.41, "usual": 0.03}, "pages_gone"
                    yield {"kind": kind, "site": site["site"], "name": site["name"], "numbers": numbers, "text": text}
        yield {"kind": "damaged_records", "site": "0751", "name": "Aarhus", "numbers": {"pages": 4}, "text": None}
        yield {"kind": "settings_differ", "site": None, "name": None, "numbers": {}, "text": None}
        yield {"kind": "software_differs", "site": None, "name": None, "numbers": {}, "text": None}

    def groups(self, sites: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kinds = {kind.replace("-crawled", "_crawled"): kind for kind in sorted(set(self.unlike.values()) - {"look"})}
        return [
            {"kind": key, "sites": [{"site": site["site"], "name": site["name"], "reason": site["reason"]}
                                    for site in sites if self.unlike.get(site["site"]) == kind]}
            for key, kind in kinds.items()
        ]  # fmt: skip


def _host(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum() and sign.isascii())[:30] or "arkiv"


def _totals(steps: list[dict[str, Any]]) -> dict[str, Any]:
    number = {step["key"]: step["number"] for step in steps}
    sentences = number["sentences"]
    return {
        "pages": number["pages"], "documents": number["documents"], "sentences": sentences,
        "train": sentences - sentences // 50, "validation": sentences // 50, "words": round(sentences * 15.4),
        "tokens": None, "occurrences": number["passed"],
        "unique_share": round(sentences / number["passed"], 3) if number["passed"] else 0.0,
    }  # fmt: skip


def _shrunk(totals: dict[str, Any], growth: float) -> dict[str, Any]:
    """What a site had before it grew so."""
    as_is = {key: totals[key] for key in ("unique_share", "tokens")}
    return {key: round(number / growth) for key, number in totals.items() if key not in as_is} | as_is


def _sum(totals: list[dict[str, Any]]) -> dict[str, Any]:
    summed = _added_by_key(totals)
    return summed | {"unique_share": round(summed["sentences"] / max(summed["occurrences"], 1), 3)}


def _added_by_key(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: None if rows[0][key] is None else sum(row[key] for row in rows) for key in rows[0]}


def _added(rows: list[list[int]]) -> list[int]:
    return [sum(numbers) for numbers in zip(*rows, strict=True)]


def _part(name: str, sites: list[dict[str, Any]]) -> dict[str, Any]:
    before = [site["before"] for site in sites if site["before"]]
    return {"name": name, "num_sites": len(sites), "totals": _sum([site["totals"] for site in sites]),
            "before": _sum(before) if before else None}  # fmt: skip


def _joined(funnels: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    joined = []
    for steps in zip(*[funnel for funnel in funnels if funnel], strict=True):
        lost: dict[tuple[str, str], int] = {}
        for each in (each for step in steps for each in step["lost"]):
            key = each["level"], each["reason"]
            lost[key] = lost.get(key, 0) + each["number"]
        joined.append({
            "key": steps[0]["key"], "number": sum(step["number"] for step in steps),
            "lost": [{"level": level, "reason": reason, "number": number}
                     for (level, reason), number in sorted(lost.items(), key=lambda item: -item[1])],
        })  # fmt: skip
    return joined


MakeReport = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def make_report() -> MakeReport:
    """`make_report(is_hostile=True)`: 106 sites whose pages, and one name, hold texts that want to run."""

    def make(*, is_hostile: bool = False) -> dict[str, Any]:
        return Maker(is_hostile=is_hostile).report()

    return make
