"""The register that lets a crawler find Kommuneby on this machine: a `Web` and its ports in, YAML text out.

The form is that of municipalities.yaml; nothing is read and nothing is written to disk.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from demo.hostile_addresses import METADATA
from demo.places import PretendSite, SiteKind
from demo.web import Web

CANARY_TARGETS = {METADATA: "127.0.2.1", "127.0.0.1": "127.0.0.1"}


def register_text(web: Web, *, port: int, tls_port: int = 0) -> str:
    """Write the register; `resolve` sends every host, with and without www, to its loopback address.

    Args:
        tls_port: where https is served; 0 where it is not.
    """
    resolve = dict(_resolved(web, port, ""))
    if tls_port:
        resolve |= dict(_resolved(web, tls_port, ":443"))
    if web.cases:
        resolve |= {address: f"{target}:{port}" for address, target in CANARY_TARGETS.items()}
    register = {
        "network": {"resolve": resolve, "allow_addresses": ["127.0.1.0/24"]},
        "municipalities": [_municipality(web, site) for site in web.sites if site.kind is SiteKind.MUNICIPALITY],
        "areas": [_area(site) for site in web.sites if site.kind is SiteKind.AREA],
    }
    return yaml.safe_dump(register, allow_unicode=True, sort_keys=False, width=110)


def _resolved(web: Web, port: int, suffix: str) -> Iterator[tuple[str, str]]:
    """Every host, as curl's --resolve has it: without a port for all, with `:443` for https alone."""
    for site in web.sites:
        case = web.cases.get(site.host)
        twins = (site.host, site.apex_host, f"www.{site.apex_host}")  # a register takes a domain for both
        addresses = dict.fromkeys(twins, "") | dict(case.other_hosts if case else {})
        for host, address in addresses.items():
            yield f"{host}{suffix}", f"{address or site.address}:{port}"


def _municipality(web: Web, site: PretendSite) -> dict[str, Any]:
    case = web.cases.get(site.host)
    return {
        "code": site.id,
        "name": site.name,
        "official_name": f"{site.name} Kommune",
        "region": site.region,
        "seeds": [f"{site.origin}{path}" for path in case.seeds] if case else [site.root],
        "domains": [site.apex_host],
        "aliases": [],
        "excludes": [],
    }


def _area(site: PretendSite) -> dict[str, Any]:
    return {
        "id": site.id,
        "label": site.name,
        "seeds": [site.root],
        "domains": [site.apex_host],
        "prefixes": [site.prefix],
    }
