"""Hashes of the code behind what the cache keeps, so that a changed rule never meets an old value.

In: nothing. Out: a hash for what is kept of pages, one for what is kept of their texts. Hashes the source without
loading it: the process that hands out tasks needs none of the libraries that the tasks need. Versions of libraries are
hashed elsewhere.
"""

from pathlib import Path

from corpus.cache import source_sha256

_HERE = Path(__file__).parent
# what a PageText (page_text.py) is, and what is kept beside it
_PAGE_TEXTS = (
    "page_text.py", "page_keys.py", "boilerplate.py", "decoding.py", "extract.py", "extraction/*.py",
    "personal_data.py", "privacy/*.py",
)  # fmt: skip
# what a JudgedPage (judged_page.py) is
_JUDGED_PAGES = (
    "judged_page.py", "text_steps.py", "dedup.py", "language.py", "sentences.py", "quality.py", "danish/*.py",
    "personal_data.py", "privacy/*.py",
)  # fmt: skip


def page_text_sha256() -> str:
    return _sha256_of(_PAGE_TEXTS)


def judged_page_sha256() -> str:
    return _sha256_of(_JUDGED_PAGES)


def whole_stage_sha256() -> str:
    return _sha256_of(("**/*.py",))


def _sha256_of(patterns: tuple[str, ...]) -> str:
    return source_sha256(path for pattern in patterns for path in _HERE.glob(pattern))
