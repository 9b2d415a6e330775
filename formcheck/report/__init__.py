"""What is written of a result."""
