"""The register that ships, how sites are found in it, and what a broken register is told."""

import csv
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crawler.register import AREA_LABELS, Register, chosen_sites, read_register
from foundation.errors import ConfigError
from foundation.user_settings import SiteDifference

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "municipalities"


@pytest.fixture(scope="module")
def register() -> Register:
    return read_register(None)


def listed(name: str) -> list[dict[str, str]]:
    if not (SHARED / name).is_file():
        pytest.skip(f"../shared/data/municipalities/{name} is not here")
    with (SHARED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_register_has_98_municipalities_and_8_areas(register: Register) -> None:
    kinds = Counter(site.kind for site in register.sites)
    assert kinds == {"municipality": 98, "area": 8}
    codes = [site.id for site in register.sites if site.kind == "municipality"]
    assert all(isinstance(code, str) and len(code) == 4 and code.isdigit() for code in codes)
    assert sorted(set(codes)) == codes
    regions = Counter(site.region for site in register.sites if site.region)
    assert regions == {
        "Region Hovedstaden": 29, "Region Sjælland": 17, "Region Syddanmark": 22, "Region Midtjylland": 19,
        "Region Nordjylland": 11,
    }  # fmt: skip
    assert {site.id: site.label for site in register.sites if site.kind == "area"} == AREA_LABELS


def test_all_but_four_islands_are_crawled_by_default(register: Register) -> None:
    crawled = Counter(site.kind for site in chosen_sites(register, (), include_all=False))
    assert crawled == {"municipality": 94, "area": 8}
    left_out = {site.name: site.reason for site in register.sites if not site.crawl}
    assert {"Læsø", "Fanø", "Samsø", "Ærø"} == set(left_out)
    assert all(left_out.values())
    assert len(chosen_sites(register, (), include_all=True)) == 106


def test_shipped_register_reaches_no_private_network(register: Register) -> None:
    assert (register.network.resolve, register.network.allow_addresses) == ({}, ())
    assert all(seed.startswith("https://") for site in register.sites for seed in site.seeds)


def test_names_regions_and_hosts_are_those_of_the_published_lists(register: Register) -> None:
    rows = listed("municipalities.csv")
    truth = {row["code"]: (row["name"], row["region"]) for row in rows}
    own = {site.id: (site.name, site.region) for site in register.sites if site.kind == "municipality"}
    assert truth == own
    for row in rows:
        host = row["website"].partition("://")[2].rstrip("/")
        assert host in register.find(row["code"]).hosts, row["name"]


def test_official_names_are_those_of_the_published_lists(register: Register) -> None:
    truth = {row["code"]: row["official_name"] for row in listed("municipalities_extra.csv")}
    assert truth == {site.id: site.official_name for site in register.sites if site.kind == "municipality"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0540", "0540"), ("sønderborg", "0540"), ("Sønderborg", "0540"), ("soenderborg", "0540"),
        ("sonderborg", "0540"), ("Sønderborg Kommune", "0540"), (" SØNDERBORG ", "0540"),
        ("www.sonderborgkommune.dk", "0540"), ("https://sonderborgkommune.dk/", "0540"), ("ærø", "0492"),
        ("aeroe", "0492"), ("århus", "0751"), ("aarhus", "0751"), ("kk.dk", "0101"), ("københavn", "0101"),
        ("kl-boern-og-unge", "kl-boern-og-unge"), ("Børn og unge", "kl-boern-og-unge"),
        ("boern-og-unge", "kl-boern-og-unge"),
    ],
)  # fmt: skip
def test_site_is_found_by_id_name_spelling_and_host(text: str, expected: str, register: Register) -> None:
    assert expected == register.find(text).id


def test_every_site_is_found_by_each_of_its_names(register: Register) -> None:
    for site in register.sites:
        for text in (site.id, site.name, site.official_name, site.name.upper()):
            assert site is register.find(text)
        if site.kind == "municipality":
            assert {site.id} == {register.find(host).id for host in site.hosts}


