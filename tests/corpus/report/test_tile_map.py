"""The map of squares: every municipality, each on its own tile, neighbours near each other."""

import re
from pathlib import Path

import pytest
import yaml

from corpus.report.tile_map import FIRST_EASTERN_COLUMN, LABELS, TILES

REGISTER = Path(__file__).parents[3] / "municipalities.yaml"
NAMES = {entry["code"]: entry["name"] for entry in yaml.safe_load(REGISTER.read_text())["municipalities"]}
CODES = {name: code for code, name in NAMES.items()}
# Municipalities that share a border on land, from each part of the country.
NEIGHBOURS = re.findall(
    r"\S+",
    """
Hjørring/Frederikshavn Hjørring/Brønderslev Jammerbugt/Brønderslev Jammerbugt/Thisted Jammerbugt/Aalborg
Vesthimmerlands/Rebild Rebild/Aalborg Rebild/Mariagerfjord Mariagerfjord/Randers Lemvig/Struer Struer/Holstebro
Skive/Viborg Viborg/Silkeborg Favrskov/Randers Favrskov/Aarhus Norddjurs/Syddjurs Syddjurs/Aarhus Aarhus/Skanderborg
Aarhus/Odder Herning/Holstebro Herning/Ringkøbing-Skjern Herning/Ikast-Brande Varde/Esbjerg Vejle/Hedensted
Vejle/Kolding Kolding/Haderslev Kolding/Vejen Haderslev/Aabenraa Aabenraa/Sønderborg Aabenraa/Tønder Horsens/Odder
Odense/Assens Odense/Kerteminde Odense/Nordfyns Odense/Faaborg-Midtfyn Assens/Middelfart Svendborg/Nyborg
Helsingør/Gribskov Helsingør/Fredensborg Gribskov/Halsnæs Halsnæs/Frederikssund Allerød/Hillerød Allerød/Rudersdal
Egedal/Ballerup Furesø/Herlev Gladsaxe/Lyngby-Taarbæk Gentofte/København København/Frederiksberg København/Tårnby
Tårnby/Dragør Rødovre/Hvidovre Brøndby/Vallensbæk Ishøj/Greve Greve/Solrød Roskilde/Lejre Roskilde/Køge
Holbæk/Odsherred Holbæk/Kalundborg Slagelse/Sorø Slagelse/Næstved Ringsted/Køge Køge/Stevns Faxe/Vordingborg
Lolland/Guldborgsund
""",
)


def test_every_municipality_of_the_register_has_a_tile_and_a_label() -> None:
    assert set(TILES) == set(LABELS) == set(NAMES)


def test_no_two_stand_on_one_tile() -> None:
    assert len(set(TILES.values())) == len(TILES) == 98


def test_labels_are_short_and_distinct() -> None:
    assert len(set(LABELS.values())) == 98
    assert [label for label in LABELS.values() if len(label) > 4] == []


@pytest.mark.parametrize("code", sorted(LABELS))
def test_a_label_is_made_of_letters_of_its_name_in_their_order(code: str) -> None:
    letters = iter(NAMES[code].lower())
    assert all(letter in letters for letter in LABELS[code].lower())
    assert LABELS[code][0] == NAMES[code][0]


@pytest.mark.parametrize("pair", NEIGHBOURS)
def test_neighbours_stand_near_each_other(pair: str) -> None:
    first, second = pair.split("/")
    (column, row), (other_column, other_row) = TILES[CODES[first]], TILES[CODES[second]]
    assert max(abs(column - other_column), abs(row - other_row)) <= 1


@pytest.mark.parametrize("name", ["Læsø", "Samsø", "Bornholm"])
def test_islands_far_out_stand_alone(name: str) -> None:
    column, row = TILES[CODES[name]]
    beside = {(column - 1, row), (column + 1, row), (column, row - 1), (column, row + 1)}
    assert beside & set(TILES.values()) == set()


def test_bornholm_is_far_right_and_zealand_east_of_the_rest() -> None:
    assert max(TILES, key=lambda code: TILES[code][0]) == CODES["Bornholm"]
    eastern = {code for code, (column, _row) in TILES.items() if column >= FIRST_EASTERN_COLUMN}
    assert eastern == {code for code in TILES if code < "0410"}  # Hovedstaden and Sjælland
