"""`tvaerkom site`, and the letter to a site's owner: what crosses stages there. Writes one file at most."""
