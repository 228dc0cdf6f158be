"""Near duplicates: texts of which one says nearly what another says. stage.py is the entry."""
