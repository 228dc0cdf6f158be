"""tvaerkom.yaml, where the data folder is, and what an error in a YAML file says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from foundation.command import DATA_VARIABLE, resolve_command
from foundation.errors import ConfigError
from foundation.user_settings import FILE_NAME, UserSettings, read_user_settings
from foundation.yaml_errors import MAX_ERRORS_SHOWN, parse_yaml

WHOLE = """\
operator: {name: Nordby Kommune, contact: data@nordby.example, page: "https://nordby.example/bot", purpose: Sprog}
data: /var/tvaerkom
sites:
  sønderborg: {crawl: false, reason: asked, date: 2026-10-01}
  "0101": {delay_s: 2.5, excludes: [/arkiv], reason: slow, date: 2026-10-02}
training:
  controls: {general: general.jsonl.gz, sundheds sprog: "some/set:plain:test"}
"""


def write(folder: Path, text: str) -> None:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")


def test_file_is_read(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    settings = read_user_settings(tmp_path)
    assert settings.operator and settings.operator.contact == "data@nordby.example"
    assert (settings.sites["sønderborg"].crawl, settings.sites["sønderborg"].delay_s) == (False, None)
    assert (settings.sites["0101"].delay_s, settings.sites["0101"].excludes) == (2.5, ("/arkiv",))
    assert settings.training.controls == {"general": "general.jsonl.gz", "sundheds sprog": "some/set:plain:test"}


@pytest.mark.parametrize("text", ["", "# only a remark\n", None])
def test_nothing_written_means_all_defaults(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        write(tmp_path, text)
    assert UserSettings() == read_user_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("operator: {name: x, contact: here}", "1:30: operator.contact: here: String should match pattern"),
        ("operator: {name: x}", "1:11: operator.contact: missing"),
        ("operator: {name: x, contact: a@b.dk, page: b.dk}", "1:44: operator.page: b.dk: String should match pattern"),
        ("opreator: {}", "1:11: opreator: there is no such key"),
        ("data: no", "1:7: data: no: Input should be a valid string; without quotes YAML reads no as False: "
                     'write "no"'),
        ("sites: {a: {crawl: false, date: 2026-10-01}}", "1:12: sites.a.reason: missing"),
        ("sites: {a: {reason: x, date: soon}}", "1:30: sites.a.date: soon: Input should be a valid date"),
        ("sites: {a: {reason: x, date: 2026-10-01, delay_s: -1}}", "1:51: sites.a.delay_s: -1: Input should be"),
        ("sites: {a: {reason: x, date: 2026-10-01, delay_s: .nan}}", "sites.a.delay_s: .nan: Input should be"),
        ("training: {controls: {validation: a.txt}}", "1:22: training.controls: 'validation' is a name of our"),
        ("training: {controls: {../a: a.txt}}", "1:22: training.controls: '../a' cannot name a set"),
        ("training: {controls: {general: 7}}", "1:32: training.controls.general: 7: Input should be a valid string"),
        ("data: a\ndata: b", "2:1: data: given twice (first in line 1); keep one"),
        ("data: [", "1:8: not YAML: "),
        ("a: b: c", "1:5: not YAML: "),
        ("data: \x07", "not YAML: "),
        ("- a", "1:1: (the whole file): Input should be a valid dictionary"),
        ("hej", "1:1: (the whole file): hej: Input should be a valid dictionary"),
    ],
)  # fmt: skip
def test_error_names_file_line_key_and_value(text: str, expected: str, tmp_path: Path) -> None:
    write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_user_settings(tmp_path)
    assert f"{tmp_path / FILE_NAME}:" in str(caught.value)
    assert expected in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


class Codes(BaseModel):
    model_config = ConfigDict(extra="forbid")
    codes: list[str] = []


def test_number_that_lost_its_zeros_is_explained() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_yaml('codes: ["0101", 0101, 0751, 12]', Codes, name="f")
    assert str(caught.value).splitlines() == [
        'f:1:17: codes.1: 0101: Input should be a valid string; without quotes YAML reads 0101 as the number 65: '
        'write "0101"',
        'f:1:23: codes.2: 0751: Input should be a valid string; without quotes YAML reads 0751 as the number 489: '
        'write "0751"',
        "f:1:29: codes.3: 12: Input should be a valid string",
    ]  # fmt: skip


def test_flood_of_errors_is_cut_off_with_their_number() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_yaml("codes: [" + "1, " * (MAX_ERRORS_SHOWN + 5) + "]", Codes, name="f")
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[-1]) == (MAX_ERRORS_SHOWN + 1, "... and 5 more")


@given(st.text(alphabet="codes:[]{}\"'-&*!|>#%@?, \n\t01é\x00", max_size=40))
def test_any_text_is_read_or_is_a_config_error(text: str) -> None:
    try:
        parse_yaml(text, Codes, name="f")
    except ConfigError as error:
        assert str(error).startswith("f:")


def test_text_that_contains_itself_is_a_config_error() -> None:
    with pytest.raises(ConfigError):
        parse_yaml("&a codes: &b [*b]", Codes, name="f")


def test_data_folder_is_the_option_else_the_variable_else_the_file_else_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def chosen(data: Path | None = None) -> Path:
        return resolve_command(data=data, register=None, quiet=False, verbose=False, json=False).places.data

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    assert Path("data") == chosen()
    write(tmp_path, "data: from-file")
    assert Path("from-file") == chosen()
    monkeypatch.setenv(DATA_VARIABLE, "from-variable")
    assert Path("from-variable") == chosen()
    assert Path("option") == chosen(Path("option"))
