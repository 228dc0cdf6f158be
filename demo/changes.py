"""Kommuneby evolves: which operators touch which site in which quarter.

In: the specs of a site's first quarter. Out: those of a later one, reached by replaying all quarters between; nothing
depends on anything but seed, site and quarter. A page is touched once a quarter at most.
"""

from collections.abc import Callable
from dataclasses import dataclass

from demo import change_operators
from demo.chance import chance
from demo.evolution import Specs, Step
from demo.places import PretendSite
from demo.site_lives import SiteLife, Validators, life_of
from demo.truth import PageKind


@dataclass(frozen=True, kw_only=True)
class Change:
    """An operator and the share of a site's content pages it touches in a quarter."""

    name: str
    apply: Callable[[Specs, Step, int], Specs]
    share: float


# The shares are invented. Together the losses of a quarter stay far below the 30 % that would look like a relaunch.
_MEND = Change(name="mend", apply=change_operators.mend_pages, share=0)
_EDIT = Change(name="edit", apply=change_operators.edit_texts, share=0.06)
_SECRET_EDIT = Change(name="secret-edit", apply=change_operators.edit_secretly, share=0.15)
_UNLINK = Change(name="unlink", apply=change_operators.unlink_pages, share=0.03)
_BREAK = Change(name="break", apply=change_operators.break_pages, share=0.01)
_ADD = Change(name="add", apply=change_operators.add_pages, share=0.04)
ORDINARY = (
    _MEND,
    Change(name="return", apply=change_operators.return_pages, share=0.02),
    _UNLINK,
    Change(name="move-again", apply=change_operators.move_again, share=0.015),
    Change(name="remove", apply=change_operators.remove_pages, share=0.05),
    Change(name="reserve", apply=change_operators.reserve_pages, share=0.04),
    Change(name="move", apply=change_operators.move_pages, share=0.04),
    Change(name="swap", apply=change_operators.swap_texts, share=0.02),
    _SECRET_EDIT,
    _EDIT,
    Change(name="shell", apply=change_operators.edit_shells, share=0.03),
    _BREAK,
    _ADD,
    Change(name="add-deep", apply=change_operators.add_deep_pages, share=0.015),
)
_RELAUNCH = (
    _MEND,
    Change(name="remove", apply=change_operators.remove_for_good, share=0.05),
    Change(name="reserve", apply=change_operators.reserve_on_pages, share=0.04),
    Change(name="relaunch", apply=change_operators.relaunch, share=1),
)


def changed_specs(specs: Specs, *, seed: int, site: PretendSite, quarter_index: int) -> Specs:
    """Replay every quarter up to `quarter_index`."""
    for quarter in range(1, quarter_index + 1):
        num_content = sum(spec.kind is PageKind.CONTENT and spec.status == 200 for spec in specs)
        for change in _changes_of(life_of(site), quarter):
            rng = chance("changes", change.name, seed, site.id, quarter)
            step = Step(seed=seed, site=site, quarter_index=quarter, rng=rng, operator=change.name)
            specs = change.apply(specs, step, int(change.share * num_content + rng.random()))
    return specs


def _changes_of(life: SiteLife, quarter: int) -> tuple[Change, ...]:
    """What can happen in a quarter, so that it is always clear what a crawl ought to make of it.

    While nobody can look, and when pages are published that were not for a while, pages are only written. What takes
    its course over several quarters does not begin before a quarter without a crawl.
    """
    was_out_twice = {quarter - 1, quarter - 2} <= set(life.bad_quarters)
    was_relaunched = quarter > 1 and quarter - 1 == life.relaunch_quarter
    if quarter in life.bad_quarters or was_out_twice or was_relaunched:
        return (_EDIT, _ADD)
    if quarter == life.relaunch_quarter:
        return _RELAUNCH
    left_out = set()
    if life.is_upset_within(quarter, quarter + 2):
        left_out.add(_UNLINK)
    if life.is_upset_within(quarter - 1, quarter + 1):
        left_out.add(_BREAK)
    if life.validators is not Validators.LYING:
        left_out.add(_SECRET_EDIT)
    return tuple(change for change in ORDINARY if change not in left_out)
