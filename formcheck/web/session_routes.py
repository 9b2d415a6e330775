"""The routes of a live session."""

from __future__ import annotations

from aiohttp import web


def add_session_routes(app: web.Application) -> None:
    """Add what a live session is shown, filmed and led by."""
