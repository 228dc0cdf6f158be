"""Two corpora side by side: what changed, who changed it, and where to look. Reads published tables."""
