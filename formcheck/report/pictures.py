"""The pictures of a fault: its worst moment, and beside it the mannequin in the correct position.

The first is cropped to the person, with the failing joint marked. The mannequin is the live view's,
as SVG in the page's colours: it prints light and shows dark.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from markupsafe import Markup, escape

from formcheck.coach.cues import Cue
from formcheck.exercises.schema import Figure, Rule
from formcheck.judging.rules import Outcome, Verdict
from formcheck.measure.body import Body
from formcheck.measure.registry import FROM_NEUTRAL, MEASURES
from formcheck.measure.view import near_side
from formcheck.pose.landmarks import Landmark, Side, landmark_on
from formcheck.pose.track import Floats
from formcheck.report.traces import Trace, find_worst_s
from formcheck.result.judgement import Judgement
from formcheck.result.models import FaultResult, SetResult
from formcheck.screen.drawing import Image
from formcheck.screen.figure import MARK, build_mannequin
from formcheck.screen.scene import Mark, Scene
from formcheck.screen.skeleton import draw_body
from formcheck.video.frame import Frame

MAX_PICTURES: Final = 6
"""Nobody looks at more, and a page has room for so many."""
MAX_SIDE_PX: Final = 640
MAX_BYTES: Final = 60_000
_ROOM: Final = 0.18
"""Around the person, as a share of the larger side of the box around them."""
_QUALITIES: Final = (85, 75, 65, 55, 45, 35)
_POINTS: Final = {"foot_index": "toe", "heel": "ankle"}
"""Joints that a figure has under another name, or has a neighbour of."""
_FACE: Final = frozenset({"ear", "eye", "mouth"})
_FIGURE_MARGIN: Final = 6
"""Around all that is drawn; this and all in the SVG in hundredths of a trunk length."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture to take of the worst moment of a fault: which frame, and what to mark in it."""

    set_index: int
    fault_index: int
    """Places in the Result, from 0."""
    time_s: float
    """Of an analysed frame."""
    facing: float
    """+1 if the person looks to the picture's right, -1 to its left; NaN where unknown. If the clip
    was saved mirrored, as before that."""
    xy: Floats
    """(33, 2) landmarks as fractions of the picture's width and height."""
    mark: Mark
    mirrored: bool = False
    """Whether the clip was saved mirrored."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A shot that was taken."""

    shot: Shot
    jpeg: bytes
    width_px: int
    height_px: int


def choose_shots(judged: Judgement, trace: Trace) -> list[Shot]:
    """The pictures to take, in order of time; at most six.

    The worst fault of each rule comes first, of required rules before others, then the second worst
    of each, and so on.
    """
    faults = []
    for i, one in enumerate(judged.result.sets):
        for k, fault in enumerate(one.faults):
            rule = judged.exercises[one.exercise].rule(fault.rule)
            off = max(rule.low - fault.worst, fault.worst - rule.high)
            faults.append((off, i, k, (one.exercise, fault.rule), not rule.required))
    ranked = []
    seen: Counter[tuple[str, str]] = Counter()
    for off, i, k, key, is_advice in sorted(faults, key=lambda row: -row[0]):
        seen[key] += 1
        ranked.append((seen[key], is_advice, -off, i, k))
    shots = (_plan_shot(judged, trace, i, k) for *_, i, k in sorted(ranked)[:MAX_PICTURES])
    return sorted((shot for shot in shots if shot is not None), key=lambda shot: shot.time_s)


def _plan_shot(judged: Judgement, trace: Trace, i: int, k: int) -> Shot | None:
    """The frame of a fault's worst moment; None if nobody was found in it."""
    one, track, body = judged.result.sets[i], judged.track, judged.body
    fault = one.faults[k]
    rule = judged.exercises[one.exercise].rule(fault.rule)
    worst_s = find_worst_s(one, trace.find_set(i), rule, fault)
    row = int(np.abs(track.time_s - worst_s).argmin())
    xy = track.xy_px[row] / [track.width_px, track.height_px]
    if track.is_mirrored:
        xy = xy * [-1.0, 1.0] + [1.0, 0.0]
    if not np.isfinite(xy).all():
        return None
    verdict = Verdict(rule, Outcome.FAIL, fault.worst, None)
    mark = Mark(verdict, _find_joint(rule, one, fault, body, row))
    facing = float(body.facing[row])
    return Shot(i, k, float(track.time_s[row]), facing, xy, mark, track.is_mirrored)


