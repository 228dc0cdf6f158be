import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.frontier import Frontier
from crawler.shapes import (
    DRY_LIMIT,
    PROOFS_OF_SAMENESS,
    STRANGE,
    STRANGE_LIMIT,
    UNLISTED,
    UNLISTED_LIMIT,
    Parameters,
    Shapes,
    is_sampled,
    shapes_of,
)

HOST = "http://www.nordby.test"


@pytest.fixture
def shapes(frontier: Frontier) -> Shapes:
    return Shapes(frontier.db)


@pytest.fixture
def parameters(frontier: Frontier) -> Parameters:
    return Parameters(frontier.db)


def urls(pattern: str, *, start: int = 0) -> Iterator[str]:
    """URLs of one pattern that are no samples."""
    return (url for number in itertools.count(start) if not is_sampled(url := HOST + pattern.format(number)))


def count(shapes: Shapes, url: str, *, says_new: bool, leads_elsewhere: bool = False) -> list[str]:
    return shapes.learn(url, says_new=says_new, leads_elsewhere=leads_elsewhere, is_listed=True)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/borger/familie/skole", ["nordby.test/borger/familie/*"]),
        ("/borger/familie/", ["nordby.test/borger/*"]),
        ("/borger/familie", ["nordby.test/borger/*"]),
        ("/nyheder/2026/10/brand", ["nordby.test/nyheder/N/N/*"]),
        ("/nyheder/2026-10-03/brand", ["nordby.test/nyheder/D/*"]),
        ("/sag/12345/bilag", ["nordby.test/sag/N/*"]),
        ("/dagsorden/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f/punkt", ["nordby.test/dagsorden/G/*"]),
        ("/dagsorden/{0A1B2C3D-0A1B-2C3D-4E5F-0A1B2C3D4E5F}/punkt", ["nordby.test/dagsorden/G/*"]),
        ("/kalender?maaned=2031-05", ["nordby.test/*?maaned", "nordby.test/kalender?*"]),
        ("/a/liste?b=1&a=2&b=3", ["nordby.test/a/*?a&b", "nordby.test/a/liste?*"]),
        ("/a/liste?", ["nordby.test/a/*"]),
        ("/kalender/2031/05/", ["nordby.test/kalender/N/*"]),
        ("/", ["nordby.test/*"]),
    ],
)
def test_shape_is_the_folder_and_the_names_of_the_parameters(path: str, expected: list[str]) -> None:
    assert list(shapes_of(HOST + path)) == expected


def test_shape_that_gives_nothing_new_is_paused_but_for_samples(shapes: Shapes) -> None:
    calendar = urls("/kalender?maaned={}")
    for url in itertools.islice(calendar, DRY_LIMIT):
        assert shapes.pausing(url, 0) is None
        count(shapes, url, says_new=False)
    assert shapes.pausing(next(calendar), 0) == "nordby.test/*?maaned"
    sample = next(url for n in itertools.count() if is_sampled(url := f"{HOST}/kalender?maaned={n}"))
    assert shapes.pausing(sample, 0) is None
    assert shapes.pausing(f"{HOST}/kalender", 0) is None, "other shapes go on"


def test_shape_that_gives_something_now_and_then_goes_on(shapes: Shapes) -> None:
    for number, url in enumerate(itertools.islice(urls("/nyheder?side={}"), 1_000)):
        assert shapes.pausing(url, 0) is None
        count(shapes, url, says_new=number % 15 == 0)


def test_long_archive_does_not_earn_a_trap_behind_it(shapes: Shapes) -> None:
    pages = urls("/arkiv?side={}")
    for url in itertools.islice(pages, 500):
        count(shapes, url, says_new=True)
    for url in itertools.islice(pages, DRY_LIMIT):
        count(shapes, url, says_new=False)
    assert shapes.pausing(next(pages), 0)


def test_samples_that_say_something_new_take_the_shape_up_again(shapes: Shapes) -> None:
    pages = urls("/arkiv?side={}")
    for url in itertools.islice(pages, DRY_LIMIT):
        count(shapes, url, says_new=False)
    taken_up = count(shapes, next(pages), says_new=True)
    assert taken_up == ["nordby.test/*?side", "nordby.test/arkiv?*"]
    assert shapes.pausing(next(pages), 0) is None


def test_facets_in_any_combination_are_one_shape(shapes: Shapes) -> None:
    names = [f"f{number}" for number in range(20)]
    chosen = itertools.chain.from_iterable(itertools.combinations(names, size) for size in (3, 4))
    facets = (url for each in chosen if not is_sampled(url := f"{HOST}/find?{'&'.join(f'{n}=1' for n in each)}"))
    for url in itertools.islice(facets, DRY_LIMIT):
        count(shapes, url, says_new=False)
    assert shapes.pausing(next(facets), 0) == "nordby.test/find?*"


def test_pages_behind_strange_pages_that_lead_on_are_paused(shapes: Shapes) -> None:
    for _ in range(STRANGE_LIMIT):
        shapes.learn_strange(leads_on=True)
    url = next(urls("/{}"))
    assert [shapes.pausing(url, steps) for steps in (0, 1, 2, 9)] == [None, None, STRANGE, STRANGE]


def test_old_archive_without_the_menus_of_the_site_is_kept(shapes: Shapes) -> None:
    for number in range(500):
        shapes.learn_strange(leads_on=number % 12 == 0)  # a list of twelve minutes, which lead nowhere
    assert shapes.pausing(next(urls("/{}")), 5) is None


def test_parameter_that_makes_no_difference_is_dropped_after_proofs(parameters: Parameters) -> None:
    url = next(urls("/a{}?print=1&id=7"))
    for _ in range(PROOFS_OF_SAMENESS):
        assert parameters.without_idle(url) is None
        parameters.learn("print", is_same=True)
    assert parameters.without_idle(url) == ("print", url.replace("print=1&", ""))
    only = next(urls("/b{}?print=1"))
    assert parameters.without_idle(only) == ("print", only.removesuffix("?print=1"))


def test_parameter_that_makes_a_difference_once_is_kept(parameters: Parameters) -> None:
    for _ in range(PROOFS_OF_SAMENESS * 2):
        assert parameters.learn("side", is_same=True) is False
    assert parameters.learn("side", is_same=False) is True, "what was passed over for it is taken up again"
    assert parameters.without_idle(next(urls("/a?side={}"))) is None
    assert parameters.learn("side", is_same=False) is False


def test_proofs_are_found_again_at_the_next_start(parameters: Parameters, frontier: Frontier, tmp_path: Path) -> None:
    for _ in range(PROOFS_OF_SAMENESS):
        parameters.learn("print", is_same=True)
    assert Parameters(frontier.db).without_idle(next(urls("/a{}?print=1")))


def test_one_url_in_fifty_is_a_sample() -> None:
    share = sum(is_sampled(f"{HOST}/kalender?maaned={number}") for number in range(50_000)) / 50_000
    assert 0.018 < share < 0.022


def test_list_of_known_titles_that_leads_elsewhere_goes_on(shapes: Shapes) -> None:
    pages = urls("/arkiv?side={}")
    for url in itertools.islice(pages, 300):
        assert shapes.pausing(url, 0) is None
        count(shapes, url, says_new=False, leads_elsewhere=True)


def test_samples_become_fewer_as_they_stay_dry(shapes: Shapes) -> None:
    fetched = 0
    for number in range(20_000):
        url = f"{HOST}/register/p{number}"
        if shapes.pausing(url, 0) is None:
            count(shapes, url, says_new=False)
            fetched += 1
    assert DRY_LIMIT < fetched < DRY_LIMIT + 45


def test_trap_that_invents_shapes_is_bounded(shapes: Shapes) -> None:
    fetched = 0
    for number in range(5_000):
        letters = "abcdefghij"[number % 10] + "klmnopqrst"[number // 10 % 10] + "uvwxyz"[number // 100 % 6]
        url = f"{HOST}/{letters}/{number}/x"
        if shapes.pausing(url, 0) is None:
            shapes.learn(url, says_new=False, leads_elsewhere=True, is_listed=False)
            fetched += 1
    assert fetched < UNLISTED_LIMIT + 60
    assert shapes.pausing(next(urls("/ny/{}/x")), 0) == UNLISTED
