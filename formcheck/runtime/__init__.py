"""The process itself: its threads, its memory, what it writes. May import: errors."""
