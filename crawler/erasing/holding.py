"""Nobody crawls, publishes or builds while something is being erased.

In: the data folder. Out: the locks of all work there is, held.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from foundation.locks import held
from foundation.places import Places, names_below


@contextmanager
def all_work_held(places: Places) -> Iterator[None]:
    """Hold every quarter and every build that was ever begun, and this command itself.

    Raises:
        ConfigError: one of them is at work.
    """
    with ExitStack() as stack:
        stack.enter_context(held(places.erasures / "lock", busy="another process is erasing something"))
        for name in names_below(places.data / "work"):
            busy = f"{name} is being crawled or published by another process"
            stack.enter_context(held(places.crawl_work(str(name)) / "lock", busy=busy))
        for name in names_below(places.data / "work" / "corpus"):
            busy = f"another process is building the corpus {name}"
            stack.enter_context(held(places.build_work(str(name)) / "lock", busy=busy))
        yield