def test_unknown_site_is_told_the_nearest(register: Register) -> None:
    with pytest.raises(ConfigError, match=r"no site 'sønderbor' .* did you mean Sønderborg.*tvaerkom sites"):
        register.find("sønderbor")


def test_page_belongs_to_the_site_of_its_host_and_path(register: Register) -> None:
    for url, expected in (
        ("https://www.kk.dk/borger", "0101"), ("http://kk.dk/", "0101"), ("https://ond.dk/kk.dk", None),
        ("https://www.kl.dk/boern-og-unge/skole", "kl-boern-og-unge"), ("https://www.kl.dk/", None),
    ):  # fmt: skip
        found = register.site_of_url(url)
        assert expected == (found.id if found else None)


def test_difference_of_the_user_changes_one_site() -> None:
    difference = SiteDifference(crawl=False, excludes=("/arkiv",), delay_s=2.5, reason="asked", date="2026-10-01")  # type: ignore[arg-type]  # YAML gives text too
    changed = read_register(None, {"soenderborg": difference}).find("0540")
    assert (changed.crawl, changed.reason, changed.delay_s) == (False, "asked (2026-10-01)", 2.5)
    assert changed.excludes[-1] == "/arkiv"
    with pytest.raises(ConfigError, match=r"^tvaerkom.yaml: sites.nowhere: no site 'nowhere'"):
        read_register(None, {"nowhere": difference})


def test_named_sites_are_chosen_each_once(register: Register) -> None:
    chosen = chosen_sites(register, ["ærø", "0101", "kk.dk"], include_all=False)
    assert [site.id for site in chosen] == ["0101", "0492"]


def entry(**changes: Any) -> str:
    values = {
        "code": '"9001"', "name": "Nordby", "official_name": "Nordby Kommune", "region": "Region Sjælland",
        "seeds": '["http://nordby.test/"]', "domains": "[nordby.test]",
    }  # fmt: skip
    lines = [f"{key}: {value}" for key, value in (values | changes).items() if value is not None]
    return textwrap.indent("\n".join(lines), "    ").replace("    ", "  - ", 1)


def errors_of(tmp_path: Path, *entries: str, head: str = "", tail: str = "") -> list[str]:
    path = tmp_path / "r.yaml"
    path.write_text(head + "municipalities:\n" + "\n".join(entries) + "\n" + tail)
    with pytest.raises(ConfigError) as caught:
        read_register(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code": "0101"}, '2:11: municipalities.0.code: 0101: a string of four digits, quoted; without quotes YAML '
                           'reads 0101 as the number 65: write "0101"'),
        ({"code": "0849"}, None),
        ({"code": '"849"'}, "2:11: municipalities.0.code: 849: a string of four digits, quoted"),
        ({"code": '"٠١٢٣"'}, "2:11: municipalities.0.code: ٠١٢٣: a string of four digits, quoted"),
        ({"name": '""'}, "3:11: municipalities.0.name: : String should have at least 1 character"),
        ({"name": None}, "2:5: municipalities.0.name: missing"),
        ({"nmae": "x"}, "8:11: municipalities.0.nmae: there is no such key"),
        ({"region": "Nordjylland"}, "5:13: municipalities.0.region: Nordjylland: Input should be 'Region Hovedstaden'"),
        ({"seeds": "[]"}, "6:12: municipalities.0.seeds: Tuple should have at least 1 item"),
        ({"seeds": '["ftp://nordby.test/"]'}, "6:13: municipalities.0.seeds.0: ftp://nordby.test/: an address such as"),
        ({"seeds": '["http://ond.test/"]'}, "the seed http://ond.test/ is on none of the site's domains (nordby.test)"),
        ({"domains": "[Nordby.test]"}, "7:15: municipalities.0.domains.0: Nordby.test: a host in lower case"),
        ({"crawl": "false"}, "crawl: false needs a reason beside it"),
        ({"excludes": '["arkiv/"]'}, "municipalities.0.excludes.0: arkiv/: a host, or the beginning of a path"),
    ],
)  # fmt: skip
def test_error_names_line_key_value_and_what_is_allowed(
    changes: dict[str, str], expected: str | None, tmp_path: Path
) -> None:
    if expected is None:  # PyYAML reads this one as a string: it is no octal number
        (tmp_path / "r.yaml").write_text("municipalities:\n" + entry(**changes))
        assert read_register(tmp_path / "r.yaml").sites[0].id == "0849"
        return
    (line,) = errors_of(tmp_path, entry(**changes))
    assert expected in line


