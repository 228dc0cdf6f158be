"""The way to a host: who may be spoken to, when, and what was sent and received."""
