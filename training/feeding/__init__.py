"""From shards to batches: token files, order, masks; every draw a pure function of seed and step."""
