"""How names, numbers with units, and times are written, wherever they are read.

It imports nothing heavy: even what prints ``--help`` may use it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from formcheck.language import phrase, translate, write_decimal

UNIT_TEXT: Final[Mapping[str, str]] = {
    "": "",
    "deg": "°",
    "s": " s",
    "trunk": phrase(" trunk lengths"),
    "thigh": phrase(" thigh lengths"),
    "shank": phrase(" shank lengths"),
    "leg": phrase(" leg lengths"),
    "shoulders": phrase(" shoulder widths"),
}
"""What follows a number, by its unit: the last word of a measure's name."""
_DIGITS: Final = {"deg": 0, "%": 0, "s": 1}
_STEERING: Final = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x0A
} | {
    code: f"\\u{code:04x}"
    # They change the direction of writing, so that a name reads as another.
    for code in (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def make_plain(text: str, *, one_line: bool = False) -> str:
    r"""Escape control characters, as in ``\x1b``: no name steers a terminal or turns a page around.

    Args:
        text: anything.
        one_line: escape new lines as well.
    """
    plain = text.translate(_STEERING)
    return plain.replace("\n", "\\n") if one_line else plain


def name_words(name: str) -> str:
    """The id of a rule or an exercise as words, as in ``front knee``."""
    return name.replace("_", " ").replace("-", " ")


def join_words(parts: Iterable[str]) -> str:
    """As in ``a, b and c``."""
    words = list(parts)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def tell_number(value: float | None, unit: str) -> str:
    """A number with its unit, as in ``−8°`` or ``0.12 trunk lengths``; ``not seen`` for None."""
    if value is None or math.isnan(value):
        return translate("not seen")
    digits = _DIGITS.get(unit, 2)
    rounded = round(value, digits) + 0.0  # never −0
    number = write_decimal(f"{rounded:.{digits}f}").replace("-", "−")
    return number + translate(UNIT_TEXT.get(unit, f" {unit}"))


def tell_exact(value: float, unit: str) -> str:
    """A number with its unit as a file gives it, as in ``-7.5°``."""
    return f"{value:g}{UNIT_TEXT.get(unit, f' {unit}')}"


def tell_change(change_deg: float) -> str:
    """Degrees with their sign, as in ``−8°`` or ``+12°``."""
    return f"{'+' if round(change_deg) > 0 else ''}{tell_number(change_deg, 'deg')}"


def tell_limits(
    low: float, high: float, unit: str, tell: Callable[[float, str], str] = tell_number
) -> str:
    """Two bounds, either of them infinite, as in ``80 to 105°`` or ``at most −5°``."""
    if math.isinf(low):
        if math.isinf(high):
            return translate("anything else")
        return translate("at most {limit}", limit=tell(high, unit))
    if math.isinf(high):
        return translate("at least {limit}", limit=tell(low, unit))
    bare = tell(low, unit).removesuffix(translate(UNIT_TEXT.get(unit, "")))
    return translate("{low} to {high}", low=bare, high=tell(high, unit))


def tell_plural(n: int, what: str) -> str:
    """How many of what, as in ``1 day`` or ``2 days``."""
    ending = "" if n == 1 else "es" if what.endswith("ch") else "s"
    return f"{n} {what}{ending}"


def tell_amount(done: float, asked: float | None, unit: str) -> str:
    """How much of how much, as in ``12.5 of 30 s``; ``12.5 s`` where nothing was asked for."""
    of = "" if asked is None else f" of {asked:g}"
    return f"{round(done, 1):g}{of} {unit}"


def tell_seconds(value: float) -> str:
    """A length of time: ``8.1 s``, and from one minute on ``2 min 5 s``."""
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value + 0.5) // 60} min {int(value + 0.5) % 60} s"


def tell_clock(time_s: float) -> str:
    """A time in whole seconds, as in ``2:05`` or ``1:02:05``."""
    whole = int(time_s)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def tell_time(time_s: float) -> str:
    """A time in the clip: ``7.0 s`` in the first minute, then ``2:05``."""
    return f"{time_s:.1f} s" if time_s < 60 else tell_clock(time_s)


def tell_stretch(start_s: float, end_s: float) -> str:
    """From when to when, as in ``7.0 to 9.1 s``."""
    first, last = tell_time(start_s), tell_time(end_s)
    if first == last:
        return f"at {first}"
    return f"{first.removesuffix(' s') if last.endswith(' s') else first} to {last}"
