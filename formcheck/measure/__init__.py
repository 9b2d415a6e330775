"""A pose becomes quantities. May import: pose and below."""

from formcheck.measure import form, posture

__all__ = ["form", "posture"]  # importing them registers every measure
