"""A recording of a whole routine comes back as its sets, in order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from formcheck.exercises.load import list_exercises
from formcheck.measure.body import track_body
from formcheck.pose.track import PoseTrack
from tests.support.builders import judge_track, mirror_track

EXERCISES = list_exercises()
DONE = (
    ("half-kneeling_good25", "half-kneeling", "right"),
    ("half-kneeling_good25", "half-kneeling", "left"),
    ("standing-stretch_good", "standing-stretch", "right"),
    ("prayer-squat_good", "prayer-squat", None),
    ("childs-pose_good", "childs-pose", None),
    ("knee-to-chest_good", "knee-to-chest", "right"),
    ("donkey-kick_good", "donkey-kick", "left"),
)
REST_S = 12.0
TRUNK_PX = 100.0


def at_one_distance(track: PoseTrack) -> PoseTrack:
    """The person as large as in the other clips, in the middle of a picture with room."""
    scale = TRUNK_PX / float(np.nanmedian(track_body(track).trunk_px))
    return replace(
        track,
        xy_px=(track.xy_px - np.array([track.width_px, track.height_px]) / 2) * scale + 800.0,
        width_px=1600,
        height_px=1600,
    )


def rest(at_s: float) -> PoseTrack:
    """Nobody in the picture, a frame each half second."""
    n = int(REST_S * 2)
    nothing = np.full((n, 33, 2), np.nan)
    return PoseTrack(
        time_s=at_s + np.arange(n) / 2,
        xy_px=nothing,
        xyz_m=np.full((n, 33, 3), np.nan),
        visibility=np.full((n, 33), np.nan),
        n_people=np.zeros(n, np.int16),
        width_px=1600, height_px=1600, clip="rest", model="full", n_frames=n, duration_s=REST_S,
        outline=np.full((n, 2, 66), np.nan),
    )  # fmt: skip


def join(parts: list[PoseTrack]) -> PoseTrack:
    times: list[np.ndarray] = []
    at_s = 0.0
    for part in parts:
        times.append(part.time_s - part.time_s[0] + at_s)
        at_s = float(times[-1][-1]) + 0.1
    names = ("xy_px", "xyz_m", "visibility", "n_people", "outline")
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in names
    }
    time_s = np.concatenate(times)
    n = len(time_s)
    return replace(parts[0], time_s=time_s, **arrays, n_frames=n, duration_s=float(time_s[-1]))


def test_a_whole_routine_is_told_set_by_set(sample_tracks: dict[str, PoseTrack]) -> None:
    parts: list[PoseTrack] = []
    for clip, _, side in DONE:
        track = at_one_distance(sample_tracks[clip])
        parts += [mirror_track(track) if side == "left" and "half" in clip else track, rest(0.0)]
    result = judge_track(join(parts), EXERCISES)
    assert result.exercise == "mixed"
    assert [(one.exercise, one.side) for one in result.sets] == [(e, s) for _, e, s in DONE]
    assert [one.verdict for one in result.sets] == ["pass"] * len(DONE)
    assert len(result.sets[-1].reps) == 4
