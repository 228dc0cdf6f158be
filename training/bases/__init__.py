"""Base models: found, checked, loaded, converted, or made small for tests."""
