"""Measurements: gates on quality and benches on speed; results lie beside them (README.md here)."""
