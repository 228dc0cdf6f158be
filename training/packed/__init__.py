"""Sentences end to end instead of padded: attention and head, exact for the families that are known."""
