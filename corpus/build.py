"""The corpus stage in reading order.

In: a published snapshot, a configuration, and the carry of the corpus before. Out: a complete corpus folder, the
same bytes for the same inputs and any number of workers. A folder appears under its name only when it is whole.
"""

import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from corpus.assembly import Assembly, library_versions
from corpus.carry import corpus_before, read_carry
from corpus.config import CorpusConfig
from corpus.schema import FORMAT_VERSION, CorpusManifest, read_corpus_manifest
from corpus.site_task import SiteTask, is_done, run_site_task
from crawler.snapshot import SnapshotManifest, read_snapshot_manifest
from foundation.errors import BrokenRunError, ConfigError
from foundation.files import make_folder, sha256_of_text, sync_folder
from foundation.locks import held
from foundation.manifests import is_complete
from foundation.overrides import config_sha256
from foundation.places import Places
from foundation.progress import progress
from foundation.quarters import QuarterName

OUTPUT_FOLDER = "output"


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """One build: `snapshot` is a published snapshot's folder, `work` holds the sites' tables until it is done."""

    name: QuarterName
    snapshot: Path
    places: Places
    config: CorpusConfig
    workers: int


def build(plan: BuildPlan) -> CorpusManifest:
    """Build a corpus.

    Raises:
        ConfigError: the name is taken: what is published is never changed in place.
        BrokenRunError: the snapshot or the earlier corpus is damaged, or a worker was killed.
    """
    target = plan.places.corpus(str(plan.name))
    if is_complete(target):
        raise ConfigError(
            f"{target} is there already and is never rebuilt in place; build a trial under a name such as "
            f"{plan.name.base}-try instead"
        )
    if target.exists():
        raise ConfigError(f"{target} is there already but is no complete corpus; move it away, then build again")
    work = make_folder(plan.places.build_work(str(plan.name)))
    with held(work / "lock", busy=f"another build of {plan.name} is running"):
        output = make_folder(work / OUTPUT_FOLDER)
        _build_into(output, plan)
        make_folder(target.parent)
        output.replace(target)
        sync_folder(target.parent)
        shutil.rmtree(work)
    return read_corpus_manifest(target)


def _build_into(output: Path, plan: BuildPlan) -> None:
    shutil.rmtree(output)  # what an interrupted build left
    snapshot = read_snapshot_manifest(plan.snapshot)
    carry = read_carry(corpus_before(plan.places.corpora, plan.name))
    tasks = _tasks(plan, snapshot)
    _run_tasks(tasks, plan.workers, str(plan.name))
    Assembly(plan.name, plan.config, snapshot, carry, tasks, make_folder(output)).write()


def _tasks(plan: BuildPlan, snapshot: SnapshotManifest) -> list[SiteTask]:
    versions = (f"{name}={number}" for name, number in library_versions().items())
    inputs = sha256_of_text(snapshot.content_sha256, config_sha256(plan.config), str(FORMAT_VERSION), *versions)
    work = plan.places.build_work(str(plan.name))
    return [
        SiteTask(
            snapshot=plan.snapshot, site=site.site, area=site.area, config=plan.config,
            inputs_sha256=inputs, folder=work / "sites" / site.site,
            is_reserved=site.reservation is not None and not plan.config.include_reserved_sites,
        )
        for site in sorted(snapshot.sites, key=lambda each: each.site)
    ]  # fmt: skip


def _run_tasks(tasks: Sequence[SiteTask], workers: int, name: str) -> None:
    """One task a site; those that an interrupted build finished are not done again."""
    waiting = [task for task in tasks if not is_done(task)]
    with progress(f"corpus {name}", unit="sites", total=len(tasks)) as meter:
        meter.advance(len(tasks) - len(waiting))
        if workers == 1:
            for task in waiting:
                meter.advance(note=run_site_task(task))
            return
        # spawn: a forked child would share lingua's and libxml2's threads
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            futures = [pool.submit(run_site_task, task) for task in waiting]
            try:
                for future in as_completed(futures):
                    meter.advance(note=future.result())
            except BrokenProcessPool:
                raise BrokenRunError(
                    "a worker was ended from outside, most often for want of memory; type the same command again, "
                    "with fewer --workers: sites that are done are not done again"
                ) from None
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
