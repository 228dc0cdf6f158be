"""What must be forgotten, found in and taken out of all that crawls have kept; obeyed by those that come."""
