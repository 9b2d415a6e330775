"""The right position as SVG, from an exercise's figure: what a picture of a fault is set beside.

A mannequin as in the live view, in the page's colours: it prints light and shows dark.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

from formcheck.exercises.schema import Figure, Rule
from formcheck.measure.registry import FROM_NEUTRAL, MEASURES
from formcheck.pose.landmarks import Side, other_side

Point = tuple[float, float]
"""x to the right and y down, trunk lengths."""

_HEAD: Final = 0.19
"""Radius; this and all below in trunk lengths."""
_LIMBS: Final = (
    (("hip", "knee"), 0.24), (("knee", "ankle"), 0.17), (("ankle", "toe"), 0.1),
    (("shoulder", "elbow"), 0.155), (("elbow", "wrist"), 0.12),
)  # fmt: skip
"""Joints and how thick the limb between them is."""
_TRUNK: Final = 0.3
_NECK: Final = 0.15
_EDGE: Final = 0.045
"""The line about each part, that parts it from what is behind."""
_MARK: Final = 0.17
_POINTS: Final = {"foot_index": "toe", "heel": "ankle"}
"""Joints that a figure has under another name, or has a neighbour of."""
_FACE: Final = frozenset({"ear", "eye", "mouth"})
_ROOM: Final = 0.24
"""About the outermost points: half a trunk and its edge."""


def draw_figure_svg(
    figure: Figure, label: str, *, mirrored: bool = False, mark: str | None = None
) -> str:
    """A figure as SVG for the page.

    Args:
        figure: the position.
        label: what a screen reader says of it.
        mirrored: the other way round.
        mark: a point to ring, by its name in the figure; one it does not have is left out.
    """
    sign = -1.0 if mirrored else 1.0
    points = {name: (sign * x, -y) for name, (x, y) in figure.points.items()}
    floor = max(y for _, y in points.values()) + _LIMBS[2][1] / 2
    parts = [*_draw_ground(points, figure, sign, floor), *_draw_body(points, figure.near)]
    if mark in points:
        x, y = points[mark]
        parts.append(f'<circle class="mark" cx="{x:.2f}" cy="{y:.2f}" r="{_MARK}"/>')
    left, right = _find_sides(points)
    top = min(y for _, y in points.values()) - _ROOM
    box = f"{left:.2f} {top:.2f} {right - left:.2f} {floor + 0.12 - top:.2f}"
    return (
        f'<svg class="figure" viewBox="{box}" role="img" aria-label="{_escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _find_sides(points: Mapping[str, Point]) -> tuple[float, float]:
    across = [x for x, _ in points.values()]
    return min(across) - _ROOM, max(across) + _ROOM


def _draw_ground(
    points: Mapping[str, Point], figure: Figure, sign: float, floor: float
) -> Iterator[str]:
    """The floor, and what is lain on."""
    left, right = _find_sides(points)
    if figure.bench is not None:
        ends = sorted((sign * figure.bench[0], sign * figure.bench[1]))
        yield (
            f'<rect class="bench" x="{ends[0]:.2f}" y="{-figure.bench[2]:.2f}" '
            f'width="{ends[1] - ends[0]:.2f}" height="{floor + figure.bench[2]:.2f}"/>'
        )
    yield f'<path class="floor" d="M{left:.2f} {floor:.2f}H{right:.2f}"/>'


def _draw_body(points: Mapping[str, Point], near: Side | None) -> Iterator[str]:
    """All parts, far ones first; from the front no side is farther."""
    neck = _find_middle(points["left_shoulder"], points["right_shoulder"])
    trunk = [points[n] for n in ("left_shoulder", "right_shoulder", "right_hip", "left_hip")]
    if near is not None:
        yield from _draw_limbs(points, other_side(near), "far")
    yield from _draw_line([neck, points["head"]], _NECK, "near")
    x, y = points["head"]
    yield f'<circle class="head" cx="{x:.2f}" cy="{y:.2f}" r="{_HEAD}"/>'
    yield from _draw_line([*trunk, trunk[0]], _TRUNK, "trunk")
    sides: tuple[Side, ...] = ("left", "right") if near is None else (near,)
    for side in sides:
        yield from _draw_limbs(points, side, "near")


def _draw_limbs(points: Mapping[str, Point], side: Side, kind: str) -> Iterator[str]:
    for (first, last), thick in _LIMBS:
        yield from _draw_line([points[f"{side}_{first}"], points[f"{side}_{last}"]], thick, kind)


def _draw_line(line: list[Point], thick: float, kind: str) -> Iterator[str]:
    """A thick line with an edge; joints are round because its ends are."""
    path = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in line)
    yield f'<path class="edge" d="{path}" stroke-width="{thick + _EDGE:.3f}"/>'
    yield f'<path class="{kind}" d="{path}" stroke-width="{thick:.3f}"/>'


def _find_middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def is_mirrored(figure: Figure, facing: float, side: Side | None) -> bool:
    """Whether to draw a figure the other way round, so that it looks as the person does.

    Args:
        figure: of the left leg as the stretched one.
        facing: + if the person looks to the picture's right, - to its left; NaN where unknown.
        side: the stretched side; None where there is none.
    """
    if figure.near is None or math.isnan(facing):
        return side == "right"
    return (figure.near == "right") != (facing > 0)


def find_mark(rule: Rule, figure: Figure) -> str | None:
    """The point of a figure that a rule is about; None where no point shows it."""
    measure = MEASURES.get(rule.measure)
    if measure is None or not measure.joints:
        return f"{figure.near or 'left'}_hip" if rule.measure in FROM_NEUTRAL else None
    joint = measure.joints[len(measure.joints) // 2]
    which, _, name = joint.partition("_")
    if name in _FACE or joint == "nose":
        return "head"
    side = {"rear": "left", "front": "right", "near": figure.near or "left"}.get(which)
    return None if side is None else f"{side}_{_POINTS.get(name, name)}"
