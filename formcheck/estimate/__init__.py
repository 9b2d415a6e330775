"""A frame becomes a pose."""
