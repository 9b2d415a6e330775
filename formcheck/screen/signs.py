"""Words, colours and shares of a moment as it is read from the mat, whatever draws it.

From three metres a 14-inch screen of 720 lines shows 16 arcminutes, which corrected eyes read at
ease, as 58 lines. The capitals of all that is needed while moving are at least that high. Colours
are BGR, from Okabe and Ito's palette (https://jfly.uni-koeln.de/color/); each meaning has a shape
and a word of its own besides.
"""

from __future__ import annotations

import math
from typing import Final, Literal

from formcheck.coach.cues import Tone
from formcheck.coach.live_state import Phase
from formcheck.judging.moment import Clock
from formcheck.language import phrase, translate
from formcheck.screen.scene import Scene, VerdictLook

Colour = tuple[int, int, int]
Symbol = Literal["check", "cross", "tip", "level", "alert", "question", "pause", "play", "dots"]
Look = tuple[Symbol, Colour]

WHITE: Final[Colour] = (255, 255, 255)
GREY: Final[Colour] = (150, 150, 150)
FAINT: Final[Colour] = (90, 84, 80)
DARK: Final[Colour] = (38, 33, 30)
BLACK: Final[Colour] = (0, 0, 0)
BLUE: Final[Colour] = (233, 180, 86)
ORANGE: Final[Colour] = (0, 110, 235)
YELLOW: Final[Colour] = (66, 228, 240)

CAPITAL_SHARE: Final = 58 / 720
"""Height of a capital, of the screen's shorter side."""
COLUMN_SHARE: Final = 0.3
"""Width of the clock's and of the drawing's column, of a wide screen; of a tall one it is half."""
STRIP_SHARE: Final = 0.4
"""Height of the strip in which the way in is drawn, of a tall screen's."""
UPPER_SHARE: Final = 0.55
"""Height of the upper part of a tall screen: the picture has it to itself, below the cue."""
WAY_IN_SHARE: Final = 0.55
"""Width of the strip of a wide screen, at the right; the picture has the rest."""
BESIDE_SHARE: Final = 0.03
"""Of a picture's width: nothing is drawn nearer than this to a person's joints. It is 14 cm where
somebody 1.7 m tall has two thirds of the height of a 16:9 picture."""
CUT_SHARE: Final = 0.12
"""At most this much of a picture's width or height is cut off so that it fills the screen."""
CLOCKED: Final = frozenset({Phase.COUNTDOWN, Phase.WORK})
"""Where the clock is shown."""
LED_IN: Final = frozenset({Phase.READY, Phase.REST})
"""Where the way in is drawn."""
OF_REST: Final = phrase("s of rest")
"""Below the seconds of a rest."""
STATES: Final[dict[Clock, tuple[str, Colour, Colour]]] = {
    "running": (phrase("HOLD"), BLUE, BLACK),
    "moving": (phrase("MOVE"), BLUE, BLACK),
    "paused": (phrase("PAUSED"), ORANGE, BLACK),
    "ready": (phrase("READY"), DARK, WHITE),
    "settling": (phrase("READY"), DARK, WHITE),
    "entering": (phrase("WAIT"), DARK, WHITE),
    "out": (phrase("WAIT"), DARK, WHITE),
}
"""What the clock does in a word, its ground and its ink."""
TONES: Final[dict[Tone, tuple[Symbol, Colour, Colour]]] = {
    "fix": ("alert", ORANGE, BLACK),
    "tip": ("tip", DARK, WHITE),
    "good": ("check", BLUE, BLACK),
    "wait": ("dots", DARK, WHITE),
}
"""Each tone's symbol, ground and ink."""
LOOKS: Final[dict[VerdictLook, Look]] = {
    "pass": ("check", BLUE),
    "unknown": ("question", WHITE),
    "tip": ("tip", WHITE),
    "fail": ("cross", ORANGE),
}
"""Where two marks meet, the one that is named later is drawn over the other."""
STATUSES: Final[dict[str, Look]] = {
    "done": ("check", BLUE),
    "short": ("level", YELLOW),
    "missing": ("cross", ORANGE),
    "extra": ("check", GREY),
}
"""What became of a set that was asked for."""


def tell_clock(scene: Scene) -> tuple[str, str]:
    """The number on the clock and what it is of: seconds left, or repetitions done."""
    if scene.unit == "reps":
        return f"{scene.done:.0f}", translate("of {target}", target=f"{scene.target:g}")
    # To the tenth, as it is kept: 0.04 s more are not another second.
    left_s = math.ceil(round(max(0.0, scene.target - scene.done), 1))
    return f"{left_s}", translate("s left")


def tell_breath(phase: str) -> str:
    """The word beside a breath: ``breathe in``."""
    return translate("breathe in") if phase == "in" else translate("breathe out")
