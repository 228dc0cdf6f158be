"""A finished corpus, looked at: figures, comparison, trace, tables for SQL. Reads published tables; changes none."""
