"""Traps that grow: paths without end, pages for any address, random text, and a page with 400,000 links.

In: a site's plan. Out: a `Feature` that answers URLs without end.
"""

import hashlib
import re

from demo.building import plain_page
from demo.chance import chance
from demo.cms import Link
from demo.extras import Feature, list_view, made_page
from demo.hub_views import NO_PAGE
from demo.topics_life import GENERAL_PROSE
from demo.truth import PageKind, TruePage
from demo.views import SitePlan

NUM_LINKS = 400_000
NUM_WORDS = 300
HTML = "text/html; charset=utf-8"


def relative_links(plan: SitePlan) -> Feature:
    """Each page links to `mere/` below itself."""
    return _growing(plan, "/kort/", ("mere/",))


def repeating_path(plan: SitePlan) -> Feature:
    """Each page has two pages below itself, as if a folder lay in itself: /a/b/a/b."""
    return _growing(plan, "/omraade/", ("nord/", "syd/"))


def _growing(plan: SitePlan, entry: str, steps: tuple[str, ...]) -> Feature:
    below = "|".join(re.escape(step) for step in steps)

    def answer(target: str) -> TruePage | None:
        if not re.fullmatch(f"{re.escape(entry)}(?:{below})*", target):
            return None
        links = [Link(label=f"Se {step.strip('/')}", href=step) for step in steps]
        view = list_view(plan, target, "Kort over området", ("Vælg et udsnit af kortet.",), links)
        return made_page(plan, PageKind.SECTION if target == entry else PageKind.TRAP, target, view)

    return Feature(id="T4", doors=(Link(label="Kort", href=entry),), answer=answer)


def soft_missing(plan: SitePlan) -> Feature:
    """Whatever is asked for is there, says the status, and links on to more that is not."""
    entry = "/gamle-nyheder/"

    def answer(target: str) -> TruePage | None:
        rng = chance("soft", plan.seed, plan.site.id, target)
        links = [Link(label=f"Måske mente du {i}", href=f"/forslag/{rng.getrandbits(40):010x}/") for i in range(1, 6)]
        view = list_view(plan, target, "Siden findes ikke", (NO_PAGE,), links)
        return made_page(plan, PageKind.SECTION if target == entry else PageKind.TRAP, target, view)

    return Feature(id="T8", doors=(Link(label="Gamle nyheder", href=entry),), answer=answer)


def labyrinth(plan: SitePlan) -> Feature:
    """Random words and links to more of them, to keep crawlers that train language models busy."""
    entry = "/labyrint/"
    words = sorted({word.strip(".,") for line in GENERAL_PROSE for word in re.findall(r"[a-zæøå]{3,}", line)})

    def body(target: str) -> bytes:
        rng = chance("labyrinth", plan.seed, plan.site.id, target)
        text = " ".join(rng.choices(words, k=NUM_WORDS))
        links = "".join(
            f'<p><a href="{entry}{rng.getrandbits(48):012x}/">{" ".join(rng.choices(words, k=3))}</a></p>\n'
            for _ in range(8)
        )
        head = f"<!DOCTYPE html><html><head><title>{' '.join(rng.choices(words, k=4))}</title></head>"
        return f"{head}<body><p>{text}.</p>{links}</body></html>".encode()

    def answer(target: str) -> TruePage | None:
        if not re.fullmatch(re.escape(entry) + r"(?:[0-9a-f]{12}/)?", target):
            return None
        kind = PageKind.SECTION if target == entry else PageKind.TRAP
        return plain_page(plan, kind, target, lambda: body(target), HTML).page

    return Feature(id="T11", doors=(Link(label="Labyrinten", href=entry),), answer=answer)


def endless_list(plan: SitePlan) -> Feature:
    """One page of 9 MB that links to 400,000 others, all alike."""
    entry = "/register/"

    def body() -> bytes:
        links = "".join(f"<a href=p{number}>x</a>" for number in range(NUM_LINKS))
        return f"<!DOCTYPE html><title>Register</title><body>{links}</body>".encode()

    def answer(target: str) -> TruePage | None:
        if target == entry:
            return plain_page(plan, PageKind.SECTION, target, body, HTML).page
        match = re.fullmatch(re.escape(entry) + r"p(\d{1,6})", target)
        if not match or int(match[1]) >= NUM_LINKS:
            return None
        number = hashlib.sha256(target.encode()).hexdigest()[:6]
        view = list_view(plan, target, "Registeropslag", (f"Opslaget har nummer {number}.",), ())
        return made_page(plan, PageKind.TRAP, target, view)

    return Feature(id="T16", doors=(Link(label="Register", href=entry),), answer=answer)
