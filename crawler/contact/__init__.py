"""Before a crawl: ask each host a little, and estimate time, disk and memory."""
