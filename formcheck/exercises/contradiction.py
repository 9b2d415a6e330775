"""What does not go together in a table of an exercise's file, whatever else is wrong with it.

Each function takes a table as it is written, in which any value may be wrong, and yields where in
the table the contradiction is, and what it is.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

from formcheck.measure.registry import FROM_NEUTRAL, FROM_START, OF_REP, name_measures

Raw = Mapping[str, Any]
Contradiction = tuple[tuple[str | int, ...], str]

KINDS: Final = ("hold", "reps", "assessment", "question")
"""What an exercise can count."""
_TOLD_BY: Final = {
    "answers": "question",
    "signal": "reps",
    "measures": "assessment",
    "target_s": "hold",
}
"""The first of these keys that is there tells a kind whose name does not."""
DEFAULT_SLACK: Final = 3.0
"""Of a rule, in degrees: MediaPipe's noise on a still person."""
FIGURE_POINTS: Final = (
    "head",
    *(
        f"{side}_{joint}"
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "toe")
        for side in ("left", "right")
    ),
)
"""What a figure is drawn from: the middle of the head and the person's own joints."""
MAX_TRUNK: Final = 3.0
"""A trunk longer than this, or shorter than its inverse, is in another unit than trunk lengths."""
_TRUNK: Final = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_LATE: Final = frozenset({*FROM_NEUTRAL, *FROM_START, *OF_REP})
"""Measures that are known only once the person is in position."""


def find_in_reading(raw: Raw) -> Iterator[Contradiction]:
    """Bounds out of order."""
    yield from _find_disorder((), "low", raw.get("low"), "high", raw.get("high"))


def find_in_band(raw: Raw) -> Iterator[Contradiction]:
    """Bounds that are missing or out of order."""
    if "low" not in raw and "high" not in raw:
        yield (), "give low, high or both"
    yield from find_in_reading(raw)


def find_in_position(raw: Raw) -> Iterator[Contradiction]:
    """In a band also words without their bound, and a measure that is known too late."""
    yield from find_in_band(raw)
    yield from _find_late(raw)
    for bound in ("low", "high"):
        if f"too_{bound}" in raw and bound not in raw:
            yield (f"too_{bound}",), f"'too_{bound}' needs '{bound}'"
        if f"leave_{bound}" in raw and bound not in raw:
            yield (f"leave_{bound}",), f"'leave_{bound}' needs '{bound}'"
    yield from _find_disorder((), "leave_low", raw.get("leave_low"), "low", raw.get("low"))
    yield from _find_disorder((), "high", raw.get("high"), "leave_high", raw.get("leave_high"))


def find_in_rule(raw: Raw) -> Iterator[Contradiction]:
    """In a band also keys that need another, or exclude it."""
    yield from find_in_band(raw)
    is_required, may_be_unknown = raw.get("required") is True, raw.get("may_be_unknown") is True
    if may_be_unknown and not is_required:
        yield ("may_be_unknown",), "'may_be_unknown' is for a rule with required = true"
    if is_required and read_text(raw, "never") and not may_be_unknown:
        reason = "a required rule that is never judged stops the clock: give may_be_unknown too"
        yield ("never",), reason
    for bound in ("low", "high"):
        if (bound in raw) != (f"cue_{bound}" in raw):
            yield (f"cue_{bound}",), f"'{bound}' and 'cue_{bound}' go together"
    name = read_text(raw, "measure")
    unit = name.rsplit("_", 1)[-1]
    if name in name_measures() and unit != "deg" and "slack" not in raw and "never" not in raw:
        reason = f"give it: {name} is in {unit}, and {DEFAULT_SLACK:g} {unit} is far too much"
        yield ("slack",), reason


def find_in_reps(raw: Raw) -> Iterator[Contradiction]:
    """Thresholds out of order, or that do not go with the rest; a signal known too late."""
    for where, reason in _find_disorder((), "down", raw.get("down"), "up", raw.get("up")):
        yield where, f"{reason}; where a repetition goes down and back, say rest = 'up'"
    if raw.get("both_ways") is True and raw.get("rest") == "up":
        yield ("both_ways",), "a signal that counts both ways rests at zero: rest is 'down'"
    signal = read_text(raw, "signal")
    if signal in OF_REP:
        reason = f"'{signal}' is known only once a repetition is over: it cannot show one"
        yield ("signal",), reason


def find_in_assessment(raw: Raw) -> Iterator[Contradiction]:
    """Measures of repetitions."""
    measures = raw.get("measures")
    for key in measures if isinstance(measures, Mapping) else ():
        name = read_text(measures, key)
        if name in OF_REP:
            yield ("measures", key), f"'{name}' is known for repetitions only"


