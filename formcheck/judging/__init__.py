"""Measurements against an exercise, moment by moment. May import: exercises and below."""
