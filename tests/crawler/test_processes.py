"""How sites are divided among processes."""

from collections.abc import Callable

import pytest

from crawler.processes import shards_of
from crawler.register import Site


@pytest.fixture
def sites(make_site: Callable[..., Site]) -> list[Site]:
    return [make_site(id=f"90{number:02}", hosts=frozenset({f"by{number}.test"})) for number in range(20)]


def test_each_site_is_in_one_shard_and_the_shards_are_alike(sites: list[Site]) -> None:
    addresses = {f"by{number}.test": f"192.0.2.{number}" for number in range(20)}
    shards = shards_of(sites, addresses, 3)
    assert sorted(site.id for shard in shards for site in shard) == [site.id for site in sites]
    assert sorted(map(len, shards)) == [6, 7, 7]


def test_sites_on_one_address_or_one_host_go_together(sites: list[Site], make_site: Callable[..., Site]) -> None:
    areas = [make_site(id=f"kl-{number}", hosts=frozenset({"kl.test"})) for number in range(4)]
    addresses = {"by1.test": "192.0.2.9", "by7.test": "192.0.2.9", "kl.test": "192.0.2.9"}
    (together,) = [shard for shard in shards_of([*sites, *areas], addresses, 4) if sites[1] in shard]
    assert {"9001", "9007", *(area.id for area in areas)} <= {site.id for site in together}


def test_no_more_processes_than_groups(sites: list[Site]) -> None:
    assert len(shards_of(sites[:2], {}, 8)) == 2
    assert len(shards_of(sites[:2], {"by0.test": "192.0.2.1", "by1.test": "192.0.2.1"}, 8)) == 1
