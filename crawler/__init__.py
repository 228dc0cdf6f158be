"""The crawl stage: the register in, a snapshot of archived pages out."""
