"""Live sessions at a camera that plays clips: the same as analyze, whatever the camera does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import formcheck
from formcheck.app.live.camera_session import LiveSession, Settings
from formcheck.app.live.estimator import LiveEstimator
from formcheck.app.live.result_keeper import Keeper
from formcheck.coach.flow import Flow
from formcheck.coach.lead_in import COUNTDOWN_S
from formcheck.coach.live_state import LiveState, Phase
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.history.store import History
from formcheck.result.build import TUCK_NOT_JUDGED
from formcheck.result.models import Result
from formcheck.screen.drawing import Image
from formcheck.screen.live_scene import LiveScene
from formcheck.screen.recorder import Recorder
from formcheck.video.camera import Camera
from formcheck.video.clip import Clip
from formcheck.voice.speech import Voice
from tests.support.media import read_frames, write_clip
from tests.support.stream import MjpegServer, StreamProcess, reel_of_clips

EXERCISES = list_exercises()
pytestmark = [pytest.mark.slow, pytest.mark.paced]


@dataclass
class Watcher:
    """A view that keeps what it was shown and presses keys when it is told to."""

    stages: list[str] = field(default_factory=list)
    alerts: list[tuple[float, str]] = field(default_factory=list)
    notices: set[str] = field(default_factory=set)
    presses: list[tuple[float, str]] = field(default_factory=list)
    """Seconds after the first frame that is shown, and the key that is pressed then."""
    began_s: float | None = None
    has_shown_keys: bool = False
    is_closed: bool = False
    shown: list[LiveScene] = field(default_factory=list)

    prepared: Image | None = None
    n_prepared: int = 0
    """Pictures shown that were prepared before."""

    def prepare(self, picture: Image) -> None:
        self.prepared = picture

    def show(self, picture: Image, live: LiveScene) -> None:
        self.n_prepared += picture is self.prepared
        if not self.stages or self.stages[-1] != live.phase:
            self.stages.append(live.phase)
            self.shown.append(live)
        if self.began_s is None and live.alert is None:
            self.began_s = time.monotonic()
        self.has_shown_keys |= live.shows_keys
        if live.alert is not None:
            self.alerts.append((time.monotonic(), live.alert))
        if live.notice is not None:
            self.notices.add(live.notice)

    def poll(self) -> list[str]:
        at_s = time.monotonic() - (self.began_s or time.monotonic())
        due = [key for when_s, key in self.presses if when_s <= at_s]
        self.presses = self.presses[len(due) :]
        return due

    def toggle_fullscreen(self) -> None: ...

    def close(self) -> None:
        self.is_closed = True


@dataclass
class Played:
    result: Result
    view: Watcher
    session: LiveSession
    said: list[dict[str, object]]


def play(
    url: str,
    folder: Path,
    exercise: str,
    until: Callable[[LiveState], bool],
    *,
    sets: int | None = None,
    hold_s: float | None = None,
    countdown_s: float = COUNTDOWN_S,
    record: Path | None = None,
    view: Watcher | None = None,
) -> Played:
    """One session at a camera, as the command runs it, with a view that is not seen."""
    view = view or Watcher()
    estimator = LiveEstimator("full", outlines=EXERCISES[exercise].needs_outline)
    with Voice(folder=folder / "said") as voice, Camera(url) as camera:
        plan = make_routine(EXERCISES[exercise], sets=sets, hold_s=hold_s)
        flow = Flow(  # a clip hears nothing
            plan, EXERCISES, camera.height_px, countdown_s=countdown_s, listens=False
        )
        keeper = Keeper(
            folder / "result.json",
            lambda: History(folder / "history.sqlite3"),
            session="one",
            person="me",
            routine=plan.id,
        )
        session = LiveSession(
            flow, camera, estimator, view, voice, keeper,
            Recorder(record) if record else None, Settings(person="me", until=until),
        )  # fmt: skip
        session.run()
    log = (folder / "said" / "said.jsonl").read_text().splitlines()
    return Played(session.result, view, session, [json.loads(line) for line in log])


def assert_same_sets(live: Result, recorded: Result, within_s: float = 0.3) -> None:
    assert [one.side for one in live.sets] == [one.side for one in recorded.sets]
    for mine, other in zip(live.sets, recorded.sets, strict=True):
        assert mine.good_hold_s == pytest.approx(other.good_hold_s, abs=within_s)
        assert len(mine.holds) == len(other.holds)
        assert sorted(f.rule for f in mine.faults) == sorted(f.rule for f in other.faults)
        assert mine.verdict == other.verdict


@pytest.fixture
def halves(tmp_path: Path, samples: Path) -> Path:
    """Kneeling on the left knee, as long on the right one, and an empty room."""
    frames = read_frames(samples / "half-kneeling_knee-lean.mp4", 0, 5.7)
    end_s = frames[-1][0] + 1 / 15
    mirrored = [(end_s + at, np.ascontiguousarray(image[:, ::-1])) for at, image in frames]
    empty = [(2 * end_s + k / 15, np.full_like(frames[0][1], 120)) for k in range(30)]
    return write_clip(tmp_path / "both.mp4", [*frames, *mirrored, *empty])


def test_a_clip_at_the_camera_gives_what_analyze_gives(tmp_path: Path, samples: Path) -> None:
    clip = samples / "half-kneeling_knee-lean.mp4"
    record = tmp_path / "raw.mp4"
    with StreamProcess([clip]) as server:
        played = play(
            server.url, tmp_path, "half-kneeling", lambda state: state.time_s > 15.7, record=record
        )
    assert_same_sets(played.result, formcheck.analyze(clip, exercise="half-kneeling"))
    n_frames = played.session.stats.summarise()["frames"]
    assert played.view.n_prepared > 0.5 * n_frames, "pictures are made ready while they are judged"
    assert played.view.stages[:4] in (
        ["setup", "neutral", "countdown", "work"],
        ["setup", "ready", "neutral", "countdown"],
    )
    texts = [str(line["text"]) for line in played.said if "text" in line]
    assert "Slide your front foot forward" in texts
    assert "Lift your chest" in texts
    assert any("stop if it hurts" in text for text in played.view.notices)
    with Clip(record) as recording:
        assert sum(1 for _ in recording.frames()) > 60, "it is whole"
    assert played.session.problems == []


def test_both_sides_hands_free_from_start_to_summary(tmp_path: Path, halves: Path) -> None:
    with StreamProcess([halves]) as server:
        played = play(
            server.url, tmp_path, "half-kneeling",
            lambda state: state.time_s > (13.1 if state.phase is Phase.DONE else 20),
            sets=1, hold_s=0.2, countdown_s=1.0,
        )  # fmt: skip
    recorded = formcheck.analyze(halves, exercise="half-kneeling")
    assert_same_sets(played.result, recorded)
    assert [one.side for one in played.result.sets] == ["left", "right"]
    turns = played.session.state.turns
    assert [turn.side for turn in turns if turn.sets] == ["left", "right"]
    assert all(turn.is_done for turn in turns)
    assert played.view.stages[-1] is Phase.DONE
    summary = played.view.shown[-1].summary
    assert summary is not None
    assert "2 of 2 done" in summary.title
    tuck = [note.text for note in played.result.warnings if note.code == TUCK_NOT_JUDGED]
    assert tuck
    assert summary.notes[0] == tuck[0], "it is said beside the verdict"
    kept = Result.model_validate_json((tmp_path / "result.json").read_text())
    assert [one.side for one in kept.sets] == ["left", "right"]
    with History(tmp_path / "history.sqlite3") as history:
        rows = history.sets("me")
    assert [row.side for row in rows] == ["left", "right"]
    assert all(row.source == "live" for row in rows)


def test_a_camera_that_dies_and_comes_back_costs_the_gap_alone(
    tmp_path: Path, samples: Path
) -> None:
    """Killed in the middle of a hold for five seconds, then stalled, then sending garbage."""
    clip = samples / "half-kneeling_knee-lean.mp4"
    with MjpegServer(reel_of_clips([clip]), hold_while_down=True) as server:
        down: list[tuple[float, float]] = []
        plan = iter([(2.5, server.stop, server.start, 5.0), (4.0, server.stall, server.resume, 3.0),
                     (5.0, server.garbage, server.resume, 3.0)])  # fmt: skip
        step = next(plan)
        since_s: float | None = None

        def follow(state: LiveState) -> bool:
            nonlocal step, since_s
            at_s, fail, mend, for_s = step
            now_s = time.monotonic()
            if since_s is None and server.position_s >= at_s:
                fail()
                since_s = now_s
            elif since_s is not None and now_s - since_s >= for_s:
                mend()
                down.append((since_s, now_s))
                since_s = None
                step = next(plan, (1e9, fail, mend, for_s))
            return server.position_s > 7.5

        played = play(server.url, tmp_path, "half-kneeling", follow)
    assert len(down) == 3
    assert len(played.result.sets) == 1, "the set goes on"
    one = played.result.sets[0]
    assert one.good_hold_s == pytest.approx(5.5, abs=1.7), "the gaps are not counted"
    assert one.good_hold_s < 6.5
    for since_s, until_s in down:
        seen = [at for at, alert in played.view.alerts if since_s < at < until_s + 2 and alert]
        assert seen, "it was shown"
        assert seen[0] - since_s < 2.6
    texts = [str(line.get("text")) for line in played.said]
    assert sum("trying again" in text for text in texts) >= 3
    assert "Going on" in texts


def test_keys_pause_mute_and_quit(tmp_path: Path, samples: Path) -> None:
    clip = samples / "half-kneeling_knee-lean.mp4"
    presses = [(2.0, "space"), (3.5, "space"), (4.0, "m"), (4.5, "?"), (6.0, "q")]
    view = Watcher(presses=presses)
    with StreamProcess([clip]) as server:
        played = play(server.url, tmp_path, "half-kneeling", lambda state: False, view=view)
    assert any(alert == "Paused" for _, alert in view.alerts)
    assert any("Voice off" in notice for notice in view.notices)
    assert view.has_shown_keys
    assert len(played.result.sets) == 1, "a pause breaks no set"
    assert played.result.sets[0].good_hold_s < 5.5
