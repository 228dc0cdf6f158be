"""`--set KEY=VALUE` on a checked configuration, and the configuration's hash.

In: a pydantic configuration and what the user wrote. Out: a new one, checked by the same model.
"""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from foundation.errors import ConfigError
from foundation.files import sha256_of_text

Model = TypeVar("Model", bound=BaseModel)


def with_overrides(config: Model, overrides: Iterable[str]) -> Model:
    """Apply overrides in order; a key is dotted where the configuration is nested.

    Raises:
        ConfigError: not KEY=VALUE, no such key, or a value that the model does not allow.
    """
    values = config.model_dump()
    written = dict(_apply(values, override) for override in overrides)
    try:
        return type(config).model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_complaint(detail, written) for detail in error.errors())) from None


def config_sha256(config: BaseModel) -> str:
    return sha256_of_text(json.dumps(config.model_dump(mode="json"), sort_keys=True))


def dotted_keys(values: dict[str, Any], prefix: str = "") -> list[str]:
    """Every key of a nested configuration, as `--set` names it."""
    keys: list[str] = []
    for key, value in values.items():
        keys += dotted_keys(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key]
    return keys


def _apply(values: dict[str, Any], override: str) -> tuple[str, str]:
    key, equals, text = override.partition("=")
    if not equals:
        raise ConfigError(f"--set {override}: write KEY=VALUE, for example --set {dotted_keys(values)[0]}=...")
    try:
        value = yaml.safe_load(text)  # of 1e-3, a text to YAML 1.1, the model makes a number
    except yaml.YAMLError:
        raise ConfigError(f"--set {override}: the value is not YAML") from None
    *parents, last = key.split(".")
    place: Any = values
    for parent in parents:
        place = place.get(parent) if isinstance(place, dict) else None
    if not isinstance(place, dict) or last not in place:
        raise ConfigError(f"--set {override}: there is no key {key}; the keys are {', '.join(dotted_keys(values))}")
    place[last] = value
    return key, text


def _complaint(detail: Any, written: dict[str, str]) -> str:
    where = [str(part) for part in detail["loc"]]
    key = next((".".join(where[:length]) for length in range(len(where), 0, -1) if ".".join(where[:length]) in written),
               ".".join(where))  # fmt: skip
    message = detail["msg"].removeprefix("Value error, ")
    return f"--set {key}={written[key]}: {message}" if key in written else f"{key}: {message}"
