"""An audit of a run, in reading order: the model itself, texts that somebody asks about, and a twin with canaries.

In: the name of a finished run and wishes. Out: `runs/<run>/audit.json`, written after each part: what was found once is
not asked again, and a twin that is half trained is gone on with.
"""

from dataclasses import dataclass
from typing import Any

from foundation.locks import held
from foundation.places import Places
from training.audit.failures import Failure, failures_of
from training.audit.kinds import Subject
from training.audit.limits import Claim
from training.audit.on_the_run import audit_model, audit_probe
from training.audit.on_the_twin import audit_twin
from training.audit.opening import open_run
from training.audit.probing import read_probe
from training.audit.report import (
    PROBE,
    TWIN,
    Part,
    Setting,
    parts_of,
    read_report,
    report,
    that_holds,
    write_report,
)
from training.audit.twin import remove_twin
from training.audit.wishes import AuditWishes, Missing, missing_parts
from training.bases.finding import Base
from training.devices import choose_device
from training.extra import require_private_extra
from training.private.accounting import PRV
from training.private.statement import read_statement
from training.run_folder import LOCK_NAME


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The content of audit.json.

    Attributes:
        passed: None where what decides could not be tested.
        is_stored: nothing had to be asked for it.
        consequence: what follows for the run where it did not pass.
    """

    run: str
    passed: bool | None
    values: dict[str, Any]
    is_stored: bool
    consequence: str


def audit_run(places: Places, run: str, wishes: AuditWishes) -> Audit:
    """Audit a finished run.

    Raises:
        ConfigError: no such run, its corpus or base is not there any more, canaries or texts that cannot be, or the
            libraries of private training are not installed.
        BrokenRunError: its files or its corpus are damaged, or a model gives no numbers.
        KeyboardInterrupt: stopped by the user; the same call goes on.
    """
    device, subject = choose_device(wishes.device), open_run(places, run, wishes.data)
    if subject.is_private:
        require_private_extra()
    if wishes.probe_file is not None:  # before anything that takes long
        subject.prober(read_probe(wishes.probe_file))
    setting = Setting(subject=subject, claim=claim_of(subject), device=device)
    with held(subject.folder / LOCK_NAME, busy=f"{subject.folder}: another process trains or audits this run"):
        if wishes.fresh or subject.why_changed is not None:  # a twin that nobody will go on with
            remove_twin(subject)
        if wishes.has_twin:
            subject.check_data()
        earlier = read_report(subject)
        stored = {} if wishes.fresh else that_holds(earlier, subject)
        parts, known = parts_of(stored), failures_of(earlier, subject.weights_sha256)
        missing = missing_parts(subject, parts, wishes)
        if missing.is_something:
            with subject.base_at_hand() as base:
                stored = _complete(setting, parts, missing, base, known)
        if wishes.has_twin:  # also where a kill came between its findings and this
            remove_twin(subject)
    return Audit(
        run=run, passed=stored["passed"], values=stored, is_stored=not missing.is_something,
        consequence=subject.consequence,
    )  # fmt: skip


def _complete(
    setting: Setting, parts: dict[str, Part], missing: Missing, base: Base, known: list[Failure]
) -> dict[str, Any]:
    """Make what is missing, what is quick first; each part is kept at once."""
    values: dict[str, Any] = {}

    def keep(found: dict[str, Part]) -> None:
        nonlocal values
        parts.update(found)
        write_report(setting.subject, report(setting, parts, known))
        values = read_report(setting.subject)  # as the next one will find it

    if missing.of_model:
        keep(audit_model(setting, base))
    if missing.probe_file is not None:
        keep({PROBE: audit_probe(setting, base, missing.probe_file)})
    if missing.canaries is not None:
        keep({TWIN: audit_twin(setting, base, missing.canaries)})
    return values


def claim_of(subject: Subject) -> Claim | None:
    """What a private run states of itself, without those behind its base; None of another."""
    if not subject.is_private:
        return None
    told = read_statement(subject.folder)
    return Claim(
        epsilon=told["epsilon"][PRV], delta=told["delta"], english_unit=told["unit"]["english"],
        danish_unit=told["unit"]["danish"],
    )  # fmt: skip
