"""A quarter after another: what changed, what is gone, and whether it is fit to be published."""
