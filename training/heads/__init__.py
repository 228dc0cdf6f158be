"""Heads: a trained model taught to find named entities, or to tell classes of texts apart."""
