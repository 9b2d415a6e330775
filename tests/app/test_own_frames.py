"""Frames of one's own: what is told as they come is what the judgement says in the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import formcheck
from formcheck.errors import ArgumentError, ExerciseError
from formcheck.video.clip import Clip
from formcheck.video.frame import Image
from tests.conftest import SAMPLES

UNTIL_S = 9.0


def read_frames() -> Iterator[tuple[float, Image]]:
    with Clip(SAMPLES / "half-kneeling_knee-lean.mp4") as source:
        for frame in source.frames(rate_hz=5.0):
            if frame.time_s > UNTIL_S:
                return
            yield frame.time_s, frame.image


@pytest.fixture(scope="module")
def watched() -> tuple[formcheck.Judgement, list[formcheck.Watched]]:
    seen: list[formcheck.Watched] = []
    judged = formcheck.watch(read_frames(), "half-kneeling", seen.append, person="Ann", name="it")
    return judged, seen


Both = tuple[formcheck.Judgement, list[formcheck.Watched]]


def test_each_frame_is_told(watched: Both) -> None:
    judged, seen = watched
    assert [one.time_s for one in seen] == judged.timeline.time_s.tolist()
    assert (judged.result.clip, judged.result.person) == ("it", "Ann")
    assert judged.result.frames_with_pose == len(seen)
    assert all(np.isfinite(one.xy_px).all() for one in seen)


def test_what_is_told_is_what_it_comes_to(watched: Both) -> None:
    judged, seen = watched
    [one] = judged.result.sets
    assert seen[-1].done == pytest.approx(one.good_hold_s, abs=0.01)
    assert {(each.set_number, each.side) for each in seen if each.in_position} == {(1, one.side)}
    [fault] = one.faults
    told = [each for each in seen if each.tone == "fix"]
    assert {each.cue for each in told} == {fault.cue}
    assert not any(each.clock_runs for each in told)
    assert fault.start_s <= told[0].time_s <= fault.start_s + 1


def test_the_outline_is_asked_for_where_a_rule_needs_it(watched: Both) -> None:
    judged, _ = watched
    assert judged.track.outline is not None
    assert judged.result.baseline.source == "assumed"


def make_frames(*times_s: float, width_px: int = 64) -> list[tuple[float, Image]]:
    return [(time_s, np.zeros((48, width_px, 3), np.uint8)) for time_s in times_s]


def test_an_empty_room_is_told_too() -> None:
    seen: list[formcheck.Watched] = []
    judged = formcheck.watch(make_frames(0, 0.1, 0.2), "half-kneeling", seen.append, model="lite")
    assert [(one.set_number, one.side, one.in_position) for one in seen] == [(0, None, False)] * 3
    assert judged.result.verdict == "not_seen"


@pytest.mark.parametrize(
    ("frames", "options", "error", "why"),
    [
        ([], {}, ValueError, "no frame"),
        (make_frames(0, 0), {}, ValueError, "must increase"),
        ([*make_frames(0), *make_frames(1, width_px=80)], {}, ValueError, "64x48"),
        ([(0.0, np.zeros((4, 4), np.uint8))], {}, ValueError, "uint8"),
        (make_frames(0), {"exercise": "auto"}, ArgumentError, "name the exercise"),
        (make_frames(0), {"exercise": "arch-check"}, ExerciseError, "asked"),
        (make_frames(0), {"neutral": "@0-1"}, ArgumentError, "refers to a clip"),
    ],
)
def test_what_cannot_be_watched_is_refused(
    frames: Any, options: dict[str, Any], error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        formcheck.watch(frames, **{"exercise": "half-kneeling", "model": "lite", **options})
