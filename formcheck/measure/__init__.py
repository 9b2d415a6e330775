"""A pose becomes measurements."""

from formcheck.measure import form, position

__all__ = ["form", "position"]  # importing them registers every measure
