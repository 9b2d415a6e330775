"""Measurements and tracks made to order, so that a test says what happened and when."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from formcheck.exercises.load import load_exercise
from formcheck.exercises.schema import Exercise
from formcheck.judging.moment import Moment, take_moment
from formcheck.judging.session import Ended, Session
from formcheck.measure.body import Body
from formcheck.measure.level import turn_points
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import Measurements
from formcheck.pose.landmarks import PAIRS, Landmark, landmark_on
from formcheck.pose.outline import N_LEVELS
from formcheck.pose.track import Floats, Pose, PoseTrack
from formcheck.result.judgement import judge_poses
from formcheck.result.models import Result

WELL: Mapping[str, float] = {
    "yaw_deg": 5.0,
    "hip_travel_trunk": 0.02,
    "rear_knee_below_hip_thigh": 0.95,
    "rear_knee_below_front_knee_thigh": 0.9,
    "rear_knee_above_front_heel_shank": 0.0,
    "rear_ankle_above_rear_knee_shank": 0.1,
    "front_knee_above_front_ankle_shank": 1.0,
    "trunk_lean_deg": 0.0,
    "front_knee_deg": 90.0,
    "front_thigh_elevation_deg": 0.0,
    "near_shoulder_flexion_deg": 170.0,
    "rear_hip_extension_deg": 0.0,
    "rear_thigh_back_deg": 0.0,
    "high_wrist_above_nose_trunk": -0.5,
    "pelvic_tilt_change_deg": -8.0,
}
"""Half-kneeling, well done, tuck and all."""

UNSEEN_JOINT = Reason(ReasonCode.NOT_VISIBLE, ("front_ankle",))
"""Why what a script leaves out is not seen."""
BACK_CODES = (
    ReasonCode.NOT_TRACED, ReasonCode.NO_BODY, ReasonCode.NOT_SIDE_ON, ReasonCode.ARM,
    ReasonCode.NOT_CLEAN, ReasonCode.LEAN, ReasonCode.STANCE, ReasonCode.NO_NEUTRAL,
)  # fmt: skip
"""Every reason why the tilt cannot be told."""

OUT: Mapping[str, float] = {"rear_knee_below_hip_thigh": 0.1}
"""Seen not to be in position."""

Script = Callable[[float], Mapping[str, float]]
"""Time in seconds to the values that differ from ``WELL``; NaN is not seen."""


def measured(time_s: float, values: Mapping[str, float], *, found: bool = True) -> Measurements:
    merged = {**WELL, **values}
    if not found:
        merged = dict.fromkeys(merged, math.nan)
    why = {name: UNSEEN_JOINT for name, value in merged.items() if math.isnan(value)}
    return Measurements(time_s, merged, why, found)


class Tick(NamedTuple):
    """One frame that a session was played."""

    time_s: float
    moment: Moment
    """After it."""
    ended: list[Ended]


def play(
    script: Script,
    *,
    until_s: float,
    rate_hz: float = 20.0,
    exercise: Exercise | str = "half-kneeling",
    left: Callable[[float], bool] = lambda t: True,
    found: Callable[[float], bool] = lambda t: True,
    looks: Callable[[float], bool] = lambda t: True,
    after: Callable[[Session], None] = lambda session: None,
) -> tuple[Session, list[Tick]]:
    """A session that was played a script, and each frame of it; the last one twice, as it ends.

    ``left`` says when the left knee is the kneeling one, ``found`` when anybody is seen, and
    ``looks`` when there are frames at all. ``after`` is called after each frame.
    """
    session = Session(load_exercise(exercise) if isinstance(exercise, str) else exercise)
    ticks: list[Tick] = []
    for k in range(round(until_s * rate_hz) + 1):
        t = round(k / rate_hz, 6)
        if not looks(t):
            continue
        here, seen = script(t), found(t)
        mine, other = (here, OUT) if left(t) else (OUT, here)
        ended = session.push(
            {"left": measured(t, mine, found=seen), "right": measured(t, other, found=seen)}
        )
        ticks.append(Tick(t, take_moment(session), ended))
        after(session)
    ticks.append(Tick(t, ticks[-1].moment, session.finish()))
    return session, ticks


def between(start_s: float, end_s: float, values: Mapping[str, float]) -> Script:
    """Those values from ``start_s`` up to ``end_s``, all well otherwise."""
    return lambda t: values if start_s <= t < end_s else {}


def holds_of(session: Session) -> list[tuple[float, float]]:
    return [(h.start_s, h.end_s) for s in session.sets for h in s.holds]


def faults_of(session: Session) -> list[tuple[str, float, float | None]]:
    return [(f.rule.id, f.start_s, f.end_s) for s in session.sets for f in s.faults]


def moving(values: Mapping[str, float]) -> dict[str, float]:
    """The same while the hips have not come to rest; not so far that it would be no entry."""
    return {**values, "hip_travel_trunk": 0.12}


def place_body(
    points: Mapping[str, tuple[float, float]],
    points_m: Mapping[str, tuple[float, float, float]] | None = None,
    *,
    facing: int = 1,
    yaw_deg: float = 0.0,
) -> Body:
    """One frame of a body whose points are given in its own directions: x forward, y up, pixels.

    ``rear_knee`` is the left one, ``front_knee`` the right one, ``knee`` both; what is not given is
    at the hips, at the origin. Trunk, thigh and shank are 100 px long. 3D points are in metres as
    the camera sees them: x right, y down, z away.
    """
    xy = np.zeros((1, 33, 2))
    for name, (x, y) in points.items():
        xy[:, _find_landmarks(name)] = [facing * x, -y]
    xyz = np.zeros((1, 33, 3))
    for name, point in (points_m or {}).items():
        xyz[:, _find_landmarks(name)] = point
    return make_body(xy, xyz, np.array([float(facing)]), np.array([yaw_deg]))


def make_body(xy_px: Floats, xyz_m: Floats, facing: Floats, yaw_deg: Floats) -> Body:
    """A Body of N frames, every joint seen, lengths of 100 px, the left leg as the rear one."""
    n = len(xy_px)
    length = np.full(n, 100.0)
    return Body(
        time_s=np.arange(n) / 10,
        xy_px=xy_px,
        xyz_m=xyz_m,
        unseen=np.zeros((n, 33), dtype=np.uint8),
        facing=facing,
        yaw_deg=yaw_deg,
        trunk_px=length,
        thigh_px=length,
        shank_px=length,
        hip_travel=np.zeros(n),
        off_feet_travel=np.zeros(n),
        outline=np.full((n, 2, N_LEVELS), np.nan),
        is_traced=np.zeros(n, dtype=np.bool_),
        roll_deg=np.zeros(n),
        middle_px=(0.0, 0.0),
        side="left",
    )


def mirror_body(body: Body) -> Body:
    """The mirror image, in which the person's sides are swapped."""
    order = np.arange(33)
    for left, right in PAIRS:
        order[left], order[right] = right, left
    return replace(
        body,
        xy_px=body.xy_px[:, order] * [-1.0, 1.0],
        xyz_m=body.xyz_m[:, order] * [-1.0, 1.0, 1.0],
        facing=-body.facing,
    )