def _find_joint(
    rule: Rule, one: SetResult, fault: FaultResult, body: Body, row: int
) -> Landmark | None:
    """The joint that a rule is marked at; what only the back shows, at the near hip."""
    measure = MEASURES.get(rule.measure)
    moved = (rep.side for rep in one.reps if abs(rep.start_s - fault.start_s) < 1e-3)
    side = next(moved, None) or one.side or "left"
    if measure is not None and measure.joints:
        return body.with_side(side).joint_at(measure.joints[len(measure.joints) // 2], row)
    facing = float(body.facing[row])
    if rule.unit != "deg" or math.isnan(facing):
        return None
    return landmark_on(near_side(facing), "hip")


def take_picture(shot: Shot, frame: Frame) -> Picture:
    """The picture of a shot from its frame, of any size."""
    image, xy_px = _crop(frame.image, shot.xy)
    scene = Scene("", Cue("", "wait"), xy_px, clock="paused", marks=(shot.mark,))
    draw_body(image, scene, xy_px, {})
    return Picture(shot, _encode(image), image.shape[1], image.shape[0])


def _crop(image: Image, xy: Floats) -> tuple[Image, Floats]:
    """The part of a picture that the person is in, and the landmarks in it, pixels."""
    height, width = image.shape[:2]
    xy_px = xy * [width, height]
    low, high = xy_px.min(axis=0), xy_px.max(axis=0)
    side = min((1 + 2 * _ROOM) * float((high - low).max()), 2.0 * max(width, height))
    # A square, as far as the picture reaches: cards of one shape stand in a row.
    size = np.minimum(side, [width, height])
    corner = np.clip((low + high - size) / 2, 0, [width, height] - size)
    left, top = np.floor(corner).astype(int)
    right, bottom = np.clip(np.ceil(corner + size), 1, [width, height]).astype(int)
    part = image[top:bottom, left:right]
    grow = MAX_SIDE_PX / max(part.shape[:2])
    shape = max(1, round(part.shape[1] * grow)), max(1, round(part.shape[0] * grow))
    how = cv2.INTER_AREA if grow < 1 else cv2.INTER_CUBIC
    shown = cv2.resize(part, shape, interpolation=how).astype(np.uint8, copy=False)
    return np.ascontiguousarray(shown), (xy_px - [left, top]) * grow


def _encode(image: Image) -> bytes:
    """As JPEG, as good as its size allows."""
    data = b""
    for quality in _QUALITIES:
        _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        data = encoded.tobytes()
        if len(data) <= MAX_BYTES:
            break
    return data


# --- the mannequin ----------------------------------------------------------------------------


def draw_figure_svg(
    figure: Figure, label: str, *, mirrored: bool = False, mark: str | None = None
) -> Markup:
    """A position as SVG for the page, with a ``label`` for screen readers.

    It may be ``mirrored``, and a point of the figure be ringed, its ``mark``; one that it does not
    have is left out.
    """
    body = build_mannequin(figure, mirrored=mirrored)
    left, top = (100 * body.low).round().astype(int) - _FIGURE_MARGIN
    right, floor = (100 * body.high).round().astype(int)
    right += _FIGURE_MARGIN
    box = f"{left} {top} {right - left} {floor + 2 * _FIGURE_MARGIN - top}"
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

    It is drawn with the left leg as the stretched one. ``facing`` is + if the person looks to the
    picture's right, - to its left, NaN where unknown; ``side`` is the stretched one.
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
