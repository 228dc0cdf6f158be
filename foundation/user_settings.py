"""`tvaerkom.yaml`: who crawls, what differs from the register, and what models are tried on.

In: the file in the working directory. Out: checked settings. The register itself is read by crawler/register.py.
"""

import datetime
import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from foundation.yaml_errors import load_yaml

FILE_NAME = "tvaerkom.yaml"
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


# Keys of a run's evaluation.json, beside which the names of control sets stand.
RESERVED_NAMES = ("validation", "format_version")
_CONTROL_NAME = re.compile(r"\w[\w -]{0,39}")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Operator(_Strict):
    """Who answers for the crawl: page and contact go with each request, all of it into each WARC file."""

    name: Text = Field(description="the organisation that crawls")
    contact: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] = Field(
        description="an e-mail address that a webmaster can write to"
    )
    page: str | None = Field(None, description="a web page about the crawl", pattern=r"^https?://\S+$")
    purpose: str | None = Field(None, description="what the texts are for, in one sentence")


class SiteDifference(_Strict):
    """What differs from the register for one site."""

    crawl: bool | None = Field(None, description="false: do not visit this site")
    excludes: tuple[Text, ...] = Field((), description="more hosts, or beginnings of paths, to leave out")
    delay_s: float | None = Field(None, ge=0, le=3600, description="seconds between two requests")
    reason: Text
    date: datetime.date


class TrainingSettings(_Strict):
    """What every model is tried on, whatever it is trained on."""

    controls: dict[str, Text] = Field(
        default_factory=dict,
        description="control sets, which show what a model forgets: name -> a file (.txt, .jsonl, .jsonl.gz, .parquet) "
        "or a data set of Hugging Face as NAME:CONFIGURATION:SPLIT",
    )

    @field_validator("controls")
    @classmethod
    def _check_names(cls, controls: dict[str, str]) -> dict[str, str]:
        for name in controls:
            if not _CONTROL_NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot name a set: use at most 40 letters, digits, spaces, - and _")
            if name in RESERVED_NAMES:
                raise ValueError(f"{name!r} is a name of our own records; give the set another")
        return controls


class UserSettings(_Strict):
    """The whole file."""

    operator: Operator | None = None
    data: str | None = Field(None, description="the data folder")
    sites: dict[str, SiteDifference] = Field(default_factory=dict, description="site id, name or host -> difference")
    training: TrainingSettings = Field(default_factory=TrainingSettings, description="what models are tried on")


def read_user_settings(folder: Path) -> UserSettings:
    """Read `tvaerkom.yaml` in `folder`; all defaults where there is none.

    Raises:
        ConfigError: the file is broken.
    """
    path = folder / FILE_NAME
    return load_yaml(path, UserSettings) if path.exists() else UserSettings()
