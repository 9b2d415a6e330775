"""Clips and cameras: frames in, frames out. May import: runtime, files, errors."""
