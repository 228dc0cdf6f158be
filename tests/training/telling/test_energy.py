"""Counters of the hardware as files, and as a library that stands in for a GPU that is not there."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from training.telling.energy import EnergyMeter

CPU = torch.device("cpu")
RANGE_UJ = 262_143_328_850


def zone(powercap: Path, name: str, energy_uj: int, *, kind: str = "package-0") -> Path:
    folder = powercap / name
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{kind}\n")
    (folder / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
    (folder / "energy_uj").write_text(f"{energy_uj}\n")
    return folder / "energy_uj"


def test_processors_are_summed_and_counted_from_the_start(tmp_path: Path) -> None:
    first = zone(tmp_path, "intel-rapl:0", 5_000_000)
    second = zone(tmp_path, "intel-rapl:1", 7_000_000, kind="package-1")
    inner = zone(tmp_path, "intel-rapl:0:0", 1, kind="core")
    platform = zone(tmp_path, "intel-rapl:2", 1, kind="psys")
    meter = EnergyMeter(CPU, powercap=tmp_path)
    assert meter.kwh() == 0
    first.write_text(str(5_000_000 + 1_800_000_000))
    second.write_text(str(7_000_000 + 5_400_000_000))
    inner.write_text("900000000")  # a part of its package
    platform.write_text("900000000")  # holds the packages
    assert meter.kwh() == pytest.approx(7200 / 3.6e6)
    assert meter.source == "the whole machine's processors"


def test_a_counter_that_begins_anew_goes_on(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", RANGE_UJ - 1_000_000)
    meter = EnergyMeter(CPU, powercap=tmp_path)
    for uj in (2_000_000, RANGE_UJ - 1_000_000, 2_000_000):
        counter.write_text(str(uj))
        kwh = meter.kwh()
    assert kwh == pytest.approx((RANGE_UJ / 1e6 + 3) / 3.6e6)


def test_without_a_counter_nothing_is_measured(tmp_path: Path) -> None:
    meter = EnergyMeter(CPU, powercap=tmp_path / "none")
    assert (meter.kwh(), meter.source) == (None, None)


def test_a_counter_that_may_not_be_read_is_not_there(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", 5)
    hidden = zone(tmp_path, "intel-rapl:1", 5, kind="package-1")
    hidden.unlink()
    hidden.mkdir()  # as root, no mode would keep the test from reading
    meter = EnergyMeter(CPU, powercap=tmp_path)
    assert (meter.kwh(), meter.source) == (None, None)


def test_a_counter_that_goes_away_ends_the_measurement(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    counter = zone(tmp_path, "intel-rapl:0", 5)
    meter = EnergyMeter(CPU, powercap=tmp_path)
    counter.unlink()
    assert [meter.kwh(), meter.kwh(), meter.source] == [None, None, None]
    assert "energy is not measured" in caplog.text


class NvmlError(Exception):
    pass


class Nvml:
    """NVML with one GPU that has taken so many millijoules, or None for one without a counter."""

    NVMLError = NvmlError

    def __init__(self, millijoules: int | None) -> None:
        self.millijoules = millijoules

    def nvmlInit(self) -> None:  # NVML's name
        pass

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:
        if uuid != "GPU-8f2":
            raise NvmlError("Not Found")
        return "handle"

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: str) -> int:
        assert handle == "handle"
        if self.millijoules is None:
            raise NvmlError("Not Supported")
        return self.millijoules


def gpu_meter(nvml: Any, monkeypatch: pytest.MonkeyPatch, uuid: str = "8f2") -> EnergyMeter:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(uuid=uuid))
    return EnergyMeter(torch.device("cuda", 0))


def test_a_gpu_counts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml(1_000_000)
    meter = gpu_meter(nvml, monkeypatch)
    nvml.millijoules = 1_000_000 + 3_600_000
    assert meter.kwh() == pytest.approx(0.001)
    assert meter.source == "the GPU alone"


@pytest.mark.parametrize(
    ("nvml", "uuid"), [(None, "8f2"), (Nvml(None), "8f2"), (Nvml(5), "another")],
    ids=["no library", "no counter", "a part of a GPU"],
)  # fmt: skip
def test_a_gpu_without_a_counter_is_not_measured(nvml: Any, uuid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gpu_meter(nvml, monkeypatch, uuid).kwh() is None
