"""The app's pages."""

from __future__ import annotations

from aiohttp import web

from formcheck.web.rendering import show


def add_page_routes(app: web.Application) -> None:
    """Add every page but the session's."""
    app.router.add_get("/", show_today)


async def show_today(request: web.Request) -> web.Response:
    """This week against the plan, and what to do today."""
    return show("today.html", here="/")
