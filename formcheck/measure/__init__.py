"""A pose becomes quantities. May import: pose and below."""

from formcheck.measure import measures

__all__ = ["measures"]  # importing it registers every measure
