"""Seconds of CPU of a build, by step: `python -m benchmarks.corpus_steps REGISTER DATA NAME`.

In: a data folder with a published snapshot. Out: a corpus, and a line of JSON: step -> seconds of CPU. The build runs
in this process with one worker, and the functions of STEPS are wrapped where they are called. A function that is not
there is named on standard error and its step stands at 0; what no function takes is "the rest".
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import wraps
from importlib import import_module
from inspect import isgeneratorfunction
from operator import attrgetter
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.served import say
from foundation.command import Command
from foundation.places import Places
from foundation.user_settings import UserSettings

EXTRACTION, LANGUAGE, REST = "extraction", "language", "the rest"
# Step, the module that calls the function (or where its class is), and the function.
STEPS: tuple[tuple[str, str, str], ...] = (
    ("reading", "corpus.site_build", "read_pages"),
    ("reading", "corpus.site_texts", "body_of"),
    ("decoding", "corpus.page_text", "decoded"),
    (EXTRACTION, "corpus.page_text", "extract"),
    ("boilerplate", "corpus.page_keys", "PageKeys.of"),
    ("boilerplate", "corpus.site_boilerplate", "SiteBoilerplate.places"),
    ("boilerplate", "corpus.boilerplate", "PageFrequencies.add"),
    ("boilerplate", "corpus.boilerplate", "PageFrequencies.found"),
    ("personal data", "corpus.page_text", "cpr_on_page"),
    ("personal data", "corpus.judged_page", "private_kind"),
    ("personal data", "corpus.site_build", "blotted_url"),
    ("personal data", "corpus.site_build", "masked_url"),
    ("personal data", "corpus.text_steps", "_mask"),
    ("personal data", "corpus.text_steps", "has_dropped_kind"),
    (LANGUAGE, "corpus.text_steps", "identify_document"),
    (LANGUAGE, "corpus.text_steps", "judge_sentences"),
    ("sentences", "corpus.text_steps", "split_sentences"),
    ("quality", "corpus.text_steps", "document_reason_to_drop"),
    ("quality", "corpus.text_steps", "reason_to_drop"),
    ("cache", "corpus.cache", "PageCache.get"),
    ("cache", "corpus.cache", "PageCache.brief"),
    ("cache", "corpus.cache", "PageCache.put"),
    ("cache", "corpus.cache", "PageCache.commit"),
    ("cache", "corpus.cache", "PageCache.forget_before"),
    ("tables", "corpus.site_tables", "SiteTables.add"),
    ("tables", "corpus.site_tables", "SiteTables.extend"),
    ("tables", "corpus.site_tables", "SiteTables.__exit__"),
    ("duplicates", "corpus.build", "join_documents"),
    ("duplicates", "corpus.build", "write_part"),
    ("duplicates", "corpus.build", "judge_sentences"),
    ("assembly", "corpus.assembly", "Assembly.write"),
    ("assembly", "corpus.build", "write_papers"),
)


class _Stopwatch:
    """Seconds of CPU by step; the clock of a step stands still while another one that it called runs."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {step: 0.0 for step, *_ in STEPS}
        self._open: list[str] = []
        self._since = 0.0

    def timed(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def run(*arguments: Any, **named: Any) -> Any:
            self._enter(step)
            try:
                return function(*arguments, **named)
            finally:
                self._leave()

        @wraps(function)
        def iterate(*arguments: Any, **named: Any) -> Iterator[Any]:
            values = function(*arguments, **named)
            while True:
                self._enter(step)
                try:
                    value = next(values, values)
                finally:
                    self._leave()
                if value is values:
                    return
                yield value

        return iterate if isgeneratorfunction(function) else run

    def _enter(self, step: str) -> None:
        self._switch()
        self._open.append(step)

    def _leave(self) -> None:
        self._switch()
        self._open.pop()

    def _switch(self) -> None:
        at = time.process_time()
        if self._open:
            self.seconds[self._open[-1]] += at - self._since
        self._since = at


def main(register: str, data: str, name: str) -> None:
    from corpus.build import build
    from corpus.plan import plan_build

    command = Command(places=Places(Path(data)), settings=UserSettings(), register=Path(register), quiet=True)
    watch = _Stopwatch()
    started = time.process_time()
    with ExitStack() as stack:
        for step, module, attribute in STEPS:
            owner_path, _, function = attribute.rpartition(".")
            owner = attrgetter(owner_path)(import_module(module)) if owner_path else import_module(module)
            if not hasattr(owner, function):
                say(f"there is no {module}.{attribute}: {step} is not measured")
                continue
            stack.enter_context(patch.object(owner, function, watch.timed(step, getattr(owner, function))))
        build(plan_build(command, name, workers=1))
    whole = time.process_time() - started
    rest = whole - sum(watch.seconds.values())
    sys.stdout.write(json.dumps(watch.seconds | {REST: rest}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