def test_all_errors_of_a_file_come_at_once(tmp_path: Path) -> None:
    lines = errors_of(
        tmp_path, entry(code="0101"), entry(name=None, region="Fyn"), head="network: {resolve: {a.test: here}}\n",
        tail="aeras: []\n",
    )  # fmt: skip
    assert len(lines) == 5
    assert {"1", "3", "9", "11", "14"} == {line.partition(":")[0] for line in lines}


def test_key_given_twice_is_an_error(tmp_path: Path) -> None:
    (line,) = errors_of(tmp_path, entry() + "\n    name: Sydby")
    assert line == "8:5: municipalities.0.name: given twice (first in line 3); keep one"


def test_site_and_host_have_one_entry(tmp_path: Path) -> None:
    (line,) = errors_of(tmp_path, entry(), entry())
    assert "given more than once: 9001" in line
    (line,) = errors_of(tmp_path, entry(), entry(code='"9002"'))
    assert "nordby.test belongs to both 9001 and 9002" in line


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("{resolve: {nordby.test: 127.0.0.1}}", "an address and a port, such as 127.0.0.1:8080"),
        ('{resolve: {nordby.test: "localhost:80"}}', "an address and a port"),
        ('{resolve: {nordby.test: "127.0.0.1:99999"}}', "an address and a port"),
        ("{allow_addresses: [127.0.0.1/8]}", "has host bits set"),
        ("{allow_addresses: [here]}", "does not appear to be an IPv4 or IPv6 network"),
        ("{proxy: x}", "there is no such key"),
    ],
)
def test_network_is_checked(network: str, expected: str, tmp_path: Path) -> None:
    (line,) = errors_of(tmp_path, entry(), head=f"network: {network}\n")
    assert expected in line and line.startswith("1:")


def test_area_needs_its_label_and_a_path(tmp_path: Path) -> None:
    area = "areas:\n  - id: kl-boern-og-unge\n    label: {}\n    seeds: ['http://kl.test/b/']\n    domains: [kl.test]\n"
    (line,) = errors_of(tmp_path, entry(), tail=area.format("Børn"))
    assert "the label of kl-boern-og-unge is 'Børn og unge'" in line
    (line,) = errors_of(tmp_path, entry(), tail=area.format("Børn og unge"))
    assert "without them it is the whole host" in line


def test_register_that_is_missing_or_no_yaml_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    with pytest.raises(ConfigError, match=r"r.yaml: cannot be read \(No such file or directory\)"):
        read_register(path)
    path.write_text("municipalities: [")
    with pytest.raises(ConfigError, match=r"r.yaml:1:18: not YAML: "):
        read_register(path)
    path.write_bytes("municipalities: [{name: Ærø}]".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"r.yaml: not UTF-8 at byte 24; save the file as UTF-8"):
        read_register(path)


def test_site_that_the_user_bars_is_never_visited() -> None:
    difference = SiteDifference(crawl=False, reason="asked us to stay away", date="2026-10-01")  # type: ignore[arg-type]  # YAML gives text too
    register = read_register(None, {"sønderborg": difference})
    assert "0540" not in {site.id for site in chosen_sites(register, (), include_all=True)}
    with pytest.raises(ConfigError, match=r"Sønderborg is crawl: false in tvaerkom.yaml \(asked us to stay away"):
        chosen_sites(register, ("0540",), include_all=False)
    assert [site.name for site in chosen_sites(register, ("læsø",), include_all=False)] == ["Læsø"]
