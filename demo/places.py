"""Who lives in Kommuneby: invented municipalities, KL's eight areas, and the names of houses and streets.

In: a number of municipalities. Out: `PretendSite` records, always the same ones in the same order.
No name here is that of a real municipality.
"""

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from demo.chance import chance

DOMAIN = "kommuneby.test"
KL_ID = "kl"

NAMES: tuple[str, ...] = (
    "Nordby", "Ørholm", "Sandvig", "Ålsund", "Bøgelund", "Kærsted", "Æblerød", "Lindehavn", "Storvang",
    "Møllerup", "Vesterå", "Fuglsø", "Tornbjerg", "Gråsten Havn", "Elmedal", "Sønderlund", "Hvidklit",
    "Rævebæk", "Engholm", "Kildeby", "Skovrød", "Østervig", "Birkenæs", "Højstrup", "Lærkedal",
    "Mosevad", "Strandlev", "Tværsø", "Uglerup", "Vindeballe", "Ydby Strand", "Åbølling", "Ådum Kær",
    "Almevig", "Askhøj", "Bakkerup", "Brogård", "Dybvad Sund", "Egeskær", "Fjordlev", "Galtebæk",
    "Gyvelhøj", "Hareskær", "Hasselvig", "Humlerup", "Hybenlev", "Isager", "Jernvad", "Kalkerup",
    "Klitby", "Kløverlund", "Knastrup", "Korsbæk Nor", "Kragevig", "Lyngsø", "Langrød", "Liljesund",
    "Lodbæk", "Maglehøj", "Marehavn", "Myrup", "Nattergal", "Nederby", "Nøddelund", "Odderbæk",
    "Overvang", "Pilehavn", "Præstelev", "Ravnkilde Sø", "Rosenvad", "Rugbjerg", "Rørvang", "Sivkær",
    "Skarrebæk", "Smedelund", "Snerlerup", "Solvig", "Stenlev", "Stærebjerg", "Svanevig", "Søndersted",
    "Tangby", "Tjørnehøj", "Tranekær Nor", "Ulvedal", "Valmuerød", "Vibekær", "Viersted", "Vildnæs",
    "Voldby Å", "Ærtebjerg", "Øksenvad", "Ørnevig", "Årup Hede",
)  # fmt: skip

REGIONS = (
    "Region Nordjylland",
    "Region Midtjylland",
    "Region Syddanmark",
    "Region Sjælland",
    "Region Hovedstaden",
)

KL_AREAS: tuple[tuple[str, str], ...] = (
    ("kl-beskaeftigelse-og-integration", "Beskæftigelse og integration"),
    ("kl-boern-og-unge", "Børn og unge"),
    ("kl-erhverv-og-turisme", "Erhverv og turisme"),
    ("kl-klima-teknik-og-miljoe", "Klima, teknik og miljø"),
    ("kl-kultur-og-fritid", "Kultur og fritid"),
    ("kl-socialomraadet", "Socialområdet"),
    ("kl-sundhed-og-aeldre", "Sundhed og ældre"),
    ("kl-oekonomi-og-administration", "Økonomi og administration"),
)

_FIRST = (
    "Sol", "Bøge", "Ege", "Linde", "Birke", "Skov", "Eng", "Mose", "Kilde", "Bakke", "Strand", "Fjord",
    "Lærke", "Svale", "Stære", "Ræve", "Hare", "Hassel", "Pile", "Elle", "Rose", "Kløver", "Lyng",
    "Klit", "Dal", "Vester", "Øster", "Nørre", "Sønder", "Kirke", "Mølle", "Smede", "Præste", "Vind",
    "Stjerne", "Måne", "Regnbue", "Æble", "Pære", "Kirsebær", "Hyben", "Tjørne", "Enebær", "Fugle",
    "Havre", "Rug", "Valmue", "Viol",
)  # fmt: skip
_LAST = (
    "høj", "gården", "lund", "vang", "bakken", "engen", "haven", "dalen", "bo", "hus", "marken",
    "toften", "krogen", "stien", "brinken", "skrænten", "lunden", "holm", "næs", "vænget", "pladsen",
    "kær", "hegnet", "kvarteret",
)  # fmt: skip
_WINGS = ("", " Nord", " Syd", " Øst", " Vest")
_STREET_ENDS = ("vej", "gade", "allé", "stræde", "svinget", "parken")
_PROJECT_FIRST = (
    "Fælles", "Stærke", "Nye", "Trygge", "Grønne", "Nære", "Åbne", "Klare", "Levende", "Enkle", "Bedre",
    "Hele", "Tætte", "Lokale", "Sikre", "Gode",
)  # fmt: skip
_PROJECT_LAST = (
    "Veje", "Rammer", "Overgange", "Fællesskaber", "Løsninger", "Skridt", "Forløb", "Samarbejder", "Mål",
    "Perspektiver", "Broer", "Bånd", "Greb", "Indsatser", "Valg", "Horisonter",
)  # fmt: skip

