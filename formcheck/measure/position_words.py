"""What is wrong with a position, in words: for each measure, its value too low and too high.

Each says what was seen and, after a colon, what to do, and is true whatever the band. The file of
an exercise may have better words beside a band (``too_low``, ``too_high``); what has none at all is
told by its numbers. ``rear`` is the stretched leg.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Bound = Literal["low", "high"]
"""The bound of a band that a value is beyond."""


def _move(what: str, low: str, high: str) -> tuple[str, str]:
    """Of what is too low or too high."""
    return f"{what} too low: {low}", f"{what} too high: {high}"


def _angle(what: str, it: str) -> tuple[str, str]:
    """Of a joint whose straight angle is 180°."""
    return f"{what} too bent: straighten {it}", f"{what} too straight: bend {it}"


def _apart(what: str, low: str, high: str) -> tuple[str, str]:
    """Of what is too close together or too far apart."""
    return f"{what} too close together{low}", f"{what} too far apart{high}"


_FEET: Final = _apart("your feet were", ": set them apart", ": bring them together")
_HIPS_HEELS: Final = (
    "your hips were too near your heels: move them away",
    "your hips were too far from your heels: bring them closer",
)


def _trunk_thigh(leg: str) -> tuple[str, str]:
    return (
        f"{leg} thigh was too near your trunk: lower it",
        f"{leg} thigh was too far from your trunk: draw it up",
    )


_RAISE, _LOWER = "raise it", "lower it"

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    # the stretched leg and the other
    "rear_knee_below_hip_thigh": (
        f"your rear knee was too high: {_LOWER}",
        f"your rear knee was too low: {_RAISE}"),
    "rear_knee_further_below_hip_thigh": (
        "your rear knee was not low enough compared with the other: lower it",
        "your rear knee was too low compared with the other: raise it"),
    "rear_knee_below_front_knee_thigh": (
        "your rear knee was not low enough below the front one: lower it",
        "your rear knee was too far below the front one: raise it"),
    "rear_knee_above_front_heel_shank": (
        "your rear knee was lower than your front foot: bring them level",
        "your rear knee was too high above your front foot: lower it"),
    "rear_ankle_above_rear_knee_shank": _move("your rear foot was", _RAISE, _LOWER),
    "front_knee_above_front_ankle_shank": _move("your front knee was", _RAISE, _LOWER),
    "rear_ankle_behind_front_ankle_leg": _apart(
        "your feet were",
        ", front to back: take a longer step",
        ", front to back: take a shorter step",
    ),
    "rear_ankle_nearer_middle_leg": (
        "your rear foot was too far from the middle compared with the other: bring it in",
        "your rear foot was too near the middle compared with the other: move it out"),
    "rear_knee_guessed_deg": _angle("your rear knee was", "it"),
    "front_knee_guessed_deg": _angle("your front knee was", "it"),
    "rear_trunk_thigh_guessed_deg": _trunk_thigh("your rear"),
    "front_trunk_thigh_guessed_deg": _trunk_thigh("your front"),
    "larger_trunk_thigh_guessed_deg": (
        "both your thighs were too near your trunk: lower one",
        "a thigh was too far from your trunk: bring trunk and thighs together"),
    "front_ankle_above_rear_ankle_shank": _move("your front foot was", _RAISE, _LOWER),
    "other_hip_less_rear_hip_deg": (
        "your front thigh was too near your trunk compared with the rear one: lower it",
        "your rear thigh was too near your trunk compared with the front one: lower it"),
    "rear_hang_leg": (
        "your rear leg did not hang low enough: let it sink",
        f"your rear leg hung too low: {_RAISE}"),
    "front_hang_leg": (
        "your front leg did not hang low enough: let it sink",
        f"your front leg hung too low: {_RAISE}"),
    # one of both legs
    "low_knee_above_floor_shank": (
        f"a knee was too near the floor: {_RAISE}",
        "your knees were too far off the floor: lower them"),
    "low_knee_below_hip_thigh": (
        "your knees were not low enough below your hips: lower them",
        f"a knee was too far below your hips: {_RAISE}"),
    "high_knee_below_hip_thigh": (
        f"a knee was too high: {_LOWER}",
        "both your knees were too low: raise them"),
    "low_knee_above_ankle_shank": (
        "a shin lay too flat: put that foot below its knee",
        "your knees were too high above your feet: lower them"),
    "high_knee_above_ankle_shank": (
        "both your shins lay too flat: put a foot below its knee",
        f"a knee was too high above its foot: {_LOWER}"),
    "low_ankle_above_low_knee_shank": _move("your feet were", "raise them", "lower them"),
    "smaller_knee_deg": _angle("your knees were", "them"),
    "larger_knee_deg": _angle("your knees were", "them"),
    "larger_hip_ankle_thigh": _HIPS_HEELS,
    "smaller_hip_ankle_thigh": _HIPS_HEELS,
    "ankles_apart_leg": _FEET,
    # trunk, hips and hands
    "hip_above_floor_leg": _move("your hips were", "raise them", "lower them"),
    "trunk_lean_deg": (
        "your trunk was too far back: bring it forward",
        "your trunk was too far forward: bring it back"),
    "trunk_inclination_deg": _move("your shoulders were", "raise them", "lower them"),
    "trunk_tilt_3d_deg": (
        "your trunk was too upright: lower it",
        f"your trunk was not upright enough: {_RAISE}"),
    "trunk_away_3d_deg": (
        "your shoulders were too near the camera: lean away from it",
        "your shoulders were too far from the camera: lean towards it"),
    "wrists_apart_trunk": _apart("your hands were", ": part them", ": bring them together"),
    "near_wrist_below_shoulder_trunk": (
        "your hand was too high: lower it",
        "your hand was too low: raise it"),
}  # fmt: skip
"""Measure to what is said of a value under its band, and of one over it."""


def find_words(measure: str, bound: Bound) -> str | None:
    """What is said of a value beyond that bound; None where the measure has no words."""
    words = WORDS.get(measure)
    return None if words is None else words[0 if bound == "low" else 1]