def _find_landmarks(name: str) -> list[Landmark]:
    if name == "nose":
        return [Landmark.NOSE]
    which, _, joint = name.partition("_")
    if which == "rear":
        return [landmark_on("left", joint)]
    if which == "front":
        return [landmark_on("right", joint)]
    return [landmark_on("left", name), landmark_on("right", name)]


def judge_track(track: PoseTrack, exercises: Mapping[str, Exercise], **asked: Any) -> Result:
    """The result alone of what ``judge_poses`` says of some poses."""
    return judge_poses(track, exercises, **asked).result


def scale_track(track: PoseTrack, factor: float) -> PoseTrack:
    """The same clip at another resolution."""
    return replace(
        track,
        xy_px=track.xy_px * factor,
        width_px=round(track.width_px * factor),
        height_px=round(track.height_px * factor),
    )


def move_track(track: PoseTrack, right_px: int, down_px: int) -> PoseTrack:
    """The person elsewhere in a larger picture."""
    return replace(
        track,
        xy_px=track.xy_px + np.array([right_px, down_px]),
        width_px=track.width_px + 2 * right_px,
        height_px=track.height_px + 2 * down_px,
    )


def mirror_track(track: PoseTrack) -> PoseTrack:
    """The mirror image, in which the person's sides are swapped."""
    order = np.arange(track.xy_px.shape[1])
    for left, right in PAIRS:
        order[left], order[right] = right, left
    flip = np.array([-1.0, 1.0])
    xy_px = track.xy_px[:, order] * flip + np.array([track.width_px - 1.0, 0.0])
    return replace(
        track,
        xy_px=xy_px,
        xyz_m=track.xyz_m[:, order] * np.array([-1.0, 1.0, 1.0]),
        visibility=track.visibility[:, order],
        outline=None if track.outline is None else track.outline[:, ::-1],
    )


