"""What is asked of an audit, and what of that is not known yet.

In: wishes, and the parts of an earlier audit. Out: the parts that are to be made. Makes none of them (auditing.py).
"""

from dataclasses import dataclass
from pathlib import Path

from foundation.errors import ConfigError
from foundation.files import sha256_of_text
from training.audit.kinds import Subject
from training.audit.limits import ENOUGH_CANARIES
from training.audit.on_the_twin import Canaries
from training.audit.report import MODEL_PARTS, TWIN, Part
from training.audit.twin import plan_of

NUM_CANARIES, MIN_CANARIES = ENOUGH_CANARIES, 100  # with 100 no more than epsilon 3 could be shown
UNPROMISED_DELTA = 1e-5  # a run without privacy states none; with a larger one canaries show less


@dataclass(frozen=True, kw_only=True)
class AuditWishes:
    """What is asked for.

    Attributes:
        num_canaries: of which the twin learns about half; None: as many as an earlier audit had, or NUM_CANARIES.
        device: auto, cpu or cuda.
        has_twin: false: only the model itself is asked.
        probe_file: texts to be asked about, one a line.
        data: of a head that was trained on the user's own files, where these are.
        fresh: nothing of an earlier audit is taken over, but for what failed.
        seed: of canaries and coins; None: one that follows from the run's weights.
    """

    num_canaries: int | None = None
    device: str = "auto"
    has_twin: bool = True
    probe_file: Path | None = None
    data: tuple[Path, ...] = ()
    fresh: bool = False
    seed: int | None = None


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Parts that are to be made."""

    of_model: bool
    probe_file: Path | None
    canaries: Canaries | None

    @property
    def is_something(self) -> bool:
        return self.of_model or self.probe_file is not None or self.canaries is not None


def missing_parts(subject: Subject, parts: dict[str, Part], wishes: AuditWishes) -> Missing:
    """A probe file is asked about each time. Raises ConfigError where there are too few canaries."""
    canaries = _canaries(subject, wishes, parts)
    has_twin = TWIN in parts and Canaries.of(parts[TWIN].values) == canaries
    return Missing(
        of_model=any(name not in parts for name in MODEL_PARTS), probe_file=wishes.probe_file,
        canaries=canaries if wishes.has_twin and not has_twin else None,
    )  # fmt: skip


def _canaries(subject: Subject, wishes: AuditWishes, parts: dict[str, Part]) -> Canaries:
    """How many, and the seed, which nobody chooses: other coins would be another audit."""
    before = Canaries.of(parts[TWIN].values) if TWIN in parts else None
    number = wishes.num_canaries or (before.number if before else NUM_CANARIES)
    if number < MIN_CANARIES:
        raise ConfigError(f"--canaries {number}: take at least {MIN_CANARIES}, or --no-twin")
    seed = int(sha256_of_text("audit", subject.weights_sha256)[:8], 16) if wishes.seed is None else wishes.seed
    plan = plan_of(subject)
    return Canaries(number=number, seed=seed, delta=UNPROMISED_DELTA if plan is None else plan.delta)
