"""Shapes of URLs, and when one stops being worth it.

In: URLs of a site and whether the pages under them said anything new. Out: which URLs are passed over. A shape that
gives nothing new any more is paused: of its URLs one in SAMPLE is still fetched, chosen by a hash, and when these say
something new again, the others are taken up. All of it is a function of what the site's frontier holds.
"""

import re
import sqlite3
from urllib.parse import urlsplit

from crawler.novelty import hash64

# A shape is paused when its dry pages outweigh the novel ones so far (a one-sided cumulative sum): with less than
# one novel page in twenty the count drifts upwards; thirty dry pages in a row are enough by themselves.
DRY_LIMIT = 30
NOVEL_WEIGHT = 19
SAMPLE = 50  # of a paused shape; it doubles with each further SAMPLES_TO_DOUBLE dry pages
SAMPLES_TO_DOUBLE = 5
# All that a site's sitemaps do not list, whatever its shape: what bounds a trap that invents shapes.
UNLISTED = "(pages that no sitemap lists)"
UNLISTED_LIMIT = 400
# A parameter is dropped when that many pages said the same without it, and none said anything else.
PROOFS_OF_SAMENESS = 10
# Pages that stand alone on a site: random words made to feed crawlers have none of its menus, and lead on for ever.
STRANGE_SEEN_SHARE = 0.2
MIN_KNOWN_PAGES = 10  # before that, everything on a site is new
MAX_STRANGE_STEPS = 2
STRANGE = "(pages without anything of the site)"
STRANGE_LIMIT = 20
_LIMITS = {UNLISTED: UNLISTED_LIMIT, STRANGE: STRANGE_LIMIT}
_GUID = re.compile(r"\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_DATE = re.compile(r"(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?[0-3]\d)?(?!\d)")
_NUMBER = re.compile(r"\d+")


def shapes_of(url: str) -> tuple[str, ...]:
    """The shapes of a URL: its folder with the names of its parameters; with a query also the page with any.

    Numbers, dates and GUIDs are one and the same; a slash at the end makes no difference.
    """
    parts = urlsplit(url)
    folder, _, name = parts.path.rstrip("/").rpartition("/")
    folder = f"{parts.netloc.removeprefix('www.')}{_generic(folder)}/"
    if not parts.query:
        return (f"{folder}*",)
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&")})
    return f"{folder}*?{'&'.join(names)}", f"{folder}{_generic(name)}?*"


class Shapes:
    """The shapes of one site, in its frontier; to be called inside a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._paused: dict[str, int] = dict(db.execute("select shape, num_dry from shape where is_paused"))

    def pausing(self, url: str, num_strange: int) -> str | None:
        """The paused shape for whose sake a URL is passed over; None where it is fetched."""
        if not self._paused:
            return None
        shapes = (*shapes_of(url), UNLISTED, *([STRANGE] if num_strange >= MAX_STRANGE_STEPS else []))
        return next((shape for shape in shapes if shape in self._paused and not self._is_sample(url, shape)), None)

    def learn(self, url: str, *, says_new: bool, leads_elsewhere: bool, is_listed: bool) -> list[str]:
        """Count a page; gives the shapes that are taken up again.

        Args:
            says_new: its text is new to the site.
            leads_elsewhere: it leads to new pages of other shapes, as a list of titles may that are known.
        """
        counted = [(shape, says_new or leads_elsewhere) for shape in shapes_of(url)]
        if not is_listed:
            counted.append((UNLISTED, says_new))
        return [shape for shape, is_novel in counted if self._count(shape, is_novel=is_novel)]

    def learn_strange(self, *, leads_on: bool) -> list[str]:
        """A page that lies behind strange pages, and is strange itself; such a one that leads on is no page to keep."""
        return [STRANGE] if self._count(STRANGE, is_novel=not leads_on) else []

    def _is_sample(self, url: str, shape: str) -> bool:
        num_further = max(self._paused[shape] - _LIMITS.get(shape, DRY_LIMIT), 0)
        return hash64(url) % (SAMPLE << min(num_further // SAMPLES_TO_DOUBLE, 20)) == 0

    def _count(self, shape: str, *, is_novel: bool) -> bool:
        """True where this takes a paused shape up again."""
        step = -NOVEL_WEIGHT if is_novel else 1
        (num_dry,) = self._db.execute(
            "insert into shape (shape, num_fetched, num_novel, num_dry) values (?, 1, ?, ?) on conflict (shape) do"
            " update set num_fetched = num_fetched + 1, num_novel = num_novel + excluded.num_novel,"
            " num_dry = max(num_dry + ?, 0) returning num_dry",
            (shape, int(is_novel), max(step, 0), step),
        ).fetchone()
        was_paused, is_paused = shape in self._paused, num_dry >= _LIMITS.get(shape, DRY_LIMIT)
        if is_paused:
            self._paused[shape] = num_dry
        elif was_paused:
            del self._paused[shape]
        if is_paused is not was_paused:
            self._db.execute("update shape set is_paused = ? where shape = ?", (is_paused, shape))
        return was_paused and not is_paused


class Parameters:
    """Which parameters of a site's URLs make no difference, proved by pages that say the same without them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._dropped = frozenset(
            name for (name,) in db.execute(
                "select name from parameter where num_same >= ? and num_different = 0", (PROOFS_OF_SAMENESS,)
            )
        )  # fmt: skip

    def without_idle(self, url: str) -> tuple[str, str] | None:
        """A parameter that makes no difference and the URL without it; None where it has none such, or is a sample."""
        if not self._dropped or is_sampled(url):
            return None
        return next((each for each in self.variants(url) if each[0] in self._dropped), None)

    def variants(self, url: str) -> list[tuple[str, str]]:
        """(name, the URL without it) for each parameter."""
        head, mark, query = url.partition("?")
        pairs = query.split("&") if mark else []
        found = []
        for pair in pairs[:10]:
            name = pair.partition("=")[0]
            kept = [other for other in pairs if other is not pair]
            found.append((name, head + ("?" + "&".join(kept) if kept else "")))
        return found

    def learn(self, name: str, *, is_same: bool) -> bool:
        """Compare a page with the one without the parameter; True where it turns out to make a difference after all."""
        self._db.execute(
            "insert into parameter values (?, ?, ?) on conflict (name) do update set"
            " num_same = num_same + excluded.num_same, num_different = num_different + excluded.num_different",
            (name, int(is_same), int(not is_same)),
        )
        same, different = self._db.execute(
            "select num_same, num_different from parameter where name = ?", (name,)
        ).fetchone()
        if same >= PROOFS_OF_SAMENESS and not different:
            self._dropped |= {name}
            return False
        was_dropped = name in self._dropped
        self._dropped -= {name}
        return was_dropped


def paused_reason(shape: str) -> str:
    return f"nothing new: {shape}"


def idle_reason(name: str) -> str:
    return f"the parameter {name} makes no difference"


def is_sampled(url: str) -> bool:
    return hash64(url) % SAMPLE == 0


def _generic(path: str) -> str:
    return _NUMBER.sub("N", _DATE.sub("D", _GUID.sub("G", path)))
