"""The corpus stage in reading order.

In: a published snapshot, a configuration, what must be forgotten, and the carry of the corpus before. Out: a complete
corpus folder, the same bytes for the same inputs and any number of workers. A folder appears under its name only when
it is whole.
"""

import platform
import shutil
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpus.assembly import Assembly
from corpus.cached_code import judged_page_sha256, page_text_sha256, whole_stage_sha256
from corpus.carry import Carry, corpus_before, read_carry
from corpus.config import CorpusConfig
from corpus.documents import join_documents
from corpus.excluded import NOTHING_EXCLUDED, Excluded
from corpus.joined import Joined
from corpus.memory import release_memory
from corpus.near import stage as near_stage
from corpus.near.signature_cache import SignatureCache
from corpus.papers import Inputs, library_versions, write_papers
from corpus.schema import FORMAT_VERSION, CorpusManifest, read_corpus_manifest
from corpus.sentence_parts import part_tasks, save_documents, write_part
from corpus.site_tables import OCCURRENCES, num_rows
from corpus.site_task import SiteTask, archive_of, is_done, run_site_task
from corpus.verdicts import STAYS, judge_sentences
from corpus.workers import Workers
from crawler.snapshot import SnapshotManifest, read_snapshot_manifest
from foundation.applied import stamp
from foundation.erasures import NOTHING_ERASED, Erasures
from foundation.errors import BrokenRunError, ConfigError, NeedsPersonError
from foundation.files import make_folder, sha256_of_text, sync_folder
from foundation.locks import held
from foundation.manifests import is_complete
from foundation.overrides import config_sha256
from foundation.places import Places
from foundation.progress import progress
from foundation.quarters import QuarterName, parse_quarter

OUTPUT_FOLDER, JOINED_FOLDER = "output", "joined"
CACHED_QUARTERS = 2  # what no build has used in these and the present quarter leaves the cache


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """One build: `snapshot` is a published snapshot's folder."""

    name: QuarterName
    snapshot: Path
    places: Places
    config: CorpusConfig
    workers: int
    excluded: Excluded = NOTHING_EXCLUDED
    erasures: Erasures = NOTHING_ERASED


def build(plan: BuildPlan, started: Workers | None = None) -> CorpusManifest:
    """Build a corpus.

    Args:
        started: workers that were started while this process still loaded its libraries.

    Raises:
        ConfigError: the name is taken: what is published is never changed in place.
        BrokenRunError: the snapshot or the earlier corpus is damaged, a worker was killed, or the disk is full.
        NeedsPersonError: no sentence was kept.
    """
    target = plan.places.corpus(str(plan.name))
    check_free(target, plan.places.build_work(str(plan.name)))
    work = make_folder(plan.places.build_work(str(plan.name)))
    if not plan.places.cache.exists():  # what comes into a new one obeys the erasures; nobody knows it of an older one
        make_folder(plan.places.cache)
        for erasure in plan.erasures.ids:
            stamp(plan.places.cache, erasure)
    with held(work / "lock", busy=f"another build of {plan.name} is running"):
        try:
            output = _build_into(work, plan, started or Workers(plan.workers))
            make_folder(target.parent)
            output.replace(target)
            sync_folder(target.parent)
            shutil.rmtree(work)
        except pa.ArrowInvalid as error:
            raise BrokenRunError(
                f"{work}: a working file is damaged ({error}); remove that folder and type the same command again: "
                "what is in the cache is not worked out again"
            ) from error
        except OSError as error:
            raise BrokenRunError(
                f"{error.filename or work}: {error.strerror or error}; when that is mended, type the same command "
                "again: sites that are done are not done again"
            ) from error
    return read_corpus_manifest(target)


def check_free(target: Path, work: Path) -> None:
    """What is published is never changed in place. What a build left that was killed at its very end is cleared away.

    Raises:
        ConfigError: the name of the corpus is taken.
    """
    if is_complete(target):
        if work.exists():
            with suppress(ConfigError), held(work / "lock", busy="another build is running"):
                shutil.rmtree(work)
        name = parse_quarter(target.name)
        other = f"{name}-2" if name.is_trial else f"{name}-try"
        raise ConfigError(
            f"{target} is there already and is never rebuilt in place; build a trial under a name such as {other} "
            "instead"
        )
    if target.exists():
        raise ConfigError(f"{target} is there already but is no complete corpus; move it away, then build again")


