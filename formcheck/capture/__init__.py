"""Frames in: recorded clips and pictures."""
