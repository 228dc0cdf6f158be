"""Which municipality has which trap.

In: a municipality's place and how many there are. Out: the functions that make its `Feature`s. Each trap stands once,
and a second time where there are municipalities enough; a site with two of them has them side by side.
"""

from collections.abc import Callable

from demo.agenda import agenda_archive
from demo.extras import Feature
from demo.trap_growth import endless_list, labyrinth, relative_links, repeating_path, soft_missing
from demo.trap_lists import (
    calendar_by_path,
    calendar_by_query,
    faceted_search,
    notice_board,
    paging,
    site_search,
    tag_cloud,
)
from demo.trap_twins import (
    cases_by_guid,
    session_in_path,
    session_in_query,
    sorted_directory,
    tracked_newsletter,
)
from demo.views import SitePlan

MakeFeature = Callable[[SitePlan], Feature]

IN_TURN: tuple[MakeFeature, ...] = (
    calendar_by_query, faceted_search, session_in_query, relative_links, sorted_directory, tag_cloud, paging,
    cases_by_guid, labyrinth, notice_board, site_search, agenda_archive, tracked_newsletter, endless_list,
    calendar_by_path, session_in_path, repeating_path, soft_missing,
)  # fmt: skip
FIRST_PLACE = 2
SECOND_ROUND = 40  # municipalities from which on each trap stands twice, the second time so many further on
MIRRORED = (1, 41)


def traps_of(index: int, num_municipalities: int) -> tuple[MakeFeature, ...]:
    """In the order of `IN_TURN`: the site that has pages for any address answers with them last."""
    places = [(FIRST_PLACE + number) % num_municipalities for number in range(len(IN_TURN))]
    is_here = [place == index for place in places]
    if num_municipalities >= SECOND_ROUND + FIRST_PLACE + len(IN_TURN):
        is_here = [here or place + SECOND_ROUND == index for here, place in zip(is_here, places, strict=True)]
    return tuple(make for make, here in zip(IN_TURN, is_here, strict=True) if here)


def is_mirrored(index: int, num_municipalities: int) -> bool:
    """T10: the site shows itself under the bare host, and under http and https, instead of redirecting."""
    first, second = MIRRORED
    return index == first % num_municipalities or index == second
