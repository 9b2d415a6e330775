"""A mannequin in the correct position, from an exercise's figure.

Each part is a row of circles, each joined to the next, so that limbs are round and grow thinner
toward their ends. What is farther away is drawn first, and darker where the view tells it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.schema import Figure
from formcheck.pose.landmarks import Side, other_side
from formcheck.pose.track import Floats
from formcheck.screen.drawing import SHIFT, Image
from formcheck.screen.signs import BLACK, BLUE, DARK, GREY, YELLOW, Colour

NEAR: Final[Colour] = (226, 218, 210)
FAR: Final[Colour] = (142, 132, 122)
TRUNK: Final[Colour] = BLUE
BENCH: Final[Colour] = (92, 82, 74)
_MAT: Final[Colour] = (62, 55, 50)
_HEAD: Final = 0.19
"""Radius of the head, trunk lengths; all below are radii and lengths in them."""
_NECK: Final = 0.075
_LEG: Final = (("hip", 0.135), ("knee", 0.105), ("ankle", 0.07))
_HEEL, _TOE = 0.06, 0.045
_TO_HEEL: Final = (0.09, 0.05)
"""From the ankle: on along the shank, and away from the toes."""
_ARM: Final = (("shoulder", 0.09), ("elbow", 0.068), ("wrist", 0.052))
_HAND: Final = 0.065
_TO_HAND: Final = 0.06
"""From the wrist on along the forearm."""
_SHOULDERS: Final = (0.19, 0.105, 0.75)
"""Radius of the trunk there, from the side and from the front, and how far they are apart then."""
_HIPS: Final = (0.165, 0.14, 0.5)
EDGE: Final = 0.022
"""The dark line about each part, that parts it from what is behind."""
_LYING: Final = 0.7
"""A trunk shorter than this lies on the floor, away from the camera."""
_LIFTED: Final = 0.45
"""Seen from the side, legs that end farther apart in height do not both reach the floor."""
_MAT_BEHIND: Final = 0.16
"""How far the floor is seen behind the farther leg."""
_NARROWS: Final = 0.35
"""How fast a floor that reaches far up the picture narrows, at each end."""
MARK: Final = 0.15
_MARGIN: Final = 0.06
"""Of the region's shorter side."""
_SMALLEST_PX: Final = 4.0
"""Where a trunk would be shorter than this, nothing is drawn."""
_ARC: Final[Floats] = np.linspace(0, 2 * np.pi, 40, endpoint=False)
_CIRCLE: Final[Floats] = np.column_stack([np.cos(_ARC), np.sin(_ARC)])

Points = dict[str, Floats]
"""Each point of a figure, x to the right and y down, trunk lengths."""


Shade = Literal["near", "far", "trunk"]
_COLOURS: Final[Mapping[Shade, Colour]] = {"near": NEAR, "far": FAR, "trunk": TRUNK}


@dataclass(frozen=True, slots=True, eq=False)
class BodyPart:
    """Circles, each joined to the next: centres (n, 2), y down, and radii (n,), trunk lengths."""

    centres: Floats
    radii: Floats
    shade: Shade
    n_whole: int = 2
    """How many of the last circles are joined each with each."""

    @property
    def lowest(self) -> float:
        """The y of its lowest point."""
        return float((self.centres[:, 1] + self.radii).max())

    def outline(self, edge: float = 0.0) -> Iterator[Floats]:
        """Convex shapes (n, 2) that cover it together, wider by ``edge`` all around."""
        circles = self.centres[:, None] + (self.radii + edge)[:, None, None] * _CIRCLE
        n_joined = len(circles) - self.n_whole
        groups = [circles[i : i + 2] for i in range(n_joined)] + [circles[n_joined:]]
        for group in groups:
            yield np.asarray(cv2.convexHull(group.reshape(-1, 2).astype(np.float32))[:, 0], float)


@dataclass(frozen=True, slots=True, eq=False)
class Mannequin:
    """A figure given a body; all in trunk lengths, x to the right and y down."""

    points: Points
    parts: tuple[BodyPart, ...]
    """Far ones first."""
    bench: Floats | None
    """(2, 2) ends of the top of what is lain on."""
    low: Floats
    """(2,) left and top of all that is drawn."""
    high: Floats
    """(2,) right, and the floor."""


@dataclass(frozen=True, slots=True, eq=False)
class _FigurePlace:
    """Where trunk lengths are in a picture."""

    origin_px: Floats
    unit_px: float

    def put(self, xy: Floats) -> NDArray[np.int32]:
        """(n, 2) points in 1/16 pixel."""
        return np.rint((self.origin_px + self.unit_px * xy) * (1 << SHIFT)).astype(np.int32)

    def thick(self, length: float) -> int:
        return max(1, round(length * self.unit_px))


