"""The overlay: words inside the picture, nothing judged covered, told apart without colour."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from collections import Counter
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from formcheck.coach.cues import Cue
from formcheck.exercises.load import list_exercises
from formcheck.judging.rules import Outcome, Verdict
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.screen import drawing, overlay, panel
from formcheck.screen.drawing import draw_ring, draw_symbol, fit_lines, measure_text
from formcheck.screen.overlay import Kept, draw_scene, draw_still, plan_layout
from formcheck.screen.panel import plan_panel
from formcheck.screen.scene import Mark, Scene
from formcheck.screen.signs import BLUE, DARK
from formcheck.screen.skeleton import place_labels
from tests.support.scenes import EXERCISE, make_scene, overlap

SIZES = [
    (960, 540), (1280, 720), (1080, 1920), (720, 1280), (360, 640), (640, 480), (320, 240),
    (3840, 2160),
]  # fmt: skip


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_labels_stay_inside_apart_and_off_the_joints(width: int, height: int) -> None:
    scene = make_scene(width, height)
    marks = [mark for mark in scene.marks if mark.joint is not None]
    assert scene.xy_px is not None
    size = max(12, round(21 * min(width, height) / 540))
    labels = place_labels(scene.marks, scene.xy_px, (width, height), size, {})
    boxes = [label.box for label in labels]
    assert len(boxes) == 4
    for box in boxes:
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[2] <= width
        assert box[3] <= height
        for mark in marks:
            x, y = scene.xy_px[mark.joint or 0]
            assert not (box[0] <= x <= box[2] and box[1] <= y <= box[3])
    assert not any(overlap(a, b) for a, b in itertools.combinations(boxes, 2))


@pytest.mark.parametrize(("width", "height"), [*SIZES, (1, 1), (2, 2), (1, 2000), (7, 90)])
def test_any_size_is_drawn_on_a_canvas_of_the_size_that_was_said(width: int, height: int) -> None:
    image = np.full((height, width, 3), 100, np.uint8)
    drawn = draw_scene(image, make_scene(width, height, Outcome.FAIL))
    assert (drawn.shape[1], drawn.shape[0]) == plan_layout(width, height).size
    assert drawn.shape[0] % 2 == drawn.shape[1] % 2 == 0
    assert (image == 100).all(), "the picture given is not drawn on"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_photo_has_its_cue_below_and_no_clock(width: int, height: int) -> None:
    scene = make_scene(width, height, Outcome.FAIL)
    image = np.full((height, width, 3), 90, np.uint8)
    drawn = draw_still(image, scene)
    shown = plan_layout(width, height).picture
    assert drawn.shape[1] == shown[2]
    assert drawn.shape[0] > shown[3]
    assert (image == 90).all(), "it is not drawn on"
    other = draw_still(image, replace(scene, done=3.0, confirmed=0.0, n_set=2))
    assert np.array_equal(drawn, other)
    below = draw_still(image, replace(scene, cue=Cue("Lift your chest", "fix")))
    assert np.array_equal(drawn[: shown[3]], below[: shown[3]])
    assert not np.array_equal(drawn, below)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_panel_and_cue_leave_the_picture_free(width: int, height: int) -> None:
    layout = plan_layout(width, height)
    assert not overlap(layout.picture, layout.panel)
    assert not overlap(layout.picture, layout.cue)
    assert not overlap(layout.panel, layout.cue)
    assert max(layout.panel[2], layout.cue[2]) <= layout.size[0]
    assert max(layout.panel[3], layout.cue[3]) <= layout.size[1]


def test_the_longest_cue_fits_every_bar() -> None:
    cues = [
        cue for e in list_exercises().values() for r in e.rules for cue in (r.cue_low, r.cue_high)
    ]
    for (width, height), cue in itertools.product(SIZES, filter(None, cues)):
        left, top, right, bottom = plan_layout(width, height).cue
        n_lines = 2 if height > width else 1
        line = (bottom - top) // n_lines
        size, lines = fit_lines(cue, round(line * 0.62), right - left - 2 * line, n_lines)
        assert len(lines) <= n_lines
        assert max(measure_text(words, size) for words in lines) <= right - left - 2 * line
        assert size >= 0.06 * min(width, height, 1080), cue


def test_outcomes_differ_in_shape_without_colour() -> None:
    pictures = []
    for symbol in ("check", "cross", "question", "level"):
        canvas = np.full((60, 60, 3), 128, np.uint8)
        draw_symbol(canvas, symbol, (30, 30), 20, (200, 200, 200))
        pictures.append(cv2.cvtColor(canvas, cv2.COLOR_BGR2GRAY))
    for a, b in itertools.combinations(pictures, 2):
        assert (np.abs(a.astype(int) - b.astype(int)) > 60).mean() > 0.05


def ring(solid: float, hatched: float) -> np.ndarray:
    canvas = np.zeros((200, 200, 3), np.uint8)
    draw_ring(canvas, (100, 100), 90, solid, hatched)
    return np.asarray(canvas[:, :, 0] > 200)


def test_unconfirmed_seconds_are_hatched() -> None:
    solid, hatched, empty = ring(0.5, 0).sum(), ring(0, 0.5).sum(), ring(0, 0).sum()
    assert empty < hatched < 0.7 * solid
    confirmed_first = ring(0.25, 0.25)
    upper, lower = confirmed_first[:100, 100:].sum(), confirmed_first[100:, 100:].sum()
    assert lower < 0.75 * upper


def test_ring_shows_no_second_that_was_not_held() -> None:
    y, x = np.nonzero(ring(0.25, 0))
    assert x.min() >= 99, "nothing before 12 o'clock"
    assert y.max() <= 101, "nothing after the quarter"
    assert (ring(0.0001, 0) == ring(0, 0)).all()


def test_labels_stay_where_they_were_when_the_pose_only_trembles() -> None:
    scene = make_scene(960, 540)
    assert scene.xy_px is not None
    marks = scene.marks
    rng = np.random.default_rng(1)
    kept: dict[str, int] = {}
    place_labels(marks, scene.xy_px, (960, 540), 21, kept)
    first = dict(kept)
    assert len(first) == 4
    for _ in range(60):
        trembling = scene.xy_px + rng.normal(0.0, 2.0, scene.xy_px.shape)
        place_labels(marks, trembling, (960, 540), 21, kept)
        assert kept == first


@pytest.mark.parametrize(("width", "height"), [*SIZES, (640, 360), (540, 960)])
def test_nothing_in_the_panel_meets_another(width: int, height: int) -> None:
    panel = plan_layout(width, height).panel
    places = plan_panel(panel)
    assert places is not None
    boxes = [places.heading, places.ring, places.clock, places.tuck, places.rules]
    for box in boxes:
        assert panel[0] <= box[0] < box[2] <= panel[2]
        assert panel[1] <= box[1] < box[3] <= panel[3]
    assert not any(overlap(a, b) for a, b in itertools.combinations(boxes, 2))


@pytest.mark.parametrize(("width", "height"), [*SIZES, (640, 360), (540, 960)])
def test_all_that_is_drawn_in_the_panel_keeps_to_its_place(width: int, height: int) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    scene = make_scene(width, height)
    rules = [replace(mark, verdict=unclear(mark.verdict)) for mark in scene.marks]
    scene = replace(
        scene, exercise="A stretch with a name of many long words", n_set=12, n_sets=12,
        done=118.8, target=120.0, side="right", clock="out", marks=tuple(rules),
    )  # fmt: skip
    layout = plan_layout(width, height)
    drawn = draw_scene(image, scene)
    places = plan_panel(layout.panel)
    assert places is not None
    left, top, right, bottom = layout.panel
    for box in (places.heading, places.ring, places.clock, places.tuck, places.rules):
        assert (drawn[box[1] : box[3], box[0] : box[2]] > 100).any()
        drawn[box[1] : box[3], box[0] : box[2]] = DARK
    assert (drawn[top:bottom, left:right] == DARK).all()


def change_everything(scene: Scene) -> list[Scene]:
    """Scenes of which each differs from the one before it in one thing that is shown."""
    tuck = scene.tuck
    assert tuck is not None
    changes: list[dict[str, object]] = [
        {"exercise": "Another"}, {"side": "right"}, {"n_set": 2}, {"n_sets": 9}, {"clock": "out"},
        {"target": 60.0}, {"done": 20.0}, {"confirmed": 1.0}, {"unit": "reps"},
        {"cue": Cue("Breathe", "wait")}, {"cue": Cue("Breathe", "good")},
        {"marks": tuple(replace(m, verdict=unclear(m.verdict)) for m in scene.marks)},
        {"marks": scene.marks[:1]}, {"tuck": replace(tuck, change_deg=7.0, time_s=0.1)},
        {"tuck": replace(tuck, word="ARCHED")}, {"tuck": replace(tuck, facing=-1)},
        {"tuck": replace(tuck, profile=tuck.profile + 0.1, time_s=0.2)}, {"tuck": None},
        {"xy_px": None},
    ]  # fmt: skip
    scenes = [scene]
    for change in changes:
        scenes.append(replace(scenes[-1], **change))  # type: ignore[arg-type]
    return scenes


def test_what_is_kept_from_the_frame_before_is_never_old() -> None:
    image = np.zeros((540, 960, 3), np.uint8)
    kept = Kept()
    for scene in change_everything(make_scene(960, 540)):
        kept.labels = {}
        np.testing.assert_array_equal(draw_scene(image, scene, kept), draw_scene(image, scene))


def test_only_what_tells_something_else_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    image, scenes = np.zeros((540, 960, 3), np.uint8), change_everything(make_scene(960, 540))
    drawn: list[str] = []
    for module, name in (
        *((panel, f"draw_{part}") for part in ("heading", "count", "clock", "tuck", "rules")),
        (overlay, "draw_cue"),
    ):
        draw = getattr(module, name)

        def note(*args: Any, draw: Any = draw, name: str = name, **options: Any) -> None:
            drawn.append(name.removeprefix("draw_"))
            draw(*args, **options)

        monkeypatch.setattr(module, name, note)
    kept = Kept()
    for _ in range(3):
        draw_scene(image, scenes[0], kept)
    assert sorted(drawn) == ["clock", "count", "cue", "heading", "rules", "tuck"]
    drawn.clear()
    for scene in scenes[1:]:
        draw_scene(image, scene, kept)
    once = Counter(drawn)
    assert once == {"heading": 4, "clock": 1, "count": 4, "cue": 3, "rules": 2, "tuck": 4}


def unclear(verdict: Verdict) -> Verdict:
    return replace(verdict, outcome=Outcome.UNKNOWN, value=0.0)


def test_the_back_is_shown_only_where_its_rule_is_judged() -> None:
    image = np.zeros((540, 960, 3), np.uint8)
    places = plan_panel(plan_layout(960, 540).panel)
    assert places is not None
    left, top, right, bottom = places.tuck
    scene = make_scene(960, 540)
    assert (draw_scene(image, scene)[top:bottom, left:right] > 200).any()
    without = draw_scene(image, replace(scene, tuck=None))
    assert (without[top:bottom, left:right] == DARK).all()


def test_hatching_is_explained_where_there_is_any() -> None:
    image = np.zeros((540, 960, 3), np.uint8)
    scene = make_scene(960, 540)
    places = plan_panel(plan_layout(960, 540).panel)
    assert places is not None
    left, _, right, bottom = places.rules
    legend = slice(bottom - 2 * places.letters, bottom)
    left += 2 * places.letters  # the marks of the rules are blue too
    hatched = draw_scene(image, scene)[legend, left:right]
    confirmed = replace(scene, confirmed=scene.done)
    solid = draw_scene(image, confirmed)[legend, left:right]
    assert (hatched == BLUE).all(axis=2).sum() > 50
    assert not (solid == BLUE).all(axis=2).any()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_list_of_rules_ends_above_the_cue(width: int, height: int) -> None:
    scene = make_scene(width, height)
    drawn = draw_scene(np.zeros((height, width, 3), np.uint8), scene)
    left, _, right, bottom = plan_layout(width, height).panel
    ground = drawn[bottom - 2, right - 2]
    assert (drawn[bottom - 3 : bottom, left:right] == ground).all()


def test_nobody_seen_is_said() -> None:
    scene = replace(make_scene(640, 480), xy_px=None)
    image = np.full((480, 640, 3), 100, np.uint8)
    drawn = draw_scene(image, scene)
    assert (drawn[:480, :640] == 100).all()
    cue = plan_layout(640, 480).cue
    assert (drawn[cue[1] : cue[3]] > 200).any()


def test_bands_in_words() -> None:
    knee, tuck = EXERCISE.rule("front_knee"), EXERCISE.rule("pelvis_tuck")
    hip = EXERCISE.rule("rear_hip")
    for rule, value, name, words in (
        (knee, 66.2, "front knee", "66° (80 to 105°)"),
        (hip, -0.3, "rear hip", "0° (≥ -15°)"),
        (tuck, -8.0, "pelvis tuck", "-8° (≤ -5°)"),
    ):
        mark = Mark(Verdict(rule, Outcome.PASS, value, None), None)
        assert (mark.name, mark.tell_value()) == (name, words)
    unseen = Verdict(tuck, Outcome.UNKNOWN, math.nan, Reason(ReasonCode.NOT_SEEN))
    assert Mark(unseen, None).tell_value() is None


def test_the_pictures_of_texts_fill_no_memory() -> None:
    """A 4K window, for as long as it takes to say 400 things."""
    canvas = np.zeros((200, 3840, 3), np.uint8)
    tracemalloc.start()
    try:
        for k in range(400):
            drawing.put_text(canvas, f"Slide your front foot {k}", (40, 120), 80)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 100e6
