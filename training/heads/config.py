"""The settings of fine-tuning: each value with its meaning, unit and source.

In: what the user typed, and `--set KEY=VALUE`. Out: one frozen, checked `HeadConfig`, and the `TrainingConfig` that the
training loop reads. Holds no behaviour beyond checks.
"""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from foundation.overrides import with_overrides
from training.config import OptimizerConfig, ScheduleConfig, TrainingConfig
from training.private.config import PrivacyConfig

ENTITIES, CLASSES = "entities", "classes"
Task = Literal["entities", "classes"]
# Devlin et al. 2019 appendix A.3: 5e-5, 3e-5 or 2e-5 for the heads of BERT.
_OPTIMIZER = OptimizerConfig(learning_rate=5e-5)
# A private step is as long as the noise lets it be: Li et al. 2022 (arXiv 2110.05679) section 3 fine-tune privately
# with ten times the usual learning rate, as configs/private.yaml does; epsilon is that of ts1's private twin.
PRIVATE: tuple[str, ...] = ("privacy.epsilon=8", "optimizer.learning_rate=5e-4")


class HeadConfig(BaseModel):
    """One whole run of fine-tuning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task = Field(description="entities: a label for each word; classes: one for each text")
    base: str = Field(min_length=1, description="Hugging Face name, or folder of a masked language model")
    base_revision: str | None = Field(
        default=None, description="branch, tag or commit of a Hugging Face base; null: its main branch"
    )
    seed: int = Field(default=1, ge=0, lt=2**32, description="decides the new head, order and dropout; 1 is arbitrary")
    epochs: int = Field(
        default=5, ge=1, le=1000, description="passes over the training examples; usual for named entities: 3 to 10"
    )
    max_steps: int | None = Field(
        default=None, ge=1, description="optimizer steps of the whole run; null: as many as `epochs` take"
    )
    train_batch_examples: int = Field(
        default=32, ge=1, le=65_536, description="sentences or texts per optimizer step; Devlin et al. 2019: 16 or 32"
    )
    physical_batch_tokens: int | None = Field(
        default=None, ge=16, description="most tokens that go through the model at once; null: as in training"
    )
    max_length: int = Field(
        default=256, ge=4, le=512,
        description="tokens per example with special tokens; the rest is cut off, and entities there are missed",
    )  # fmt: skip
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="of matrix products; auto: bfloat16 on a GPU that has it, float32 elsewhere"
    )
    deterministic: bool = Field(
        default=True, description="the same weights bit for bit each time on one machine; on a GPU a little slower"
    )
    optimizer: OptimizerConfig = Field(default=_OPTIMIZER)
    schedule: ScheduleConfig = Field(default=ScheduleConfig(warmup=0.1, constant_until=0.1))
    privacy: PrivacyConfig = Field(default_factory=PrivacyConfig)
    unit: str | None = Field(
        default=None, min_length=1,
        description="what the column `unit` of the data holds, in a word (person, case; of a corpus: document): each "
        "of them is protected as a whole; null: each example by itself",
    )  # fmt: skip
    log_steps: int = Field(default=50, ge=1, description="steps between two lines of metrics.jsonl")
    checkpoint_steps: int = Field(default=500, ge=1, description="steps between two checkpoints")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.privacy.unit != PrivacyConfig().unit or self.privacy.unit_file is not None:
            raise ValueError("privacy.unit: the data say which unit an example is of; name it with unit=person")
        if self.unit is not None and not self.privacy.is_on:
            raise ValueError(f"unit {self.unit}: says nothing without privacy.epsilon or privacy.noise_multiplier")
        try:
            loop_config(self)
        except ValidationError as error:  # what the loop does not allow is an error here
            told = "; ".join(detail["msg"].removeprefix("Value error, ") for detail in error.errors())
            raise ValueError(told) from None
        return self


def head_config(task: Task, base: str, overrides: Iterable[str] = ()) -> HeadConfig:
    """The settings of a run. Raises ConfigError where an override is not allowed."""
    return with_overrides(HeadConfig(task=task, base=base), overrides)


def loop_config(config: HeadConfig) -> TrainingConfig:
    """What the training loop reads of it; settings of masked language modelling keep a value that nothing asks for."""
    names = set(HeadConfig.model_fields) & set(TrainingConfig.model_fields)
    values = config.model_dump(include=names)
    return TrainingConfig.model_validate(
        values | {"train_batch_sentences": config.train_batch_examples, "compile": "off"}
    )