def _build_into(work: Path, plan: BuildPlan, workers: Workers) -> Path:
    """Sites apart; then documents, sentences and tables over all sites."""
    snapshot = read_snapshot_manifest(plan.snapshot)
    carry = read_carry(corpus_before(plan.places.corpora, plan.name))
    tasks = site_tasks(plan, snapshot, carry)
    with workers:
        _run_site_tasks(tasks, workers, str(plan.name))
        joined = _join(tasks, snapshot, carry, plan, workers)
    output = _emptied(work / OUTPUT_FOLDER)  # of what an interrupted build left
    assembly = Assembly(joined, output)
    assembly.write()
    if not np.any(joined.verdicts.verdict == STAYS):
        raise NeedsPersonError(
            f"no sentence of {snapshot.id} was kept, so there is no corpus; what was dropped and why: "
            f"{output / 'dropped'}"
        )
    inputs = Inputs(
        snapshot_id=snapshot.id, snapshot_sha256=snapshot.content_sha256, configuration_sha256=joined.config_sha256,
        excluded_sha256=plan.excluded.sha256, num_excluded=len(plan.excluded.texts), erasures=plan.erasures,
    )  # fmt: skip
    write_papers(output, joined, inputs, str(plan.name.base), assembly.statistics)
    return output


def site_tasks(plan: BuildPlan, snapshot: SnapshotManifest, carry: Carry) -> list[SiteTask]:
    """One task a site, in order of the sites."""
    versions = library_versions() | {"python": platform.python_version(), "unicode": unicodedata.unidata_version}
    software = sha256_of_text(str(FORMAT_VERSION), *(f"{key}={value}" for key, value in versions.items()))
    extraction = sha256_of_text(software, page_text_sha256())
    text = sha256_of_text(software, judged_page_sha256(), config_sha256(plan.config))
    inputs = sha256_of_text(
        snapshot.content_sha256, extraction, text, whole_stage_sha256(), str(carry.sha256), str(plan.erasures.sha256)
    )
    work = plan.places.build_work(str(plan.name))
    quarter = plan.name.base
    return [
        SiteTask(
            snapshot=plan.snapshot, site=site.site, config=plan.config, quarter=str(quarter), inputs_sha256=inputs,
            extraction_sha256=extraction, text_sha256=text, archive=archive_of(snapshot.files, site.site),
            carried=carry.boilerplate.get(site.site, {}), folder=work / "sites" / site.site,
            cache=plan.places.cache / "pages" / f"{site.site}.db",
            oldest_quarter=str(quarter.before(CACHED_QUARTERS)), num_pages=site.num_captures,
            is_reserved=site.reservation is not None and not plan.config.include_reserved_sites,
            erasures=plan.erasures,
        )
        for site in sorted(snapshot.sites, key=lambda each: each.site)
    ]  # fmt: skip


def _run_site_tasks(tasks: Sequence[SiteTask], workers: Workers, name: str) -> None:
    """The largest first, so that none is left over at the end; those that are done are not done again."""
    waiting = sorted((task for task in tasks if not is_done(task)), key=lambda task: (-task.num_pages, task.site))
    with progress(f"corpus {name}", unit="pages", total=sum(task.num_pages for task in tasks)) as meter:
        meter.advance(sum(task.num_pages for task in tasks) - sum(task.num_pages for task in waiting))
        # with the workers goes the memory of the language models; joining needs none
        results = workers.run(run_site_task, waiting, on_cpu_limit=_give_up_page, next_module=near_stage.__name__)
        for place, site in results:
            meter.advance(waiting[place].num_pages, note=site)


def _give_up_page(task: SiteTask) -> None:
    from corpus.site_texts import give_up_page

    if give_up_page(task) is None:
        raise BrokenRunError(f"site {task.site}: a worker was ended for its CPU time, but no page of it was read")


def _join(
    tasks: Sequence[SiteTask], snapshot: SnapshotManifest, carry: Carry, plan: BuildPlan, workers: Workers
) -> Joined:  # fmt: skip
    folders = [task.folder for task in tasks]
    work = _emptied(plan.places.build_work(str(plan.name)) / JOINED_FOLDER)
    quarters = tuple(sorted({*carry.quarter_names, str(plan.name.base)}))
    with progress(f"corpus {plan.name}: duplicates", unit="steps", total=3) as meter:
        documents = join_documents(folders, work, plan.config.validation_share, workers, _near(plan, "documents"))
        release_memory()
        meter.advance(note="documents")
        save_documents(documents, work)
        carry.save(work)
        num_occurrences = sum(num_rows(folder, OCCURRENCES) for folder in folders)
        parts = part_tasks(num_occurrences, folders, work, quarters.index(str(plan.name.base)))
        sizes = dict(workers.run(write_part, parts))
        meter.advance(note="sentences")
        verdicts = judge_sentences(
            work, [sizes[number] for number in range(len(parts))], plan.excluded.texts, workers,
            _near(plan, "sentences"),
        )  # fmt: skip
        meter.advance(note="near duplicates")
    return Joined(
        name=str(plan.name), config=plan.config, config_sha256=config_sha256(plan.config),
        sites=tuple(sorted(snapshot.sites, key=lambda each: each.site)), tasks=tuple(tasks), carry=carry,
        quarter_names=quarters, documents=documents, verdicts=verdicts, work=work,
    )  # fmt: skip


def _near(plan: BuildPlan, kind: str) -> SignatureCache:
    """A trial of other rules does not replace what the next quarter needs."""
    return SignatureCache(plan.places.cache / "near" / kind, is_kept=not plan.name.is_trial)


def _emptied(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    return make_folder(folder)
