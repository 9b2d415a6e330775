"""The live window's picture: nothing meets, nothing is cut, and the cue can be read from afar."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from formcheck.coach.cues import FINDING_NEUTRAL, SHOW_BACK, Cue
from formcheck.coach.live_state import Phase
from formcheck.coach.setup import COME_CLOSER, STEP_IN
from formcheck.exercises.load import list_exercises
from formcheck.judging.rules import Outcome
from formcheck.screen import drawing, last_page, live_scene, panel, stage
from formcheck.screen.drawing import measure_text
from formcheck.screen.live_scene import (
    CAUTION,
    KEYS,
    Breath,
    LiveScene,
    SessionSummary,
    SummaryRow,
)
from formcheck.screen.stage import Stage, plan_stage
from tests.support.scenes import make_scene, overlap

EXERCISES = list_exercises()
SIZES = [
    (320, 240), (640, 480), (1280, 720), (1920, 1080), (720, 1280), (901, 603), (1001, 1000),
]  # fmt: skip
PHASES = tuple(phase for phase in Phase if phase is not Phase.DONE)
LONGEST = max((one.name for one in EXERCISES.values()), key=len)
PICTURE = np.full((540, 960, 3), 120, np.uint8)
FIXED = (
    live_scene.TUCK_NOW, live_scene.COME_OUT, live_scene.STAY_OUT,
    FINDING_NEUTRAL, *SHOW_BACK.values(),
    STEP_IN, COME_CLOSER, "Turn side-on, right side to the camera", "Let me see all of you",
    "Step back, I can't see your shoulders", "The camera sends nothing: trying again",
)  # fmt: skip
CUES = sorted(
    {
        text
        for one in EXERCISES.values()
        for rule in one.rules
        for text in (rule.cue_low, rule.cue_high)
        if text
    }
    | set(FIXED)
)


def make_live(phase: Phase = Phase.WORK, **changes: Any) -> LiveScene:
    cue = Cue("Slide your front foot forward", "fix")
    scene = replace(make_scene(960, 540, Outcome.PASS), exercise=LONGEST, cue=cue)
    live = LiveScene(
        scene=scene,
        phase=phase,
        count="12" if phase in (Phase.COUNTDOWN, Phase.REST) else None,
        coming=f"Next: {LONGEST}, right side, set 2 of 2",
        figure=EXERCISES["half-kneeling"].figure,
        figure_mirrored=True,
        breath=Breath("in", 0.5) if phase is Phase.WORK else None,
        notice=CAUTION,
    )
    return replace(live, **changes)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_places_are_inside_and_do_not_meet(width: int, height: int) -> None:
    plan = plan_stage(width, height)
    places = [
        plan.picture, plan.heading, plan.main, plan.tuck, plan.rules, plan.figure, plan.breath,
        plan.coming, plan.cue,
    ]  # fmt: skip
    for left, top, right, bottom in places:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    assert not any(overlap(a, b) for a, b in itertools.combinations(places, 2))


@pytest.mark.parametrize("cue", CUES)
def test_a_cue_has_letters_of_sixty_pixels_at_1080p(
    monkeypatch: pytest.MonkeyPatch, cue: str
) -> None:
    sizes = []
    put = drawing.put_text

    def note(image: Any, text: str, at: Any, size: int, *rest: Any, **more: Any) -> None:
        sizes.append((text, size))
        put(image, text, at, size, *rest, **more)

    monkeypatch.setattr(drawing, "put_text", note)
    canvas = np.zeros((1080, 1920, 3), np.uint8)
    panel.draw_cue(plan_stage(1920, 1080).cue.cut(canvas), Cue(cue, "fix"))
    assert sizes
    assert min(size for _, size in sizes) >= 60
    assert " ".join(text for text, _ in sizes) == cue


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_word_stays_in_the_window(
    monkeypatch: pytest.MonkeyPatch, phase: Phase, width: int, height: int
) -> None:
    outside = []

    def watch(module: str) -> None:
        original = getattr(__import__(module, fromlist=["put_text"]), "put_text")  # noqa: B009

        def note(
            image: Any, text: str, at: Any, size: int, *rest: Any,
            centred: bool = False, **more: Any,
        ) -> None:  # fmt: skip
            wide = measure_text(text, size)
            left = at[0] - (wide // 2 if centred else 0)
            if left < 0 or left + wide > image.shape[1] + 2 or not 0 <= at[1] <= image.shape[0]:
                outside.append((module, text, at, size, image.shape))
            original(image, text, at, size, *rest, centred=centred, **more)

        monkeypatch.setattr(f"{module}.put_text", note)

    for module in ("stage", "panel", "skeleton", "tuck", "drawing"):
        watch(f"formcheck.screen.{module}")
    Stage().draw(PICTURE, make_live(phase), (width, height))
    assert outside == []


def test_nothing_but_the_person_is_on_the_picture_while_working() -> None:
    left, top, right, bottom = plan_stage(1280, 720).picture
    live = make_live(notice=None)
    full = Stage().draw(PICTURE, live, (1280, 720))[top:bottom, left:right]
    praised = replace(live.scene, cue=Cue("Good. Hold.", "good"))
    other = replace(live, scene=praised, coming=None, breath=None, figure=None)
    bare = Stage().draw(PICTURE, other, (1280, 720))[top:bottom, left:right]
    assert (full == bare).all()


def test_an_alert_dims_the_picture_and_takes_the_bar() -> None:
    left, top, right, bottom = plan_stage(1280, 720).picture
    plain = Stage().draw(PICTURE, make_live(), (1280, 720))
    live = make_live(alert="Paused")
    paused = replace(live, scene=replace(live.scene, cue=Cue("Paused", "wait")))
    alert = Stage().draw(PICTURE, paused, (1280, 720))
    assert alert[top:bottom, left:right].mean() < plain[top:bottom, left:right].mean() / 2
    bar = plan_stage(1280, 720).cue
    assert (plain[bar[1] : bar[3]] != alert[bar[1] : bar[3]]).any()


def test_the_breath_swells_and_shrinks() -> None:
    def blue(breath: Breath) -> int:
        canvas = np.zeros((200, 300, 3), np.uint8)
        stage.draw_breath(canvas, breath)
        return int((canvas[:, :, 0] > 200).sum())

    swelling = [blue(Breath("in", share)) for share in (0, 0.25, 0.5, 0.75, 1)]
    shrinking = [blue(Breath("out", share)) for share in (0, 0.25, 0.5, 0.75, 1)]
    assert swelling == sorted(swelling)
    assert swelling[0] < swelling[-1]
    assert shrinking == sorted(shrinking, reverse=True)


def test_the_keys_and_the_summary_are_drawn() -> None:
    plain = Stage().draw(PICTURE, make_live(), (1280, 720))
    keys = Stage().draw(PICTURE, make_live(shows_keys=True), (1280, 720))
    assert (plain != keys).any()
    assert {key for key, _ in KEYS} == {"space", "m", "n", "r", "f", "?", "q"}
    for n_rows in (1, 9, 40):
        rows = tuple(
            SummaryRow(f"{LONGEST}, left side, set {n}", "28.4 of 30 s", "short", "Lift your chest")
            for n in range(n_rows)
        )
        page = Stage().draw(
            PICTURE,
            make_live(summary=SessionSummary("Mine: 1 of 2 done", rows, ("a note",))),
            (1280, 720),
        )
        assert page.shape == (720, 1280, 3)
        assert not (page == keys).all()


def test_many_rows_of_a_summary_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    words: list[str] = []
    put = drawing.put_text

    def note(image: Any, text: str, at: Any, *rest: Any, **more: Any) -> None:
        words.append(text)
        assert at[1] <= image.shape[0]
        put(image, text, at, *rest, **more)

    monkeypatch.setattr(last_page, "put_text", note)
    rows = tuple(SummaryRow(f"row {n}", "1 of 2 s", "done", "Correct it") for n in range(60))
    Stage().draw(PICTURE, make_live(summary=SessionSummary("Mine", rows, ())), (1280, 720))
    n_shown = sum(word.startswith("row ") for word in words)
    assert f"and {60 - n_shown} more" in words


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (640, 480)])
def test_a_summary_is_in_letters_of_one_size_and_within_the_page(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """What is to be corrected is as easy to read as the rest."""
    put: list[tuple[str, tuple[int, int], int]] = []

    def note(image: Any, text: str, at: tuple[int, int], size: int, colour: Any) -> None:
        put.append((text, at, size))

    monkeypatch.setattr(last_page, "put_text", note)
    long = (
        "To correct: Slide your front foot forward; Lift your chest; Push your kneeling hip forward"
    )
    name = "Half-kneeling hip flexor stretch, left side, set 1 of 2"
    rows = tuple(
        SummaryRow(name, "28.4 of 30 s", "short", long if n % 2 else "To correct: Lift your chest")
        for n in range(6)
    )
    page = make_live(summary=SessionSummary("Mine", rows, ("The pelvic tuck was not judged.",)))
    Stage().draw(PICTURE, page, size)
    _, *rest = put
    assert len({letters for _, _, letters in rest}) == 1
    assert rest[0][2] >= 0.023 * min(size) - 0.5
    words = " ".join(text for text, _, _ in rest)
    assert words.count("Push your kneeling hip") == 3, "no row is left out"
    assert words.startswith("The pelvic tuck was not judged.")
    for text, (x, y), letters in rest:
        assert x + drawing.measure_text(text, letters) <= size[0], text
        assert y <= size[1]


@pytest.mark.parametrize("size", [(1, 1), (24, 24), (3, 900), (900, 3), (50, 40)])
@pytest.mark.parametrize("phase", PHASES)
def test_any_size_is_drawn(phase: Phase, size: tuple[int, int]) -> None:
    canvas = Stage().draw(PICTURE, make_live(phase), size)
    assert canvas.shape[0] >= size[1]


@pytest.mark.parametrize("shape", [(1920, 1080, 3), (240, 320, 3), (1, 1, 3)])
def test_any_picture_is_drawn_and_not_changed(shape: tuple[int, int, int]) -> None:
    picture = np.full(shape, 90, np.uint8)
    Stage().draw(picture, make_live(), (1280, 720))
    Stage().draw(picture, make_live(alert="Paused"), (1280, 720))
    assert (picture == 90).all()


def test_the_same_moment_gives_the_same_picture() -> None:
    one, other = Stage(), Stage()
    one.draw(PICTURE, make_live(Phase.REST), (1280, 720))
    assert (
        one.draw(PICTURE, make_live(), (1280, 720)) == other.draw(PICTURE, make_live(), (1280, 720))
    ).all()


@pytest.mark.parametrize("size", [(1280, 720), (640, 900)])
def test_what_was_prepared_changes_nothing(size: tuple[int, int]) -> None:
    """Prepared for this picture and size or, by the time it is drawn, for others."""
    plain = Stage().draw(PICTURE, make_live(), size)
    other = np.full_like(PICTURE, 9)
    for image, prepared in ((PICTURE, size), (PICTURE, (800, 600)), (other, size)):
        stage = Stage()
        stage.prepare(image, prepared)
        assert (stage.draw(PICTURE, make_live(), size) == plain).all()
        assert (stage.draw(PICTURE, make_live(), size) == plain).all(), "once more, drawn anew"
    page = make_live(summary=SessionSummary("Mine", (), ()))
    stage = Stage()
    stage.prepare(PICTURE, size)
    assert (stage.draw(PICTURE, page, size) == Stage().draw(PICTURE, page, size)).all()
