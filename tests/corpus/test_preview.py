"""What a preview says is true of the two configurations, and holds nothing that a corpus would not."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpus.config import CorpusConfig
from corpus.plan import plan_preview
from corpus.preview import Preview, preview, preview_lines
from crawler.snapshot import read_snapshot_manifest
from foundation.errors import ConfigError

SHORT = "Vi har åbent for borgere i dag."
LONG = "Kommunen har i år tolv ledige pladser til børn i daginstitutionerne."


@pytest.fixture
def compared(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[..., Preview]:
    def run(*, reservation: str | None = None, address: str = "pladser", **after: Any) -> Preview:
        url = f"http://www.nordby.kommuneby.test/{address}"
        snapshot = house.snapshot("2020Q1", [response(url=url, body=page_of(LONG, SHORT))])
        manifest = read_snapshot_manifest(snapshot)
        manifest = replace(manifest, sites=tuple(replace(each, reservation=reservation) for each in manifest.sites))
        return preview(snapshot, manifest, None, CorpusConfig(), CorpusConfig(**after), 10)

    return run


def test_what_comes_in_and_goes_is_told_with_its_reason(compared: Callable[..., Preview]) -> None:
    found = compared(min_words=6)
    assert (found.num_pages, found.num_before, found.num_after) == (1, 1, 2)
    assert (dict(found.added), dict(found.removed)) == ({"few_words": 1}, {})
    assert SHORT in "\n".join(preview_lines(found))


def test_answer_for_programs_is_json(compared: Callable[..., Preview]) -> None:
    said = json.loads(json.dumps(compared(min_words=12).as_dict()))
    assert (said["removed"], said["examples_removed"][0]["text"]) == ({"few_words": 1}, LONG)


def test_address_of_an_example_holds_nothing_personal(compared: Callable[..., Preview]) -> None:
    found = compared(address="sag/010101-0000?mail=navn@nordby.kommuneby.test", min_words=6)
    assert [each.url for each in found.examples_added] == ["http://www.nordby.kommuneby.test/sag/[cpr]?mail=[e-mail]"]


def test_reserved_site_is_not_shown(compared: Callable[..., Preview]) -> None:
    assert compared(reservation="GPTBot", min_words=6).num_pages == 0


def test_threshold_of_which_a_sample_tells_nothing_is_refused(house: Any) -> None:
    with pytest.raises(ConfigError, match="build a trial"):
        plan_preview(house.command, "2020Q1", config=None, overrides=["validation_share=0.1"])


def test_threshold_of_which_a_sample_tells_nothing_is_refused_in_a_file_too(house: Any, tmp_path: Path) -> None:
    (tmp_path / "min.yaml").write_text("min_words: 6\nboilerplate_share: 0.5\n")
    with pytest.raises(ConfigError, match=r"boilerplate_share: .* build a trial"):
        plan_preview(house.command, "2020Q1", config=tmp_path / "min.yaml", overrides=[])
