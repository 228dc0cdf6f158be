"""YAML files written by people, checked against a pydantic model, with the place of each error.

In: a YAML text and a model. Out: the checked model, or one ConfigError that lists every error of the file as
`file:line:column: key.path: value: what is allowed`. Keys given twice are errors; PyYAML would keep the last.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from foundation.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)
MAX_ERRORS_SHOWN = 40
Location = tuple[str | int, ...]


def load_yaml(path: Path, model: type[Model]) -> Model:
    """Read and check a file.

    Raises:
        ConfigError: the file is missing, not YAML, or not what the model allows.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    return parse_yaml(text, model, name=str(path))


def parse_yaml(text: str, model: type[Model], *, name: str) -> Model:
    """Check a YAML text; `name` stands for the file in messages. Raises as `load_yaml`."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
        twins = list(_twins(root))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigError(f"{place}: not YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{name}: not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ConfigError(f"{name}: nested too deeply, or a part of it contains itself") from None
    complaints = [
        f"{_place(name, key)}: {_dotted(where)}: given twice (first in line {first.start_mark.line + 1}); keep one"
        for where, key, first in twins
    ]
    checked = None
    try:
        checked = model.model_validate({} if values is None else values)
    except ValidationError as error:
        details: list[dict[str, Any]] = [dict(detail) for detail in error.errors()]
        lists = {detail["loc"][:-1] for detail in details}
        # pydantic calls a list of which every item is wrong too short as well
        complaints += [
            _complaint(name, root, detail)
            for detail in details
            if detail["type"] != "too_short" or detail["loc"] not in lists
        ]
    if complaints or checked is None:
        shown = complaints[:MAX_ERRORS_SHOWN]
        if len(complaints) > len(shown):
            shown.append(f"... and {len(complaints) - len(shown)} more")
        raise ConfigError("\n".join(shown))
    return checked


def _complaint(name: str, root: yaml.Node | None, detail: dict[str, Any]) -> str:
    where: Location = detail["loc"]
    node = _node_at(root, where)
    place = _place(name, node)
    if detail["type"] == "missing":
        return f"{place}: {_dotted(where)}: missing"
    if detail["type"] == "extra_forbidden":
        return f"{place}: {_dotted(where)}: there is no such key"
    message = detail["msg"].removeprefix("Value error, ")
    written = node.value if isinstance(node, yaml.ScalarNode) else None
    if written is None:
        return f"{place}: {_dotted(where)}: {message}"
    found = f"{written}"
    if isinstance(detail["input"], int) and not isinstance(detail["input"], bool) and written.startswith("0"):
        message += f'; without quotes YAML reads {written} as the number {detail["input"]}: write "{written}"'
    elif isinstance(detail["input"], bool):
        message += f'; without quotes YAML reads {written} as {detail["input"]}: write "{written}"'
    return f"{place}: {_dotted(where)}: {found}: {message}"


def _place(name: str, node: yaml.Node | None) -> str:
    return f"{name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}" if node else name


def _dotted(where: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in where) or "(the whole file)"


def _node_at(root: yaml.Node | None, where: Location) -> yaml.Node | None:
    """The node at a key path, or the deepest one on the way: a missing key has its parent's place."""
    node = root
    for part in where:
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            below = node.value[part]
        else:
            below = None
        if below is None:
            return node
        node = below
    return node


def _twins(node: yaml.Node | None, where: Location = ()) -> Iterator[tuple[Location, yaml.Node, yaml.Node]]:
    """Keys given twice in one mapping, with the place of the first."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value in seen:
                yield (*where, key.value), key, seen[key.value]
            seen.setdefault(key.value, key)
            yield from _twins(value, (*where, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _twins(value, (*where, index))
