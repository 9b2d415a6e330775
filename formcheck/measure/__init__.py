"""A pose becomes measurements."""
