"""Measurements against an exercise: verdicts, held seconds, a result."""
