"""A moment as sound. May import: screen and below."""
