from pathlib import Path

import pytest

from foundation.errors import ConfigError
from foundation.overrides import config_sha256
from training.config import TrainingConfig, differing_keys, read_config, shipped_configs


def test_the_published_file_states_the_defaults() -> None:
    assert TrainingConfig() == read_config("published")


def test_the_published_recipe_is_that_of_the_model_card() -> None:
    config = TrainingConfig()
    assert (
        config.base, config.epochs, config.train_batch_sentences, config.max_length,
    ) == ("NbAiLab/nb-bert-base", 10, 64, 64)  # fmt: skip
    optimizer = config.optimizer
    assert (
        optimizer.learning_rate, optimizer.beta1, optimizer.beta2, optimizer.epsilon,
    ) == (1e-4, 0.9, 0.999, 1e-8)  # fmt: skip


def test_shipped_configurations_are_sound() -> None:
    assert shipped_configs() == ["changed", "debug", "demo", "fast", "private", "published"]
    assert all(read_config(name) for name in shipped_configs())


def test_every_field_is_described() -> None:
    fields = [*TrainingConfig.model_fields.items()]
    for name in ("data", "optimizer", "privacy", "schedule", "small"):
        fields += type(getattr(TrainingConfig(), name)).model_fields.items()
    lacking = [name for name, field in fields if not field.description]
    assert sorted(lacking) == ["data", "optimizer", "privacy", "schedule", "small"]


def test_overrides_are_yaml_and_dotted() -> None:
    config = read_config("published", ["max_steps=5", "optimizer.learning_rate=5e-5", "max_steps=null"])
    assert (config.max_steps, config.optimizer.learning_rate) == (None, 5e-5)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("epochs=0", "--set epochs=0: Input should be greater than or equal to 1"),
        ("optimizer.beta1=two", "--set optimizer.beta1=two: Input should be a valid number"),
        ("optimizer.lr=1", "there is no key optimizer.lr; the keys are base, base_revision"),
        ("epochs", "write KEY=VALUE"),
        ("epochs=[", "the value is not YAML"),
        ("schedule.warmup=0.9", "constant_until 0.5 must not be below warmup 0.9"),
        ("small.num_heads=3", "must be a multiple of num_heads 3"),
    ],
)
def test_a_wrong_override_names_key_and_what_is_allowed(override: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config("published", [override])
    assert expected in str(caught.value)


def test_a_file_states_only_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("epochs: 3\n")
    assert TrainingConfig(epochs=3, base="small") == read_config(str(path), base="small")


def test_an_unknown_key_in_a_file_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("epochs: 3\nepoch: 4\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml:2:\d+: epoch: there is no such key"):
        read_config(str(path))


def test_an_unknown_configuration_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="not one of changed, debug, demo, fast, private, published"):
        read_config("quick")


def test_settings_of_privacy_without_a_promise_are_refused() -> None:
    with pytest.raises(ConfigError, match="these settings promise nothing without epsilon or noise_multiplier"):
        read_config("published", ["privacy.unit=document"])
    with pytest.raises(ConfigError, match=r"--config private: without privacy\.epsilon and privacy\.noise_multiplier"):
        read_config("private", ["privacy.epsilon=null"])
    assert read_config("private", ["privacy.epsilon=null", "privacy.noise_multiplier=1"]).privacy.is_on


def test_differences_are_named() -> None:
    old, new = TrainingConfig(), TrainingConfig(epochs=3)
    assert config_sha256(old) != config_sha256(new)
    assert differing_keys(old, new) == ["epochs: 10 there, 3 here"]


def test_every_key_and_its_default_are_in_the_reference() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "training.md").read_text()
    values = TrainingConfig().model_dump()
    keys = [
        f"{key}.{inner}" if inner else key
        for key, value in values.items()
        for inner in (value if isinstance(value, dict) else [""])
    ]
    assert [key for key in keys if f"| `{key}` |" not in page] == []
