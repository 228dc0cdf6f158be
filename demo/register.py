"""The register that lets a crawler find Kommuneby on this machine: a `Web` and a port in, YAML text out.

The form is that of municipalities.yaml; nothing is read and nothing is written to disk.
"""

from typing import Any

import yaml

from demo.places import PretendSite, SiteKind
from demo.truth import Web


def register_text(web: Web, *, port: int) -> str:
    """Write the register; `resolve` sends every host, with and without www, to its loopback address."""
    resolve = {host: f"{site.address}:{port}" for site in web.sites for host in (site.host, site.apex_host)}
    register = {
        "network": {"resolve": resolve, "allow_addresses": ["127.0.1.0/24"]},
        "municipalities": [_municipality(site) for site in web.sites if site.kind is SiteKind.MUNICIPALITY],
        "areas": [_area(site) for site in web.sites if site.kind is SiteKind.AREA],
    }
    return yaml.safe_dump(register, allow_unicode=True, sort_keys=False, width=110)


def _municipality(site: PretendSite) -> dict[str, Any]:
    return {
        "code": site.id,
        "name": site.name,
        "official_name": f"{site.name} Kommune",
        "region": site.region,
        "seeds": [site.root],
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
