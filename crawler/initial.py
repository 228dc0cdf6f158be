"""`tvaerkom init`: the user's settings file, and what the machine can do.

In: name and contact. Out: tvaerkom.yaml where there was none, and lines about disk, memory, cores and GPU.
"""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import yaml

from foundation.files import write_text
from foundation.user_settings import UserSettings, read_user_settings
from foundation.yaml_errors import parse_yaml

_HEAD = """\
# Tværkom: who crawls, and what differs here from the register. Checked by every command.
# More: operator.page (a web page about the crawl), operator.purpose, data (the data folder), and for a site, with
# reason and date, crawl: false, excludes, delay_s. See docs/how-to/add-a-municipality.md.
"""


def write_user_settings(path: Path, *, name: str | None, contact: str | None, page: str | None) -> str:
    """Write the file unless it is there; gives a sentence about it.

    Raises:
        ConfigError: the contact is no address, or the file that is there is broken.
    """
    if path.exists():
        operator = read_user_settings(path.parent).operator
        who = f"{operator.name}, {operator.contact}" if operator else "no operator yet"
        return f"{path} is there already ({who}); edit it by hand"
    fields = {"name": name, "contact": contact, "page": page}
    operator_text = yaml.safe_dump(
        {"operator": {key: value for key, value in fields.items() if value}}, allow_unicode=True, sort_keys=False
    )
    parse_yaml(operator_text, UserSettings, name="tvaerkom init")
    write_text(path, _HEAD + operator_text)
    return f"{path} written"


def check_machine(data: Path) -> Iterator[str]:
    """What a crawl and a training run can count on."""
    existing = next(folder for folder in (data.resolve(), *data.resolve().parents) if folder.exists())
    free_gb = shutil.disk_usage(existing).free / 1e9
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    yield f"cores: {os.cpu_count()}, memory: {memory_gb:.0f} GB, free disk at {existing}: {free_gb:.0f} GB"
    if free_gb < 50:
        yield "a crawl of all 102 sites takes tens of GB; give it a larger disk with --data"
    if importlib.util.find_spec("torch") is None:
        yield "training is not installed here (crawling and building need none of it): pip install '.[train]'"
        return
    import torch

    if torch.cuda.is_available():
        yield f"GPU: {torch.cuda.get_device_name(0)}"
    else:
        yield "no GPU: fine for crawling, building and the demo; train a full model on a machine with one"