def draw_figure(
    image: Image,
    figure: Figure,
    *,
    mirrored: bool,
    marks: Sequence[str] = (),
    unit_px: float | None = None,
) -> None:
    """Draw a figure as large as it fits.

    Args:
        image: uint8 (H, W, 3) BGR, drawn on in place; left alone if it is too small for a figure.
        figure: the position.
        mirrored: the other way round.
        marks: points to ring, by their names in the figure.
        unit_px: length of a trunk; the figure then stands at the bottom. None fits it.

    Raises:
        KeyError: a mark names no point of a figure.
    """
    body = build_mannequin(figure, mirrored=mirrored)
    place = _fit(body.low, body.high, image) if unit_px is None else _stand(body, image, unit_px)
    if place is None:
        return
    floor = float(body.high[1])
    depth = _find_depth(body.points, figure.near, floor - float(body.low[1]))
    _draw_ground(image, place, floor, depth, body.bench)
    for part in body.parts:
        for edge, colour in ((EDGE, DARK), (0.0, _COLOURS[part.shade])):
            for shape in part.outline(edge):
                cv2.fillConvexPoly(image, place.put(shape), colour, cv2.LINE_AA, SHIFT)
    for name in marks:
        ring = place.put(body.points[name] + MARK * _CIRCLE)
        for colour, width in ((BLACK, 0.07), (YELLOW, 0.04)):
            cv2.polylines(image, [ring], True, colour, place.thick(width), cv2.LINE_AA, SHIFT)


def _fit(low: Floats, high: Floats, image: Image) -> _FigurePlace | None:
    """As large as it fits, in the middle; None where that is too small."""
    height, width = image.shape[:2]
    margin = _MARGIN * min(width, height)
    room = np.array([width - 1, height - 1]) - 2 * margin
    unit_px = float(np.min(room / (high - low)))
    if unit_px < _SMALLEST_PX:
        return None
    return _FigurePlace(np.array([width - 1, height - 1]) / 2 - unit_px * (low + high) / 2, unit_px)


def find_unit(image: Image, figures: Sequence[Figure], *, mirrored: bool) -> float:
    """The length of a trunk, in pixels, at which each of some figures fits into an image."""
    bodies = [build_mannequin(figure, mirrored=mirrored) for figure in figures]
    places = [_fit(body.low, body.high, image) for body in bodies]
    return min((place.unit_px if place else 0.0 for place in places), default=0.0)


def _stand(body: Mannequin, image: Image, unit_px: float) -> _FigurePlace | None:
    """In the middle, on a floor near the bottom."""
    height, width = image.shape[:2]
    if unit_px < _SMALLEST_PX:
        return None
    x = (width - 1) / 2 - unit_px * (body.low[0] + body.high[0]) / 2
    y = height - 1 - _MARGIN * min(width, height) - unit_px * body.high[1]
    return _FigurePlace(np.array([x, y]), unit_px)


# --- the body -------------------------------------------------------------------------------


def build_mannequin(figure: Figure, *, mirrored: bool) -> Mannequin:
    """Give a figure a body.

    Args:
        figure: the position.
        mirrored: the other way round.
    """
    sign = -1.0 if mirrored else 1.0
    points = {name: np.array([sign * x, -y]) for name, (x, y) in figure.points.items()}
    parts = _build_parts(points, figure.near)
    corners = [part.centres + across * part.radii[:, None] for part in parts for across in (-1, 1)]
    bench = None
    if figure.bench is not None:
        left, right, top = figure.bench
        bench = np.array([[sign * left, -top], [sign * right, -top]])
        corners.append(bench)
    drawn = np.concatenate(corners)
    return Mannequin(points, tuple(parts), bench, drawn.min(axis=0), drawn.max(axis=0))


def _build_parts(points: Points, near: Side | None) -> list[BodyPart]:
    trunk = [*_build_head(points), _build_trunk(points)]
    if near is None:
        # From the front what stands lower in the picture is nearer, and no side is darker.
        limbs = [limb for side in ("left", "right") for limb in _build_limbs(points, side, "near")]
        return trunk + sorted(limbs, key=lambda limb: limb.lowest)
    far = _build_limbs(points, other_side(near), "far")
    return [*far, *trunk, *_build_limbs(points, near, "near")]


def _measure_trunk(points: Points) -> float:
    """Its length in the picture."""
    shoulders = points["left_shoulder"] + points["right_shoulder"]
    return float(np.hypot(*(shoulders - points["left_hip"] - points["right_hip"]))) / 2


