"""Energy that a run takes, from a counter of the hardware, or not at all: nothing is estimated.

In: the device that trains. Out: kWh since the meter was made, and what was counted. On an NVIDIA GPU its own counter,
through NVML (`pip install nvidia-ml-py`; without it, not measured); on the CPU the counters of the processors (RAPL,
Intel and AMD), where this user may read them. Does not know carbon, nor the rest of the machine.
"""

import importlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

POWERCAP = Path("/sys/class/powercap")
JOULES_PER_KWH = 3.6e6
log = logging.getLogger(__name__)


class _Counter:
    """One counter of joules that may begin again at 0; read it more often than it does."""

    def __init__(self, read_j: Callable[[], float], range_j: float | None = None) -> None:
        self._read_j, self._range_j = read_j, range_j
        self._last_j, self._joules = read_j(), 0.0

    def joules(self) -> float:
        now_j = self._read_j()
        step_j = now_j - self._last_j
        if step_j < 0:  # it began again; where its range is not known, what was before is lost
            step_j = now_j + (self._range_j - self._last_j if self._range_j else 0.0)
        self._last_j = now_j
        self._joules += step_j
        return self._joules


class EnergyMeter:
    """Counts from the moment it is made.

    A processor's counter begins anew after some 260 kJ, that is after twenty minutes at 200 W: call `kwh` more often.

    Attributes:
        source: what is counted, in words; None where nothing can be.
    """

    def __init__(self, device: torch.device, *, powercap: Path = POWERCAP) -> None:
        self.source: str | None = None
        self._counters: Sequence[_Counter] = ()
        found = _gpu(device) if device.type == "cuda" else _processors(powercap)
        if found:
            self._counters = found
            self.source = "the GPU alone" if device.type == "cuda" else "the whole machine's processors"

    def kwh(self) -> float | None:
        """Energy since the meter was made; None: not measured, or no longer readable."""
        if not self._counters:
            return None
        try:
            return sum(counter.joules() for counter in self._counters) / JOULES_PER_KWH
        except (OSError, ValueError, RuntimeError) as error:
            log.warning("the energy counter can no longer be read (%s): energy is not measured", error)
            self._counters, self.source = (), None
            return None


def _gpu(device: torch.device) -> list[_Counter]:
    """The counter of one GPU, found by its UUID: torch and NVML number GPUs differently."""
    try:
        nvml: Any = importlib.import_module("pynvml")
    except ImportError:
        return []
    try:
        nvml.nvmlInit()
        handle = nvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(device).uuid}")

        def read_j() -> float:
            try:
                return float(nvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1000
            except nvml.NVMLError as error:
                raise RuntimeError(str(error)) from None

        return [_Counter(read_j)]
    except (nvml.NVMLError, RuntimeError) as error:  # older than Volta, or a part of a GPU
        log.info("this GPU has no energy counter (%s)", error)
        return []


def _processors(powercap: Path) -> list[_Counter]:
    """One counter for each processor; none where one of them may not be read (root only, on most systems)."""
    try:
        zones = [zone for zone in sorted(powercap.glob("intel-rapl:*"))
                 if (zone / "name").read_text().startswith("package-")]  # fmt: skip
        return [_Counter(_reader(zone / "energy_uj"), _joules(zone / "max_energy_range_uj")) for zone in zones]
    except (OSError, ValueError):
        return []


def _reader(path: Path) -> Callable[[], float]:
    return lambda: _joules(path)


def _joules(path: Path) -> float:
    return int(path.read_text()) / 1e6
