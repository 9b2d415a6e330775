"""What a live session asks of a voice."""

from __future__ import annotations

from typing import Protocol

from formcheck.errors import FormcheckError
from formcheck.voice.sound import Chime


class LiveVoice(Protocol):
    """Says sentences and rings chimes; every call returns at once."""

    muted: bool
    """Whether nothing is to be heard."""

    @property
    def warning(self) -> FormcheckError | None:
        """Why something cannot be heard; None while all can."""

    @property
    def is_speaking(self) -> bool:
        """Whether something is being said or waits to be said, as far as is known."""

    def say(
        self,
        text: str,
        *,
        urgent: bool = False,
        replaces: bool = False,
        within_s: float = 3.0,
        quiet: bool = False,
    ) -> None:
        """Say a sentence after those that wait; as `formcheck.voice.speech.Voice.say`."""

    def chime(self, kind: Chime) -> None:
        """Ring at once, even during a sentence."""

    def close(self, within_s: float) -> None:
        """Wait up to so long for what is still to be said, then end."""
