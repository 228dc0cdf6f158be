"""Measured numbers against their targets.

In: a name, a target, a value. Out: a `Figure`, which says whether it passes. Measures nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number against its target."""

    name: str
    target: str
    value: str
    verdict: str  # pass, short or skipped

    def __str__(self) -> str:
        return f"{self.name:84} {self.target:>10} {self.value:>10}  {self.verdict}"


def exactly(name: str, wanted: float, value: float) -> Figure:
    return Figure(name, f"{wanted:g}", f"{value:g}", "pass" if value == wanted else "short")


def at_least(name: str, floor: float, value: float) -> Figure:
    return Figure(name, f">= {floor:g}", f"{value:.4g}", "pass" if value >= floor else "short")


def at_most(name: str, ceiling: float, value: float) -> Figure:
    return Figure(name, f"<= {ceiling:g}", f"{value:.4g}", "pass" if value <= ceiling else "short")


def skipped(name: str, target: str = "") -> Figure:
    return Figure(name, target, "-", "skipped")
