"""What a clip or a session came to. May import: judge and below."""