def pick_frames(track: PoseTrack, keep: np.ndarray) -> PoseTrack:
    """Only some of the frames."""
    return replace(
        track,
        time_s=track.time_s[keep],
        xy_px=track.xy_px[keep],
        xyz_m=track.xyz_m[keep],
        visibility=track.visibility[keep],
        n_people=track.n_people[keep],
        outline=None if track.outline is None else track.outline[keep],
    )


def resample_track(track: PoseTrack, rate_hz: float) -> PoseTrack:
    """The same movement at another frame rate, poses between frames drawn straight."""
    time_s = np.arange(0, track.time_s[-1] + 1e-9, 1 / rate_hz)
    n = len(time_s)

    def between_frames(values: np.ndarray) -> np.ndarray:
        flat = values.reshape(len(track), -1)
        columns = [np.interp(time_s, track.time_s, column) for column in flat.T]
        return np.array(columns).T.reshape(n, *values.shape[1:])

    return replace(
        track,
        time_s=time_s,
        xy_px=between_frames(track.xy_px),
        xyz_m=between_frames(track.xyz_m),
        visibility=between_frames(track.visibility),
        n_people=np.ones(n, dtype=np.int16),
        n_frames=n,
        outline=None if track.outline is None else between_frames(track.outline),
    )


def join_tracks(first: PoseTrack, second: PoseTrack) -> PoseTrack:
    """One clip after the other, a tenth of a second apart."""
    start_s = first.time_s[-1] + 0.1
    outlines = [t.outline for t in (first, second) if t.outline is not None]
    return replace(
        first,
        time_s=np.concatenate([first.time_s, second.time_s + start_s]),
        xy_px=np.concatenate([first.xy_px, second.xy_px]),
        xyz_m=np.concatenate([first.xyz_m, second.xyz_m]),
        visibility=np.concatenate([first.visibility, second.visibility]),
        n_people=np.concatenate([first.n_people, second.n_people]),
        n_frames=first.n_frames + second.n_frames,
        duration_s=first.duration_s + second.duration_s,
        outline=np.concatenate(outlines) if len(outlines) == 2 else None,
    )


def kneeling_pose(facing: int = 1, lean_deg: float = 0.0, time_s: float = 0.0) -> Pose:
    """Kneeling on the left knee in pure side view, front knee and thigh at 90°, trunk 100 px."""
    xy = np.full((33, 2), np.nan)
    hip = np.array([300.0, 240.0])
    lean = np.radians(lean_deg)

    def put(name: str, x: float, y: float) -> None:
        xy[Landmark[name]] = hip + np.array([facing * x, y])

    for side in ("LEFT", "RIGHT"):
        put(f"{side}_HIP", 0, 0)
        put(f"{side}_SHOULDER", 100 * np.sin(lean), -100 * np.cos(lean))
        put(f"{side}_ELBOW", 0, -50)
        put(f"{side}_WRIST", 10, 0)
        put(f"{side}_EAR", 0, -130)
    put("NOSE", 15, -130)
    put("LEFT_KNEE", 0, 80)
    put("LEFT_ANKLE", -80, 80)
    put("LEFT_HEEL", -90, 70)
    put("LEFT_FOOT_INDEX", -110, 85)
    put("RIGHT_KNEE", 80, 0)
    put("RIGHT_ANKLE", 80, 80)
    put("RIGHT_HEEL", 70, 90)
    put("RIGHT_FOOT_INDEX", 110, 90)
    xy[np.isnan(xy[:, 0])] = hip + np.array([0, -130])
    xyz = np.zeros((33, 3))
    xyz[Landmark.LEFT_SHOULDER] = [0, 0, 0.2]
    xyz[Landmark.RIGHT_SHOULDER] = [0, 0, -0.2]
    return Pose(xy, xyz, np.ones(33), time_s)


def turn_track(track: PoseTrack, by_deg: float) -> PoseTrack:
    """The clip as a camera turned the other way shows it, its room read in the first frame."""
    by = np.full(len(track), by_deg)
    return replace(
        track,
        xy_px=turn_points(track.xy_px, by, (track.width_px / 2, track.height_px / 2)),
        xyz_m=turn_points(track.xyz_m, by),
        rolls=np.array([[track.time_s[0], by_deg]]),
    )
