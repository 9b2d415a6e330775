"""Where every frame is worth a look: repetitions, and who is in and out of a position."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.judging.quick import BRIEF_S, MARGIN_S, find_quick, list_runs
from formcheck.measure.body import Body, track_body
from formcheck.pose.landmarks import SIDES, landmark_on
from formcheck.pose.track import PoseTrack
from tests.support.builders import make_body, pick_frames

EXERCISES = list_exercises()


def test_of_the_clips_those_of_repetitions_alone(sample_tracks: dict[str, PoseTrack]) -> None:
    """The usual rate costs nothing more where a stretch is held."""
    for name, track in sample_tracks.items():
        quick = find_quick(track_body(track), EXERCISES.values())
        reps = name.startswith(("donkey-kick", "knee-drops"))
        assert bool(quick) == reps, name
        if reps:
            [one] = quick
            assert one.length_s >= track.duration_s


def test_only_the_exercises_that_are_looked_for(sample_tracks: dict[str, PoseTrack]) -> None:
    body = track_body(sample_tracks["donkey-kick_good"])
    assert find_quick(body, [EXERCISES["half-kneeling"], EXERCISES["arch-check"]]) == []


@pytest.mark.parametrize(("kept_s", "n_stays", "is_quick"), [(1, 3, True), (1, 1, False),
                                                             (3, 3, False)])  # fmt: skip
def test_in_and_out_of_a_hold(
    sample_tracks: dict[str, PoseTrack], kept_s: float, n_stays: int, is_quick: bool
) -> None:
    """Half-kneeling with the front shin raised level in between, which is none."""
    track = sample_tracks["half-kneeling_good25"]
    seconds = (track.time_s > 10) & (track.time_s < 10 + 2 * kept_s * n_stays - kept_s)
    track = pick_frames(track, seconds)
    out = np.floor((track.time_s - track.time_s[0]) / kept_s) % 2 == 1
    xy_px = track.xy_px.copy()
    for foot in (27, 29, 31):
        down = xy_px[out, foot] - xy_px[out, 25]
        xy_px[out, foot] = xy_px[out, 25] + down[:, ::-1] * [1, -1]
    quick = find_quick(track_body(replace(track, xy_px=xy_px)), EXERCISES.values())
    assert bool(quick) == is_quick
    assert kept_s <= BRIEF_S or not quick


def test_margins_and_stays_that_meet() -> None:
    donkey = EXERCISES["donkey-kick"]
    times = np.arange(0, 40, 0.125)
    inside = ((times >= 5) & (times < 8)) | ((times >= 10) & (times < 12)) | (times >= 30)
    body = place(times, inside)
    first, last = find_quick(body, [donkey])
    assert first.start_s == 5 - MARGIN_S
    assert first.end_s == pytest.approx(12 + MARGIN_S, abs=0.13)
    assert last.start_s == 30 - MARGIN_S


def place(times: np.ndarray, inside: np.ndarray) -> Body:
    """On all fours where ``inside``, else with everything in one place."""
    points = {
        "shoulder": (100, 100), "hip": (0, 100), "knee": (0, 0), "ankle": (-100, 0),
        "heel": (-110, 0), "foot_index": (-110, -5), "wrist": (100, 0),
    }  # fmt: skip
    xy = np.zeros((len(times), 33, 2))
    for name, (x, y) in points.items():
        for side in SIDES:
            xy[inside, landmark_on(side, name)] = [x, -y]
    n = len(times)
    return replace(make_body(xy, np.zeros((n, 33, 3)), np.ones(n), np.zeros(n)), time_s=times)


def test_runs_end_at_a_gap_in_time() -> None:
    time_s = np.array([0.0, 0.1, 0.2, 2.0, 2.1, 2.2])
    inside = np.array([True, True, True, True, False, True])
    assert [run.tolist() for run in list_runs(time_s, inside)] == [[0, 1, 2], [3], [5]]
    assert list(list_runs(time_s, np.zeros(6, dtype=np.bool_))) == []
