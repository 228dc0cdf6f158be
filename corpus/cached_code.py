"""Hashes of the code behind what the cache keeps, so that a changed rule never meets an old value.

In: nothing. Out: a hash for what is kept of pages, one for what is kept of their texts. Hashes the source without
loading it: the process that hands out tasks needs none of the libraries that the tasks need. Versions of libraries and
of Python are hashed elsewhere.
"""

from pathlib import Path

from corpus.cache import source_sha256

_ROOT = Path(__file__).parent.parent
_BOTH = (
    "corpus/page_text.py", "corpus/page_limits.py", "corpus/extract.py", "corpus/extraction/*.py", "corpus/decoding.py",
    "corpus/personal_data.py", "corpus/privacy/*.py", "corpus/cache.py", "corpus/config.py", "corpus/schema.py",
    "foundation/*.py",
)  # fmt: skip
# what a PageText is, and what is kept beside it
PAGE_TEXTS = (*_BOTH, "corpus/page_keys.py", "corpus/boilerplate.py")
# what a JudgedPage is
JUDGED_PAGES = (
    *_BOTH, "corpus/judged_page.py", "corpus/text_steps.py", "corpus/dedup.py", "corpus/language.py",
    "corpus/sentences.py", "corpus/quality.py", "corpus/danish/*.py",
)  # fmt: skip


def page_text_sha256() -> str:
    return source_sha256(files_of(PAGE_TEXTS))


def judged_page_sha256() -> str:
    return source_sha256(files_of(JUDGED_PAGES))


def whole_stage_sha256() -> str:
    return source_sha256(files_of(("corpus/**/*.py", "foundation/*.py")))


def files_of(patterns: tuple[str, ...]) -> set[Path]:
    return {path for pattern in patterns for path in _ROOT.glob(pattern)}
