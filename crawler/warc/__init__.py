"""The archive: WARC records written, recovered after a kill or a power cut, and checked."""
