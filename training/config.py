"""The settings of a training run: each value with its meaning, unit and source.

In: a configuration that ships with the software (`configs/*.yaml`) or a YAML file of the user's, and `--set
KEY=VALUE`. Out: one frozen, checked `TrainingConfig`. The defaults are the published recipe. Holds no
behaviour beyond checks.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from foundation.errors import ConfigError
from foundation.overrides import dotted_keys, with_overrides
from foundation.yaml_errors import load_yaml
from training.private.config import PrivacyConfig

CONFIGS_FOLDER = Path(__file__).parent / "configs"
PRIVATE = "private"
SMALL_BASE = "small"  # the reserved name of the model made on the spot; a folder called so is written ./small


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OptimizerConfig(_Strict):
    """AdamW. Source of the defaults: model card of ts1; weight decay: the training code behind it."""

    learning_rate: float = Field(default=1e-4, gt=0, le=1, description="highest learning rate; ts1: 1e-4")
    beta1: float = Field(default=0.9, ge=0, lt=1, description="decay of the first moment; ts1: 0.9")
    beta2: float = Field(default=0.999, ge=0, lt=1, description="decay of the second moment; ts1: 0.999")
    epsilon: float = Field(default=1e-8, gt=0, le=1e-2, description="added to the denominator; ts1: 1e-8")
    weight_decay: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="decoupled weight decay, not on biases and layer norms; ts1's code: 0.01",
    )
    max_grad_norm: float | None = Field(
        default=None, gt=0, description="longer gradients are shortened to this norm; null: none are, as in ts1"
    )


class ScheduleConfig(_Strict):
    """Learning rate over the run: linear warm-up, constant, linear decay to 0.

    Source of the defaults: code of ts1. A longer constant part and a short decay make a trapezoid (Hägele et al. 2024).
    """

    warmup: float = Field(default=0.1, ge=0, le=1, description="share of all steps in which the rate rises from 0")
    constant_until: float = Field(
        default=0.5, ge=0, le=1, description="share of all steps after which the rate falls to 0"
    )

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.warmup > self.constant_until:
            raise ValueError(f"constant_until {self.constant_until} must not be below warmup {self.warmup}")
        return self


class SmallConfig(_Strict):
    """The BERT made from nothing when `base` is `small`; not read otherwise."""

    num_layers: int = Field(default=4, ge=1, le=24, description="transformer layers")
    hidden_size: int = Field(default=128, ge=8, le=1024, description="width of a layer")
    num_heads: int = Field(default=4, ge=1, le=16, description="attention heads; divides hidden_size")
    intermediate_size: int = Field(default=512, ge=8, le=4096, description="width of the feed-forward part")
    vocabulary_size: int = Field(
        default=4000, ge=100, le=100_000, description="word pieces learnt from the training split"
    )

    @model_validator(mode="after")
    def _check_heads(self) -> Self:
        if self.hidden_size % self.num_heads:
            raise ValueError(f"hidden_size {self.hidden_size} must be a multiple of num_heads {self.num_heads}")
        return self


class DataConfig(_Strict):
    """Which sentences are trained on."""

    part: Literal["all", "changed"] = Field(
        default="all",
        description="all sentences of the corpus, or those that the base was not trained on before (`--base champion`)",
    )
    replay_share: float = Field(
        default=0.25, ge=0, lt=1,
        description="with part `changed`: share of an epoch drawn from the other sentences of the corpus, so that they "
        "are not forgotten; Ibrahim et al. 2024 (arXiv 2403.08763) use 0.01 to 0.5",
    )  # fmt: skip
    general: str | None = Field(
        default=None,
        description="general Danish to mix in against forgetting: a file (.txt, .jsonl, .parquet) or a data set of "
        "Hugging Face as NAME:CONFIGURATION:SPLIT; null: none, as in ts1",
    )
    general_share: float = Field(
        default=0.05, ge=0, lt=1, description="with `general`: its share of an epoch; the same source: 0.05"
    )  # fmt: skip


class TrainingConfig(_Strict):
    """One whole run. Source of the defaults: model card of ts1 (NB-BERT-base continued on municipal text)."""

    base: str = Field(
        default="NbAiLab/nb-bert-base",
        min_length=1,
        description="Hugging Face name or folder of a masked language model with safetensors; `small` makes a BERT "
        "with its own vocabulary",
    )
    base_revision: str | None = Field(
        default=None, description="branch, tag or commit of a Hugging Face base; null: its main branch"
    )
    seed: int = Field(default=1, ge=0, lt=2**32, description="decides order, masks and dropout; 1 is arbitrary")
    epochs: int = Field(default=10, ge=1, le=1000, description="passes over the training split; ts1: 10")
    max_steps: int | None = Field(
        default=None, ge=1, description="optimizer steps of the whole run; null: as many as `epochs` take"
    )
    train_batch_sentences: int = Field(default=64, ge=1, le=65_536, description="sentences per optimizer step; ts1: 64")
    physical_batch_tokens: int | None = Field(
        default=None, ge=16,
        description="most tokens that go through the model at once; a larger batch is cut up and its gradients added: "
        "the same update, but for what dropout draws; null: 4096 on a CPU, on a GPU the whole batch, halved where "
        "memory is short",
    )  # fmt: skip
    eval_sentences: int | None = Field(
        default=None, ge=1, description="evaluate on so many validation sentences, chosen by their ids; null: on all"
    )
    eval_steps: int | None = Field(
        default=None, ge=1, description="steps between two evaluations on the way; null: only before and after"
    )
    publish: Literal["last", "best"] = Field(
        default="last",
        description="which weights become the model: the last ones, as ts1, or those of the lowest loss on the way",
    )
    max_length: int = Field(
        default=64,
        ge=4,
        le=512,
        description="tokens per sentence with special tokens; the rest is cut off; ts1: 64",
    )
    mlm_probability: float = Field(
        default=0.15,
        gt=0,
        le=0.9,
        description="share of ordinary tokens to predict; Devlin et al. 2019 section 3.1: 0.15",
    )
    whole_words: bool = Field(
        default=False, description="hide whole words instead of single tokens; ts1: single tokens"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="of matrix products; auto: bfloat16 on a GPU that has it, float32 elsewhere"
    )
    compile: Literal["auto", "on", "off"] = Field(
        default="auto", description="torch.compile: minutes at the start for faster steps; auto: on a GPU"
    )
    deterministic: bool = Field(
        default=True, description="the same weights bit for bit each time on one machine; on a GPU a little slower"
    )
    data: DataConfig = Field(default_factory=DataConfig)
    optimizer: OptimizerConfig = Field(default_factory=OptimizerConfig)
    schedule: ScheduleConfig = Field(default_factory=ScheduleConfig)
    small: SmallConfig = Field(default_factory=SmallConfig)
    privacy: PrivacyConfig = Field(default_factory=PrivacyConfig)
    log_steps: int = Field(default=50, ge=1, description="steps between two lines of metrics.jsonl")
    checkpoint_steps: int = Field(
        default=2000, ge=1, description="steps between two checkpoints; one of NB-BERT-base takes 2.1 GB"
    )

    @model_validator(mode="after")
    def _check_publish(self) -> Self:
        if self.publish == "best" and self.eval_steps is None:
            raise ValueError("publish best: says nothing without eval_steps, the steps between two evaluations")
        return self

    @model_validator(mode="after")
    def _check_privacy(self) -> Self:
        if not self.privacy.is_on:
            return self
        if self.publish == "best":
            raise ValueError("publish best: chooses by what was not protected; a private run takes publish last")
        if self.data.part != "all" or self.data.general is not None:
            raise ValueError("data: a private run takes all of the corpus and nothing else (part all, general null)")
        if self.optimizer.max_grad_norm is not None:
            raise ValueError("optimizer.max_grad_norm: a private run shortens each unit's gradient: privacy.clip_norm")
        return self


def shipped_configs() -> list[str]:
    return sorted(path.stem for path in CONFIGS_FOLDER.glob("*.yaml"))


def read_config(name_or_file: str, overrides: Iterable[str] = (), *, base: str | None = None) -> TrainingConfig:
    """Read a shipped configuration by name, or a YAML file; then apply `KEY=VALUE` overrides in order.

    Raises:
        ConfigError: no such configuration, a broken file, or an override that the model does not allow.
    """
    path = CONFIGS_FOLDER / f"{name_or_file}.yaml"
    if name_or_file not in shipped_configs():
        path = Path(name_or_file)
        if not path.is_file():
            known = ", ".join(shipped_configs())
            raise ConfigError(f"--config {name_or_file}: no such file, and not one of {known}")
    config = load_yaml(path, TrainingConfig)
    if base is not None:
        config = config.model_copy(update={"base": base})
    config = with_overrides(config, overrides)
    if name_or_file == PRIVATE and not config.privacy.is_on:
        raise ConfigError(
            "--config private: without privacy.epsilon and privacy.noise_multiplier training would not be private; "
            "give one of the two, or take another configuration"
        )
    return config


def differing_keys(old: TrainingConfig, new: TrainingConfig) -> list[str]:
    """What two configurations disagree on, as `key: OLD there, NEW here`."""
    before, after = old.model_dump(), new.model_dump()
    return [f"{key}: {_at(before, key)} there, {_at(after, key)} here"
            for key in dotted_keys(after) if _at(before, key) != _at(after, key)]  # fmt: skip


def _at(values: dict[str, Any], key: str) -> Any:
    place: Any = values
    for part in key.split("."):
        place = place[part]
    return place
