"""The register finds every host of the web and nothing beyond loopback."""

import ipaddress

import yaml

from demo.kommuneby import make_web
from demo.register import register_text


def test_register_lists_each_site_with_its_host_and_address() -> None:
    web = make_web(num_municipalities=7)
    register = yaml.safe_load(register_text(web, port=8123))
    assert list(register) == ["network", "municipalities", "areas"]
    assert (len(register["municipalities"]), len(register["areas"])) == (7, 8)
    resolve = register["network"]["resolve"]
    assert {host for site in web.sites for host in (site.host, site.apex_host)} == set(resolve)
    assert "127.0.1.1:8123" == resolve["nordby.kommuneby.test"] == resolve["www.nordby.kommuneby.test"]
    assert len({resolve[site.host] for site in web.sites}) == 7, "two municipalities share one address, KL has its own"
    for place in resolve.values():
        address, _, port = place.partition(":")
        assert ipaddress.ip_address(address) in ipaddress.ip_network("127.0.1.0/24")
        assert port == "8123"


def test_municipality_and_area_have_the_fields_of_the_register() -> None:
    register = yaml.safe_load(register_text(make_web(num_municipalities=2), port=1))
    assert register["municipalities"][1] == {
        "code": "9002",
        "name": "Ørholm",
        "official_name": "Ørholm Kommune",
        "region": "Region Midtjylland",
        "seeds": ["http://www.oerholm.kommuneby.test/"],
        "domains": ["oerholm.kommuneby.test"],
        "aliases": [],
        "excludes": [],
    }
    assert register["areas"][1] == {
        "id": "kl-boern-og-unge",
        "label": "Børn og unge",
        "seeds": ["http://www.kl.kommuneby.test/boern-og-unge/"],
        "domains": ["kl.kommuneby.test"],
        "prefixes": ["/boern-og-unge/"],
    }
