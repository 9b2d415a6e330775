"""The live window's picture: nothing meets, nothing is cut, and the cue can be read from afar."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
import pytest

from formcheck.coach.cues import FINDING_NEUTRAL, SHOW_BACK, Cue
from formcheck.coach.live_state import Phase
from formcheck.coach.setup import COME_CLOSER, STEP_IN
from formcheck.exercises.load import list_exercises
from formcheck.judging.rules import Outcome
from formcheck.pose.landmarks import Landmark
from formcheck.pose.track import PoseTrack
from formcheck.screen import drawing, from_afar, last_page, live_scene, panel, signs, stage
from formcheck.screen.drawing import Box, measure_text
from formcheck.screen.from_afar import plan_banner
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
        coming="Next: Kneeling side bend, right",
        figure=EXERCISES["half-kneeling"].figure,
        figure_mirrored=True,
        breath=Breath("in", 0.5) if phase is Phase.WORK else None,
        notice=CAUTION,
    )
    return replace(live, **changes)


@pytest.mark.parametrize("cue", ["Rest", "Turn side-on, right side to the camera"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_places_are_inside_and_do_not_meet(width: int, height: int, cue: str) -> None:
    banner = plan_banner(Cue(cue, "wait"), "Next: right side", width, height)
    plan = plan_stage(width, height, banner.height)
    top = Box(0, 0, width, banner.height)
    for places in (
        [top, plan.clock, plan.drawing, plan.foot],
        [top, plan.number, plan.strip, plan.foot],
    ):
        for left, above, right, below in places:
            assert 0 <= left < right <= width
            assert 0 <= above < below <= height
        assert not any(overlap(a, b) for a, b in itertools.combinations(places, 2))


@dataclass
class Written:
    """Every text that is put on a canvas, and its size."""

    sizes: dict[str, int] = field(default_factory=dict)

    def capital_px(self, text: str) -> float:
        """Height of a capital of that text, measured in its own picture."""
        size = self.sizes[text]
        canvas = np.zeros((3 * size, 2 * size, 3), np.uint8)
        drawing.put_text(canvas, "H", (size // 2, 2 * size), size)
        rows = np.flatnonzero(canvas.max(axis=(1, 2)) > 127)
        return float(rows[-1] - rows[0] + 1)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    found, put = Written(), drawing.put_text

    def note(image: Any, text: str, at: Any, size: int, *rest: Any, **more: Any) -> None:
        found.sizes[text] = size
        put(image, text, at, size, *rest, **more)

    for module in (drawing, from_afar, stage, panel, last_page):
        monkeypatch.setattr(module, "put_text", note)
    return found


WINDOWS = [(1280, 720), (1920, 1080), (720, 1280)]
TURNS = [
    f"Next: {one.short_name}{side}"
    for one in EXERCISES.values()
    for side in ("", ", right")
    if one.short_name
]  # fmt: skip


@pytest.mark.parametrize("size", WINDOWS)
@pytest.mark.parametrize("cue", CUES)
def test_every_cue_is_read_from_three_metres(
    written: Written, cue: str, size: tuple[int, int]
) -> None:
    """16 arcminutes at 3 m from a 14-inch screen are 58 of 720 lines."""
    for tone in ("fix", "tip", "wait"):
        banner = plan_banner(Cue(cue, tone), None, *size)
        from_afar.draw_banner(np.zeros((size[1], size[0], 3), np.uint8), banner)
        assert " ".join(banner.lines).removeprefix("Tip: ") == cue
        assert min(map(written.capital_px, banner.lines)) >= 58 * min(size) / 720


@pytest.mark.parametrize("size", WINDOWS)
@pytest.mark.parametrize("coming", [*TURNS, "Next: right side, set 2 of 2", "Next: once more"])
def test_what_comes_next_is_read_from_three_metres(
    written: Written, coming: str, size: tuple[int, int]
) -> None:
    live = make_live(coming=coming)
    live = replace(live, scene=replace(live.scene, cue=Cue("Good. Hold.", "good")))
    Stage().draw(PICTURE, live, size)
    banner = plan_banner(live.scene.cue, coming, *size)
    assert " ".join(banner.coming) == coming
    assert min(map(written.capital_px, banner.coming)) >= 58 * min(size) / 720


@pytest.mark.parametrize("size", WINDOWS)
@pytest.mark.parametrize("clock", sorted(signs.STATES))
def test_the_clock_is_the_largest_and_its_state_is_read_from_three_metres(
    written: Written, clock: Any, size: tuple[int, int]
) -> None:
    live = make_live(shows_details=True)
    live = replace(live, scene=replace(live.scene, clock=clock))
    Stage().draw(PICTURE, live, size)
    number, below = signs.tell_clock(live.scene)
    assert (number, below) == ("18", "s left"), "12.3 of 30 s are done"
    others = [text for text in written.sizes if text != number]
    assert written.capital_px(number) > max(map(written.capital_px, others))
    assert written.capital_px(signs.STATES[clock][0]) >= 58 * min(size) / 720


@pytest.mark.parametrize("size", WINDOWS)
def test_the_seconds_of_a_countdown_and_a_rest_are_read_from_three_metres(
    written: Written, size: tuple[int, int]
) -> None:
    for phase in (Phase.COUNTDOWN, Phase.REST):
        written.sizes.clear()
        Stage().draw(PICTURE, make_live(phase), size)
        assert written.capital_px("12") >= 58 * min(size) / 720


@pytest.mark.parametrize(
    ("picture", "window", "share"),
    [
        ((1280, 720), (1280, 720), 0.84), ((1280, 720), (1920, 1080), 0.84),
        ((1280, 720), (1440, 900), 1.0), ((640, 480), (1280, 720), 0.63),
        ((1280, 720), (720, 1280), 0.34), ((720, 1280), (720, 1280), 0.2),
    ],
)  # fmt: skip
def test_the_picture_uses_the_window_below_the_cue(
    picture: tuple[int, int], window: tuple[int, int], share: float
) -> None:
    top = plan_banner(Cue("Good. Hold.", "good"), None, *window).height
    box = stage.find_place(*picture, plan_stage(*window, top).picture).box
    assert box.width * box.height / (window[0] * (window[1] - top)) >= share


@pytest.mark.parametrize("picture", [(1280, 720), (640, 480), (720, 1280), (720, 720)])
@pytest.mark.parametrize("coming", [None, "Next: Kneeling side bend, right"])
def test_nothing_covers_the_picture_in_a_tall_window(
    picture: tuple[int, int], coming: str | None
) -> None:
    window = 720, 1280
    top = plan_banner(Cue("Good. Hold.", "good"), coming, *window).height
    plan = plan_stage(*window, top)
    box = stage.find_place(*picture, plan.picture).box
    assert top <= box.top
    assert box.bottom <= min(plan.clock.top, plan.drawing.top, plan.strip.top)
    if coming is None:  # the picture is whole, or nearly
        assert box.width / box.height == pytest.approx(picture[0] / picture[1], rel=0.13)


HEADS = {"standing-stretch_good": 9.0, "half-kneeling_good25": 20.0, "knee-to-chest_good": 9.0}
"""Clips of a standing, a kneeling and a lying person, and when they are so."""
GREEN = (0, 255, 0)


@pytest.mark.parametrize("size", [*WINDOWS, (1440, 900), (640, 480)])
@pytest.mark.parametrize("clip", HEADS)
@pytest.mark.parametrize("cue", ["Good. Hold.", "Rise a little until your thigh is level"])
def test_no_banner_covers_the_head(
    sample_tracks: dict[str, PoseTrack], clip: str, cue: str, size: tuple[int, int]
) -> None:
    """With what comes next below the cue, or with a cue of two lines, and after it."""
    track = sample_tracks[clip]
    pose = next(pose for pose in track if pose.time_s >= HEADS[clip])
    nose, shoulders = pose.xy_px[Landmark.NOSE], pose.xy_px[[11, 12]].mean(axis=0)
    radius = round(0.6 * float(np.linalg.norm(nose - shoulders)))
    picture = np.full((track.height_px, track.width_px, 3), 90, np.uint8)
    cv2.circle(picture, (round(nose[0]), round(nose[1])), radius, GREEN, -1)
    live = make_live(notice=None, figure=None, breath=None)
    live = replace(live, scene=replace(live.scene, cue=Cue(cue, "fix"), xy_px=None))
    drawer, highest = Stage(), 0
    for coming in (None, "Next: Kneeling side bend, right", None):
        canvas = drawer.draw(picture, replace(live, coming=coming), size).astype(int)
        highest = max(highest, plan_banner(live.scene.cue, coming, *size).height)
        room = plan_stage(*size, highest, live).picture
        place = stage.find_place(track.width_px, track.height_px, room)
        rows = np.flatnonzero((canvas[:, :, 1] - canvas[:, :, [0, 2]].max(axis=2) > 30).any(axis=1))
        head_top = place.origin_px[1] + place.share * max(0.0, nose[1] - radius)
        assert rows[0] == pytest.approx(head_top, abs=2)
        assert rows[0] >= highest


@pytest.mark.parametrize("size", WINDOWS)
@pytest.mark.parametrize("clip", [*HEADS, "childs-pose_good"])
@pytest.mark.parametrize("phase", [Phase.READY, Phase.REST, Phase.COUNTDOWN, Phase.WORK])
def test_nothing_is_drawn_over_the_person(
    sample_tracks: dict[str, PoseTrack], clip: str, phase: Phase, size: tuple[int, int]
) -> None:
    track = sample_tracks[clip]
    pose = next(pose for pose in track if pose.time_s >= HEADS.get(clip, 9.0))
    exercise = EXERCISES[clip.rpartition("_")[0]]
    live = make_live(phase, figure=exercise.figure, way_in=exercise.way_in, coming=None)
    plan = plan_stage(*size, plan_banner(live.scene.cue, None, *size).height, live)
    place = stage.find_place(track.width_px, track.height_px, plan.picture)
    over = [plan.strip] if phase in signs.LED_IN else [plan.clock, plan.drawing]
    over += [plan.number] if phase is Phase.REST else []
    for x, y in pose.xy_px * place.share + place.origin_px:
        inside = [one for one in over if one.left < x < one.right and one.top < y < one.bottom]
        assert inside == []


@pytest.mark.parametrize("size", WINDOWS)
def test_the_seconds_of_a_rest_take_no_more_room_than_the_clock(size: tuple[int, int]) -> None:
    """With the details shown, the picture is as wide as in a hold."""
    live = make_live(Phase.REST, shows_details=True)
    plan = plan_stage(*size, 0, live)
    assert plan.number.right <= plan.clock.right


@pytest.mark.parametrize("size", [*WINDOWS, (844, 390)])
@pytest.mark.parametrize("aside", [-0.25, -0.12, 0.0, 0.12, 0.25])
def test_nothing_is_drawn_over_a_person_at_the_side(
    monkeypatch: pytest.MonkeyPatch,
    sample_tracks: dict[str, PoseTrack],
    aside: float,
    size: tuple[int, int],
) -> None:
    """The picture is larger where they are in the middle of it."""
    monkeypatch.setattr(stage, "draw_body", lambda *args, **more: None)
    track = sample_tracks["half-kneeling_good25"]
    pose = next(pose for pose in track if pose.time_s >= HEADS["half-kneeling_good25"])
    xy_px = pose.xy_px + np.array([round(aside * track.width_px), 0])
    picture = np.full((track.height_px, track.width_px, 3), 90, np.uint8)
    within = ((xy_px > 8) & (xy_px < np.array(picture.shape[1::-1]) - 8)).all(axis=1)
    for x, y in xy_px[within].round().astype(int).tolist():
        cv2.circle(picture, (x, y), 8, GREEN, -1)
    live = make_live(coming=None)
    live = replace(live, scene=replace(live.scene, xy_px=xy_px))
    canvas = Stage().draw(picture, live, size)
    top = plan_banner(live.scene.cue, None, *size).height
    seen = []
    for is_narrow in (False, True):
        room = plan_stage(*size, top, live, is_narrow=is_narrow).picture
        place = stage.find_place(track.width_px, track.height_px, room)
        at = (xy_px[within] * place.share + place.origin_px).astype(int)
        seen.append(bool((canvas[at[:, 1], at[:, 0]] == GREEN).all()))
    assert any(seen)
    if size[0] > size[1] and aside == 0:
        assert seen[0], "the larger room is kept"
    if size[0] > size[1] and abs(aside) > 0.2:
        assert not seen[0], "they would have been covered"


@pytest.mark.parametrize("size", WINDOWS)
def test_the_position_is_drawn_large(size: tuple[int, int]) -> None:
    """A tenth of the window at least during a hold, with nothing in place of it."""
    plan = plan_stage(*size, plan_banner(Cue("Hold", "good"), None, *size).height)
    assert plan.drawing.width * plan.drawing.height >= 0.1 * size[0] * size[1]
    live = make_live(breath=None)
    drawn = plan.drawing.cut(Stage().draw(PICTURE, live, size)).astype(int)
    bare = plan.drawing.cut(Stage().draw(PICTURE, replace(live, figure=None), size)).astype(int)
    _, columns = np.nonzero(np.abs(drawn - bare).max(axis=2) > 60)
    assert np.ptp(columns) > 0.7 * plan.drawing.width


def test_the_way_in_is_drawn_before_and_the_position_last() -> None:
    exercise = EXERCISES["half-kneeling"]
    live = make_live(Phase.READY, way_in=exercise.way_in)
    banner = plan_banner(live.scene.cue, live.coming, 1280, 720)
    strip = plan_stage(1280, 720, banner.height, live).strip
    whole = strip.cut(Stage().draw(PICTURE, live, (1280, 720)))
    alone = strip.cut(Stage().draw(PICTURE, replace(live, way_in=()), (1280, 720)))
    third = strip.width // 3
    light = [(whole[:, k * third : (k + 1) * third] > 200).any(axis=2).sum() for k in range(3)]
    assert min(light) > 1000
    assert (alone != whole).any()


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

    for module in ("stage", "panel", "skeleton", "tuck", "drawing", "from_afar"):
        watch(f"formcheck.screen.{module}")
    for details in (False, True):
        Stage().draw(PICTURE, make_live(phase, shows_details=details), (width, height))
    assert outside == []


def test_the_middle_of_the_picture_is_the_person_s() -> None:
    plan = plan_stage(1280, 720, 0)
    middle = Box(plan.clock.right, 220, plan.drawing.left, plan.foot.top)
    live = make_live(notice=None)
    full = middle.cut(Stage().draw(PICTURE, live, (1280, 720)))
    other = replace(live, breath=None, figure=None)
    assert (full == middle.cut(Stage().draw(PICTURE, other, (1280, 720)))).all()


def test_an_alert_dims_the_picture_and_takes_the_banner() -> None:
    middle = Box(400, 230, 880, 400)
    plain = Stage().draw(PICTURE, make_live(), (1280, 720))
    live = make_live(alert="Paused")
    paused = replace(live, scene=replace(live.scene, cue=Cue("Paused", "wait")))
    alert = Stage().draw(PICTURE, paused, (1280, 720))
    assert middle.cut(alert).mean() < middle.cut(plain).mean() / 2
    assert (plain[:100] != alert[:100]).any()


def test_the_breath_swells_and_shrinks() -> None:
    def blue(breath: Breath) -> int:
        canvas = np.zeros((200, 300, 3), np.uint8)
        stage.draw_breath(canvas, breath, 30)
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
    assert {key for key, _ in KEYS} == {"space", "m", "n", "r", "d", "f", "?", "q"}
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
