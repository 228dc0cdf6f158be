"""From a sentence back to the archived page, and from a page forward to its sentences. Reads; changes nothing."""
