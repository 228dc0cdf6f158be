"""How well a model guesses hidden words: fixed masks, intervals, groups, comparison of models."""