def find_in_figure(raw: Raw) -> Iterator[Contradiction]:
    """Points that are missing or unknown, or in another unit; a bench turned round."""
    points, bench = raw.get("points"), raw.get("bench")
    if _are_numbers(bench, 3):
        yield from _find_disorder(("bench",), "left", bench[0], "right", bench[1])
    if not isinstance(points, Mapping):
        return
    trunk_points = [points.get(name) for name in _TRUNK]
    if all(_are_numbers(point, 2) for point in trunk_points):
        across, up = (a + b - c - d for a, b, c, d in zip(*trunk_points, strict=True))
        trunk = math.hypot(across, up) / 2
        if not 1 / MAX_TRUNK <= trunk <= MAX_TRUNK:
            reason = "give points in trunk lengths, so that it is 1"
            yield ("points",), f"hips to shoulders is {trunk:.3g}: {reason}"
    for name in sorted(set(FIGURE_POINTS).symmetric_difference(points)):
        known = name in FIGURE_POINTS
        yield ("points", name), "is missing" if known else "there is no such point"


def find_in_auto(raw: Raw) -> Iterator[Contradiction]:
    """Bands whose measure is known too late."""
    bands = raw.get("bands")
    for index, band in enumerate(bands if isinstance(bands, Sequence) else ()):
        for where, reason in _find_late(band):
            yield ("bands", index, *where), reason


def find_in_exercise(raw: Raw) -> Iterator[Contradiction]:
    """What one kind of exercise has and another has not."""
    kind = find_kind(raw.get("count"))
    if kind == "question":
        for key in ("position", "rules", "same_position_as", "views"):
            if raw.get(key):
                yield (key,), "a question has no position, no rules and no views"
        return
    if raw.get("views") in ([], ()):
        yield ("views",), "give at least one of 'views'"
    if ("same_position_as" in raw) == bool(raw.get("position")):
        yield ("position",), "give either 'position' or 'same_position_as'"
    sides = raw.get("sides", "each")
    if sides in ("each", "alternating", "none") and (sides == "none") == ("stretched" in raw):
        yield (
            ("stretched",),
            "give 'stretched', the leg that a side refers to, unless sides is none",
        )
    if sides == "none" and "near" in raw:
        yield ("near",), "there is no stretched leg where sides is none"
    signal = read_text(raw.get("count"), "signal")
    if signal in FROM_NEUTRAL and sides != "none":
        reason = f"'{signal}' is the same whichever leg moves: it needs sides = 'none'"
        yield ("count", "signal"), reason
    if kind == "hold" and not raw.get("rules"):
        yield ("rules",), "a hold needs rules"
    yield from _find_in_rules(raw, counts_reps=kind in ("reps", None))


def _find_in_rules(raw: Raw, *, counts_reps: bool) -> Iterator[Contradiction]:
    ids = set()
    for place, rule in list_tables(raw, "rules"):
        rule_id, name, during = (read_text(rule, key) for key in ("id", "measure", "during"))
        if rule_id and rule_id in ids:
            yield ("rules", place, "id"), f"two rules have the same id, '{rule_id}'"
        ids.add(rule_id)
        if not counts_reps and during in ("top", "rep"):
            yield ("rules", place, "during"), "'during' is for repetitions"
        if name in OF_REP and not counts_reps:
            reason = f"'{name}' is known for repetitions only: this exercise counts none"
            yield ("rules", place, "measure"), reason
        elif name in OF_REP and during != "rep":
            reason = f"'{name}' applies to a whole repetition: give during = 'rep'"
            yield ("rules", place, "during"), reason


def _find_late(raw: Any) -> Iterator[Contradiction]:
    """A measure that is known too late to tell a position by it."""
    name = read_text(raw, "measure")
    if name in _LATE:
        yield ("measure",), f"'{name}' is known only once in position: it cannot decide that"


def _find_disorder(
    where: tuple[str, ...], low: str, below: Any, high: str, above: Any
) -> Iterator[Contradiction]:
    if _is_number(below) and _is_number(above) and not below < above:
        yield where, f"{low} {below:g} must be below {high} {above:g}"


# --- what is written --------------------------------------------------------------------------


def find_kind(count: Any) -> str | None:
    """What is counted, by its name, one near it or the keys; None if that cannot be told."""
    if not isinstance(count, Mapping):
        return None
    near = difflib.get_close_matches(read_text(count, "kind")[:100], KINDS, n=1, cutoff=0.5)
    told = (kind for key, kind in _TOLD_BY.items() if key in count)
    return near[0] if near else next(told, None)


def read_text(table: Any, key: str) -> str:
    """The text of a key; empty where there is none."""
    value = table.get(key) if isinstance(table, Mapping) else None
    return value if isinstance(value, str) else ""


def list_tables(raw: Raw, key: str) -> list[tuple[int, Raw]]:
    """The tables of a list, numbered as they stand; none where it is not a list."""
    value = raw.get(key)
    entries = enumerate(value) if isinstance(value, list | tuple) else ()
    return [(i, entry) for i, entry in entries if isinstance(entry, Mapping)]


def _is_number(value: Any) -> bool:
    """True for a number that is finite as a float too; TOML's integers have no end."""
    try:
        return not isinstance(value, bool) and math.isfinite(value)
    except (OverflowError, TypeError):
        return False


def _are_numbers(value: Any, count: int) -> TypeGuard[Sequence[float]]:
    return isinstance(value, list | tuple) and len(value) == count and all(map(_is_number, value))
