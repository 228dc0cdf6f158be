"""The training stage: a corpus in, a masked language model out."""
