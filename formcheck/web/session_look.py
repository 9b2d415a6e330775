"""How a session looks, as data for pages: the words, colours and shares that the window has."""

from __future__ import annotations

from typing import Any

from formcheck.language import translate
from formcheck.pose.landmarks import SKELETON
from formcheck.screen.live_scene import CAUTION, KEYS
from formcheck.screen.signs import (
    BESIDE_SHARE,
    BLACK,
    BLUE,
    CAPITAL_SHARE,
    COLUMN_SHARE,
    CUT_SHARE,
    DARK,
    GREY,
    LOOKS,
    OF_REST,
    ORANGE,
    STATES,
    STATUSES,
    STRIP_SHARE,
    TONES,
    UPPER_SHARE,
    WAY_IN_SHARE,
    WHITE,
    YELLOW,
    Colour,
)


def describe_look() -> dict[str, Any]:
    """All that a page draws with and does not know by itself."""
    colours = {
        "white": WHITE, "grey": GREY, "dark": DARK, "black": BLACK, "blue": BLUE,
        "orange": ORANGE, "yellow": YELLOW,
    }  # fmt: skip
    return {
        "colours": {name: _name_colour(one) for name, one in colours.items()},
        "tones": {
            tone: {"symbol": symbol, "ground": _name_colour(ground), "ink": _name_colour(ink)}
            for tone, (symbol, ground, ink) in TONES.items()
        },
        "clocks": {
            clock: {
                "word": translate(word),
                "ground": _name_colour(ground),
                "ink": _name_colour(ink),
            }
            for clock, (word, ground, ink) in STATES.items()
        },
        "looks": {
            look: {"symbol": symbol, "colour": _name_colour(colour)}
            for look, (symbol, colour) in LOOKS.items()
        },
        "statuses": {
            status: {"symbol": symbol, "colour": _name_colour(colour)}
            for status, (symbol, colour) in STATUSES.items()
        },
        "shares": {
            "capital": CAPITAL_SHARE, "column": COLUMN_SHARE, "strip": STRIP_SHARE,
            "upper": UPPER_SHARE, "way_in": WAY_IN_SHARE, "beside": BESIDE_SHARE, "cut": CUT_SHARE,
        },
        "limbs": [[int(a), int(b)] for a, b in SKELETON],
        "keys": [list(map(translate, row)) for row in KEYS if row[0] != "f"],
        "caution": translate(CAUTION),
        "of_rest": translate(OF_REST),
    }  # fmt: skip


def _name_colour(colour: Colour) -> str:
    """BGR as CSS writes it."""
    blue, green, red = colour
    return f"#{red:02x}{green:02x}{blue:02x}"
