"""The process itself: threads, memory, environment, what it writes. May import: language."""
