"""The one loop: frame by frame it gives what judging the whole clip gives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from formcheck.app.loop import Moment, Replay, SessionJudge, interpolate_xy, run
from formcheck.exercises.load import list_exercises
from formcheck.judge.session import Event, EventKind, Session
from formcheck.measure.body import Body
from formcheck.pose.track import PoseTrack
from formcheck.result.score import score_set
from formcheck.video.frame import Frame
from tests.support.builders import judge_track

EXERCISES = list_exercises()


def blank_frames(track: PoseTrack) -> Iterator[Frame]:
    """The track's frames with one between each two, which it has no pose of."""
    image = np.zeros((4, 4, 3), np.uint8)
    for k, time_s in enumerate(track.time_s.tolist()):
        yield Frame(image, time_s, 2 * k)
        yield Frame(image, time_s + 0.03, 2 * k + 1)


class NotingJudge(SessionJudge):
    """Keeps what became certain, and at which frame."""

    def __init__(self, session: Session, replay: Replay) -> None:
        super().__init__(session, replay)
        self.noted: list[tuple[float, Event]] = []

    def judge(self, body: Body) -> list[Event]:
        events = super().judge(body)
        self.noted += [(float(body.time_s[0]), event) for event in events]
        return events


@pytest.mark.parametrize("clip", ["half-kneeling_knee-lean", "lunge-stretch_hip"])
def test_frame_by_frame_gives_the_same_sets(sample_tracks: dict[str, PoseTrack], clip: str) -> None:
    track = sample_tracks[clip]
    exercise = EXERCISES[clip.split("_")[0]]
    session = Session(exercise)
    moments: list[Moment] = []
    replay = Replay(track, [exercise])
    judge = NotingJudge(session, replay)
    run(blank_frames(track), replay, judge, [moments.append])
    whole = judge_track(track, EXERCISES, exercise=exercise.id)
    assert [score_set(done) for done in session.sets] == list(whole.sets)
    assert len(moments) == 2 * len(track)
    raised = [
        event.fault.rule.id
        for _, event in judge.noted
        if event.kind is EventKind.FAULT_RAISED and event.fault
    ]
    assert raised[: len(whole.sets[0].faults)] == [f.rule for f in whole.sets[0].faults]


def test_an_event_becomes_known_after_it_began(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks["half-kneeling_knee-lean"]
    exercise = EXERCISES["half-kneeling"]
    session, replay = Session(exercise), Replay(track, [exercise])
    judge = NotingJudge(session, replay)
    run(blank_frames(track), replay, judge, [])
    known = [(now_s, event.time_s) for now_s, event in judge.noted]
    assert len(known) >= 8
    assert all(began_s <= now_s for now_s, began_s in known)
    assert max(now_s - began_s for now_s, began_s in known) < 1.5


def test_landmarks_between_frames() -> None:
    time_s = np.array([0.0, 0.1, 2.0])
    xy = np.stack([np.full((33, 2), value) for value in (0.0, 10.0, 50.0)])

    def at(moment_s: float) -> float | None:
        found = interpolate_xy(time_s, xy, moment_s, 0.5)
        return None if found is None else float(found[0, 0])

    assert at(0.05) == pytest.approx(5.0)
    assert at(0.1) == pytest.approx(10.0)
    assert at(1.0) is None, "frames too far apart are not bridged"
    assert at(2.2) == pytest.approx(50.0)
    assert at(3.0) is None
    xy[1] = np.nan
    assert at(0.05) is None
