"""The report of a corpus: one HTML file that opens from disk. Contents, pictures, page."""