_ASCII: Mapping[int, str] = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e"}
)


class SiteKind(enum.StrEnum):
    MUNICIPALITY = "municipality"
    AREA = "area"


@dataclass(frozen=True, kw_only=True)
class PretendSite:
    """One municipality, or one area of KL (then `prefix` is its part of KL's host)."""

    id: str
    name: str
    region: str
    kind: SiteKind
    host: str
    apex_host: str
    address: str
    prefix: str = "/"
    index: int
    scheme: str = "http"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def root(self) -> str:
        return f"{self.origin}{self.prefix}"


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, in the Danish manner (ø becomes oe)."""
    letters = "".join(c if c.isascii() and c.isalnum() else " " for c in text.lower().translate(_ASCII))
    return "-".join(letters.split())


def municipalities(num_municipalities: int) -> tuple[PretendSite, ...]:
    """The first so many municipalities.

    Raises:
        ValueError: more than there are names, or none.
    """
    if not 1 <= num_municipalities <= len(NAMES):
        raise ValueError(f"num_municipalities is {num_municipalities}: 1 to {len(NAMES)} can be made")
    return tuple(_municipality(index) for index in range(num_municipalities))


def _municipality(index: int) -> PretendSite:
    apex = f"{slug(NAMES[index])}.{DOMAIN}"
    # The sixth municipality lives with the fifth: two hosts behind one address, as with a hosting vendor.
    address_number = 5 if index == 5 else index + 1
    return PretendSite(
        id=str(9001 + index),
        name=NAMES[index],
        region=REGIONS[index % len(REGIONS)],
        kind=SiteKind.MUNICIPALITY,
        host=f"www.{apex}",
        apex_host=apex,
        address=f"127.0.1.{address_number}",
        index=index,
    )


def kl_areas() -> tuple[PretendSite, ...]:
    """The eight areas; they share one host and one address, the one after the last municipality's."""
    apex = f"{KL_ID}.{DOMAIN}"
    return tuple(
        PretendSite(
            id=area_id,
            name=label,
            region="",
            kind=SiteKind.AREA,
            host=f"www.{apex}",
            apex_host=apex,
            address=f"127.0.1.{len(NAMES) + 1}",
            prefix=f"/{area_id.removeprefix('kl-')}/",
            index=index,
        )
        for index, (area_id, label) in enumerate(KL_AREAS)
    )


def _spread(number: int, size: int, *key: str | int) -> int:
    """Map 0, 1, 2 ... onto a pretended shuffle of the same numbers, without ever listing them."""
    start, step = _stride(size, *key)
    return (start + step * number) % size


@lru_cache(maxsize=4096)
def _stride(size: int, *key: str | int) -> tuple[int, int]:
    rng = chance("spread", *key)
    step = rng.randrange(size // 3, size)
    while math.gcd(step, size) != 1:
        step += 1
    return rng.randrange(size), step


def house_name(number: int, *key: str | int) -> str:
    """The name of the number-th house of its kind; different numbers below 5,760 give different names."""
    size = len(_FIRST) * len(_LAST)
    place = _spread(number % size, size, *key)
    wing = number // size
    tail = _WINGS[wing] if wing < len(_WINGS) else f" {wing + 1}"
    return _FIRST[place // len(_LAST)] + _LAST[place % len(_LAST)] + tail


def project_name(number: int, *key: str | int) -> str:
    size = len(_PROJECT_FIRST) * len(_PROJECT_LAST)
    place = _spread(number % size, size, *key)
    tail = f" {number // size + 1}" if number >= size else ""
    return f"{_PROJECT_FIRST[place // len(_PROJECT_LAST)]} {_PROJECT_LAST[place % len(_PROJECT_LAST)]}{tail}"


def street_name(*key: str | int) -> str:
    rng = chance("street", *key)
    return rng.choice(_FIRST) + rng.choice(_STREET_ENDS)
