"""What a live session asks of a view, and the two there are: a window, and the terminal."""

from __future__ import annotations

from typing import Protocol

from formcheck.screen.drawing import Image
from formcheck.screen.live_scene import LiveScene
from formcheck.screen.stage import Stage
from formcheck.screen.terminal import TerminalView
from formcheck.screen.window import Window, find_display_problem

__all__ = ["TerminalLive", "View", "WindowLive", "find_display_problem"]


class View(Protocol):
    """A window, or a terminal."""

    @property
    def is_closed(self) -> bool:
        """Whether the user closed it."""

    def prepare(self, picture: Image) -> None:
        """Begin with a picture that will be shown, while it is still being judged."""

    def show(self, picture: Image, live: LiveScene) -> Image | None:
        """Show a moment; the canvas that was drawn, None where nothing is drawn."""

    def poll(self) -> list[str]:
        """Keys pressed since."""

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or do so no more."""

    def close(self) -> None:
        """Take it away."""


class WindowLive:
    """Draws each moment at the window's own size."""

    def __init__(self, *, fullscreen: bool = False) -> None:
        """Open the window."""
        self._window = Window(fullscreen=fullscreen)
        self._stage = Stage()

    @property
    def is_closed(self) -> bool:
        """Whether the user closed it."""
        return self._window.is_closed

    def prepare(self, picture: Image) -> None:
        """Begin with a picture that will be shown."""
        self._stage.prepare(picture, self._window.size)

    def show(self, picture: Image, live: LiveScene) -> Image:
        """Show a moment; the canvas that was drawn."""
        canvas = self._stage.draw(picture, live, self._window.size)
        self._window.show(canvas)
        return canvas

    def poll(self) -> list[str]:
        """Keys pressed since."""
        return self._window.poll()

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or do so no more."""
        self._window.toggle_fullscreen()

    def close(self) -> None:
        """Close the window."""
        self._window.close()


class TerminalLive:
    """Writes each moment in the terminal; nothing is drawn."""

    def __init__(self) -> None:
        """Take the terminal."""
        self._view = TerminalView()

    @property
    def is_closed(self) -> bool:
        """Whether the user closed it."""
        return self._view.is_closed

    def prepare(self, picture: Image) -> None:
        """Pictures are not shown."""

    def show(self, picture: Image, live: LiveScene) -> None:
        """Show a moment; there is no canvas."""
        self._view.show(live)

    def poll(self) -> list[str]:
        """Keys pressed since."""
        return self._view.poll()

    def toggle_fullscreen(self) -> None:
        """A terminal has its own way."""

    def close(self) -> None:
        """Give the terminal back."""
        self._view.close()