def _find_shrink(points: Points) -> float:
    """How much smaller head and arms are drawn: those of who lies away from the camera are far."""
    return math.sqrt(min(1.0, max(_measure_trunk(points), 0.25)))


def _build_limbs(points: Points, side: str, shade: Shade) -> list[BodyPart]:
    """The leg and the arm of a side."""
    leg = [points[f"{side}_{name}"] for name, _ in _LEG]
    foot = points[f"{side}_toe"] - leg[-1]
    along, away = _TO_HEEL
    heel = leg[-1] + along * _find_direction(leg[-1] - leg[-2]) - away * _find_direction(foot)
    leg += [heel, leg[-1] + foot]
    leg_radii = np.array([*(radius for _, radius in _LEG), _HEEL, _TOE])
    arm = [points[f"{side}_{name}"] for name, _ in _ARM]
    arm.append(arm[-1] + _TO_HAND * _find_direction(arm[-1] - arm[-2]))
    arm_radii = np.array([*(radius for _, radius in _ARM), _HAND]) * _find_shrink(points)
    return [
        BodyPart(np.array(leg), leg_radii, shade, n_whole=3),
        BodyPart(np.array(arm), arm_radii, shade),
    ]


def _find_direction(vector: Floats) -> Floats:
    """Of length 1; shorter for what is foreshortened to nearly nothing."""
    return vector / max(float(np.hypot(*vector)), _TO_HAND)


def _build_head(points: Points) -> list[BodyPart]:
    neck = (points["left_shoulder"] + points["right_shoulder"]) / 2
    head, shrink = points["head"], _find_shrink(points)
    return [
        BodyPart(np.array([neck, head]), np.array([_NECK, _NECK]) * shrink, "near"),
        BodyPart(head[None], np.array([_HEAD]) * shrink, "near", n_whole=1),
    ]


def _build_trunk(points: Points) -> BodyPart:
    """Both shoulders and both hips, and all between them."""
    names = ("left_shoulder", "right_shoulder", "right_hip", "left_hip")
    centres = np.array([points[name] for name in names])
    shoulder = _find_radius(centres[0] - centres[1], *_SHOULDERS)
    hip = _find_radius(centres[2] - centres[3], *_HIPS)
    return BodyPart(centres, np.array([shoulder, shoulder, hip, hip]), "trunk", n_whole=4)


def _find_radius(across: Floats, deep: float, broad: float, apart: float) -> float:
    """A trunk is as thick as it is deep where a pair lies behind one another."""
    return deep + (broad - deep) * min(1.0, float(np.hypot(*across)) / apart)


# --- drawing --------------------------------------------------------------------------------


def _find_depth(points: Points, near: Side | None, height: float) -> float:
    """How far up the picture the floor reaches, behind all that lies or stands on it."""
    if near is None and _measure_trunk(points) < _LYING:
        return height + _MAT_BEHIND
    legs = [
        max(float(points[f"{side}_{joint}"][1]) for joint in ("knee", "ankle", "toe"))
        for side in ("left", "right")
    ]
    apart = abs(legs[0] - legs[1])
    is_lifted = near is not None and apart > _LIFTED
    return _MAT_BEHIND + (0.0 if is_lifted else apart)


def _draw_ground(
    image: Image, place: _FigurePlace, floor: float, depth: float, bench: Floats | None
) -> None:
    """The floor across the whole picture, and what is lain on.

    Args:
        image: drawn on.
        place: where trunk lengths are in it.
        floor: y of the lowest that is drawn.
        depth: how far the floor reaches up from there.
        bench: (2, 2) ends of its top.
    """
    last = image.shape[1] - 1
    line_px = place.thick(0.03)
    y_px = float(place.origin_px[1] + place.unit_px * floor)
    back_px = y_px - place.unit_px * depth
    inset = _NARROWS * max(0.0, depth - 1.0) * place.unit_px  # parallel edges meet far away
    corners_px = np.array([[0, y_px], [inset, back_px], [last - inset, back_px], [last, y_px]])
    mat = np.rint(corners_px * (1 << SHIFT)).astype(np.int32)
    cv2.fillConvexPoly(image, mat, _MAT, cv2.LINE_AA, SHIFT)
    if bench is not None:
        feet = np.column_stack([bench[::-1, 0], [floor, floor]])
        corners = place.put(np.concatenate([bench, feet]))
        cv2.fillConvexPoly(image, corners, BENCH, cv2.LINE_AA, SHIFT)
        cv2.polylines(image, [corners[:2]], False, GREY, line_px, cv2.LINE_AA, SHIFT)
    floor_px = round(y_px)  # on whole pixels: a level line is sharp there
    cv2.rectangle(image, (0, floor_px), (last, floor_px + line_px - 1), GREY, -1)
