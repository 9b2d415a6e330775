"""Pages and charts. May import: history and below, not voice."""
