"""Questions in SQL to the published tables of all quarters. Reads; changes nothing."""
