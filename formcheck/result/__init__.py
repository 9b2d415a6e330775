"""What a clip or a session came to. May import: judging and below."""
