"""What is remembered of the days before. May import: screen and below."""
