"""The mannequin in the correct position as SVG, to set beside a picture of a fault.

It is the live view's, in the page's colours: it prints light and shows dark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from markupsafe import Markup, escape

from formcheck.exercises.schema import Figure, Rule
from formcheck.measure.registry import FROM_NEUTRAL, MEASURES
from formcheck.pose.landmarks import Side
from formcheck.pose.track import Floats
from formcheck.screen.figure import MARK, build_mannequin

_POINTS: Final = {"foot_index": "toe", "heel": "ankle"}
"""Joints that a figure has under another name, or has a neighbour of."""
_FACE: Final = frozenset({"ear", "eye", "mouth"})
_MARGIN: Final = 6
"""Around all that is drawn; this and all in the SVG in hundredths of a trunk length."""


def draw_figure_svg(
    figure: Figure, label: str, *, mirrored: bool = False, mark: str | None = None
) -> Markup:
    """A figure as SVG for the page.

    Args:
        figure: the position.
        label: what a screen reader says of it.
        mirrored: the other way round.
        mark: a point to ring, by its name in the figure; one it does not have is left out.
    """
    body = build_mannequin(figure, mirrored=mirrored)
    left, top = (100 * body.low).round().astype(int) - _MARGIN
    right, floor = (100 * body.high).round().astype(int)
    right += _MARGIN
    box = f"{left} {top} {right - left} {floor + 2 * _MARGIN - top}"
    shapes = []
    if body.bench is not None:
        feet = body.bench[::-1] * (1, 0) + (0, body.high[1])
        shapes.append(f'<path class="bench" d="{_trace([*body.bench, *feet])}"/>')
    shapes.append(f'<path class="floor" d="M{left} {floor}H{right}"/>')
    for part in body.parts:
        path = "".join(map(_trace, part.outline()))
        shapes.append(f'<path class="{part.shade}" d="{path}"/>')
    if mark in body.points:
        x, y = 100 * body.points[mark]
        shapes.append(f'<circle class="mark" cx="{x:.0f}" cy="{y:.0f}" r="{100 * MARK:.0f}"/>')
    return Markup(
        f'<svg class="figure" viewBox="{box}" role="img" aria-label="{escape(label)}">'
        f"{''.join(shapes)}</svg>"
    )


def _trace(shape: Iterable[Floats]) -> str:
    """A closed path through (n, 2) points."""
    return f"M{'L'.join(f'{100 * x:.0f} {100 * y:.0f}' for x, y in shape)}Z"


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
