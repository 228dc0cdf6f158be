import pytest
from pydantic import BaseModel, ConfigDict, Field

from foundation.errors import ConfigError
from foundation.overrides import config_sha256, dotted_keys, with_overrides


class Inner(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    depth: int = Field(3, ge=1)


class Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    rate: float = Field(0.1, gt=0)
    name: str = "a"
    languages: tuple[str, ...] = ("da",)
    limit: int | None = None
    inner: Inner = Inner()


def test_overrides_are_applied_in_order_and_checked() -> None:
    overrides = ["rate=1e-4", "inner.depth=5", "name=x", "name=y=z", "languages=[da, nb]", "limit=7"]
    changed = with_overrides(Config(), overrides)
    expected = Config(rate=1e-4, name="y=z", languages=("da", "nb"), limit=7, inner=Inner(depth=5))
    assert expected == changed
    assert with_overrides(changed, ["limit=null"]).limit is None
    assert Config() == with_overrides(Config(), [])


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("rate", "--set rate: write KEY=VALUE, for example --set rate=..."),
        ("rat=1", "there is no key rat; the keys are rate, name, languages, limit, inner.depth"),
        ("inner.dep=1", "there is no key inner.dep;"),
        ("rate.x=1", "there is no key rate.x;"),
        ("inner.depth.x=1", "there is no key inner.depth.x;"),
        ("=1", "there is no key ;"),
        ("rate=[", "--set rate=[: the value is not YAML"),
        ("rate=0", "--set rate=0: Input should be greater than 0"),
        ("rate=quick", "--set rate=quick: Input should be a valid number"),
        ("inner.depth=0", "--set inner.depth=0: Input should be greater than or equal to 1"),
        ("inner=3", "--set inner=3: Input should be a valid dictionary"),
        ("languages=[1]", "--set languages=[1]: Input should be a valid string"),
    ],
)
def test_wrong_override_is_one_sentence(override: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_overrides(Config(), [override])
    assert expected in str(caught.value)


def test_all_wrong_values_come_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        with_overrides(Config(), ["rate=0", "inner.depth=x"])
    assert [line.rpartition(": ")[0] for line in str(caught.value).split("\n")] == [
        "--set rate=0",
        "--set inner.depth=x",
    ]


def test_hash_follows_the_values_alone() -> None:
    assert config_sha256(Config()) == config_sha256(Config(rate=0.1))
    assert config_sha256(Config()) != config_sha256(Config(rate=0.2))


def test_keys_are_written_as_the_user_writes_them() -> None:
    assert dotted_keys({"a": 1, "b": {"c": 2, "d": {"e": 3}}}) == ["a", "b.c", "b.d.e"]
