"""What a person asks to be found or forgotten, from the command line.

In: addresses, beginnings of them, sites, files with texts. Out: `Sought`, in the forms that the crawl uses.
"""

import re
import sys
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from crawler.pages.urls import normal_url, url_key
from crawler.register import Register, Site
from foundation.erasures import MIN_TEXT_WORDS, Sought, text_words
from foundation.errors import ConfigError

STANDARD_INPUT = "-"
_BLANK_LINE = re.compile(r"\n\s*\n")


def asked_for(
    register: Register, *, urls: Sequence[str], prefixes: Sequence[str], sites: Sequence[str],
    text_files: Sequence[Path], forms: Callable[[Sequence[str]], Sequence[str]] = list,
) -> Sought:  # fmt: skip
    """Check what is asked for.

    Args:
        forms: gives the texts with those added that stand for them in a corpus.

    Raises:
        ConfigError: nothing, no address, no site of the register, no file, or a text that is too short.
    """
    if not (urls or prefixes or sites or text_files):
        raise ConfigError("what is meant? Give --url, --prefix, --site or --text-file")
    found = [register.find(each) for each in sites]
    texts = [text for path in text_files for text in _texts(path)]
    return Sought(
        urls=frozenset(_key("--url", each) for each in urls),
        prefixes=(*(_key("--prefix", each) for each in prefixes), *chain.from_iterable(map(_prefixes, found))),
        sites=frozenset(site.id for site in found),
        texts=text_words(forms(texts)) if texts else (),
    )  # fmt: skip


def _key(option: str, written: str) -> str:
    url = normal_url(written if "://" in written else f"https://{written}")
    if url is None:
        raise ConfigError(f"{option} {written}: not an address of the web, such as https://www.nordby.dk/side")
    return url_key(url)


def _prefixes(site: Site) -> list[str]:
    """All addresses of a site, for places that name no site."""
    hosts = sorted({host.removeprefix("www.") for host in site.hosts})
    return [f"{host}{path}" for host in hosts for path in site.prefixes or ("/",)]


def _texts(path: Path) -> list[str]:
    """The paragraphs of a file: an empty line stands between two texts."""
    try:
        content = sys.stdin.read() if str(path) == STANDARD_INPUT else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--text-file {path}: cannot be read ({error})") from None
    texts = [each for each in _BLANK_LINE.split(content) if each.strip()]
    if not texts:
        raise ConfigError(f"--text-file {path}: there is no text in it")
    for number, words in enumerate(text_words(texts), 1):
        if len(words) < MIN_TEXT_WORDS:
            raise ConfigError(
                f"--text-file {path}: text {number} has {len(words)} words; fewer than {MIN_TEXT_WORDS} stand on pages "
                "that are not meant. Give more of the sentence, or the page's address with --url"
            )
    return texts
