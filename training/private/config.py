"""The settings of differential privacy, a section of a training configuration.

In: values. Out: one frozen, checked `PrivacyConfig`. Holds no behaviour beyond checks; training/config.py reads it.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SENTENCE, DOCUMENT = "sentence", "document"
TOO_LARGE_DELTA = 0.01  # with such a chance of failing, hardly anything is promised


class PrivacyConfig(BaseModel):
    """On where `epsilon` or `noise_multiplier` is given (Abadi et al. 2016: DP-SGD); off where neither is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epsilon: float | None = Field(
        default=None, gt=0, le=1000,
        description="the privacy promised, smaller is more; the noise follows from it; null: no privacy, unless "
        "noise_multiplier is given. ts1's private twin: 8",
    )  # fmt: skip
    noise_multiplier: float | None = Field(
        default=None, gt=0, le=1000,
        description="standard deviation of the noise on the sum of a lot, as a multiple of clip_norm; instead of "
        "epsilon, which then follows from it",
    )  # fmt: skip
    delta: float | None = Field(
        default=None, gt=0, lt=TOO_LARGE_DELTA,
        description="chance with which the promise may fail; null: the largest power of ten not above 1 / number of "
        "units",
    )  # fmt: skip
    unit: str = Field(
        default=SENTENCE, min_length=1,
        description="whose presence is hidden: `sentence`, `document`, or the name of a column of unit_file",
    )  # fmt: skip
    unit_file: str | None = Field(
        default=None,
        description="a .csv or .parquet file with a column called as `unit` says (person, case, ...) beside one of "
        "sentence_id, document_id or url",
    )
    sentences_per_unit: int = Field(
        default=8, ge=1, le=1024,
        description="most sentences of one unit in a step, drawn anew each time; of a sentence there is one",
    )  # fmt: skip
    lot: int | None = Field(
        default=None, ge=1,
        description="units of an average step; null: as many as the size of the model asks for (16,384 for NB-BERT), "
        "or a twentieth of all units where those are fewer. The noise is the same for any lot, so a small one drowns "
        "in it: ts1's was 64",
    )  # fmt: skip
    clip_norm: float = Field(
        default=1.0, gt=0, le=1e6, description="longest gradient of a unit; a longer one is shortened to it"
    )
    embeddings: Literal["frozen", "trainable"] = Field(
        default="frozen",
        description="frozen: embeddings, and the head's matrix tied to them, stay as they are: less noise, less time",
    )

    @property
    def is_on(self) -> bool:
        return self.epsilon is not None or self.noise_multiplier is not None

    @property
    def has_own_unit(self) -> bool:
        """Whether the unit is a column of a file of the user's."""
        return self.unit not in (SENTENCE, DOCUMENT)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.is_on and self != type(self).model_construct():
            raise ValueError(
                "these settings promise nothing without epsilon or noise_multiplier, and training would go on without "
                "privacy; give one of the two, or leave the section out"
            )
        if self.epsilon is not None and self.noise_multiplier is not None:
            raise ValueError("epsilon and noise_multiplier: one follows from the other; give only one")
        if self.has_own_unit != (self.unit_file is not None):
            raise ValueError(
                f"unit {self.unit} and unit_file {self.unit_file}: a unit that is neither sentence nor document needs "
                "a file that says which it is, and only then"
            )
        return self
