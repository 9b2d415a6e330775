"""Poses that another estimator found, made ready to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from formcheck.measure.view import YAW_SCALE
from formcheck.pose.landmarks import N_LANDMARKS, SIDES, Landmark, landmark_on
from formcheck.pose.track import Floats, PoseTrack

_PAIRS: Final = (
    "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "foot_index",
)  # fmt: skip
NEEDED: Final = ("nose", *(f"{side}_{name}" for name in _PAIRS for side in SIDES))
"""The landmarks that are measured. The others, of face and hand, are only drawn."""
_SHOULDERS: Final = [landmark_on(side, "shoulder") for side in SIDES]
_TRUNK: Final = [landmark_on(side, name) for side in SIDES for name in ("shoulder", "hip")]


def make_track(
    xy_px: ArrayLike,
    names: Sequence[str],
    time_s: ArrayLike,
    *,
    width_px: int,
    height_px: int,
    xyz_m: ArrayLike | None = None,
    yaw_deg: float | None = None,
    visibility: ArrayLike | None = None,
    name: str = "poses",
    model: str = "another estimator",
) -> PoseTrack:
    """Poses from another estimator, for ``judge``: one person, N frames of K landmarks.

    Ranges and positions were set on what MediaPipe's model sees: another one reads other angles, so
    look at the values before you rely on a verdict. There is no outline of the back, so the pelvic
    tuck stays unknown.

    Args:
        xy_px: (N, K, 2) pixels of the upright picture, y down; NaN where a landmark was not found.
            Without a shoulder or a hip nobody is taken to be there.
        names: of the K landmarks, such as ``left_knee``: those of BlazePose in lower case, in any
            order. Nose, ears, shoulders, elbows, wrists, hips, knees, ankles, heels and toes
            (``left_foot_index``) are needed. Left is the person's own.
        time_s: (N,) seconds, strictly increasing.
        width_px: width of the picture.
        height_px: height of the picture.
        xyz_m: (N, K, 3) metres, y down, z away from the camera. The view is worked out from
            the shoulders; some measures (the trunk in a squat, a hugged knee) need more of it.
        yaw_deg: where there is no ``xyz_m``, how far the view is from side-on: 0 side-on, 90 from
            the front.
        visibility: (N, K) from 0 to 1; under 0.3 a landmark is not used. None takes all as seen.
        name: what the result calls the clip.
        model: what the result calls the estimator.

    Raises:
        ValueError: a shape does not fit, a name is unknown, a needed one is missing, times do not
            increase, or neither or both of ``xyz_m`` and ``yaw_deg`` are given.
    """
    times = np.asarray(time_s, dtype=np.float64)
    n, k = len(times), len(names)
    _check_names(names)
    points = _read("xy_px", xy_px, (n, k, 2))
    if (xyz_m is None) == (yaw_deg is None):
        raise ValueError("give either xyz_m or yaw_deg")
    rows = [Landmark[one.upper()] for one in names]
    track_px = np.full((n, N_LANDMARKS, 2), np.nan)
    track_px[:, rows] = points
    seen = np.zeros((n, N_LANDMARKS))
    seen[:, rows] = 1.0 if visibility is None else _read("visibility", visibility, (n, k))
    seen[~np.isfinite(track_px).all(axis=2)] = 0.0
    found = np.isfinite(track_px[:, _TRUNK]).all(axis=(1, 2))
    track_px[~found] = np.nan
    track_px[found] = _stand_in(track_px[found])
    metres = np.full((n, N_LANDMARKS, 3), np.nan)
    if xyz_m is not None:
        metres[:, rows] = _read("xyz_m", xyz_m, (n, k, 3))
    elif yaw_deg is not None:
        metres[:, _SHOULDERS] = _turn_shoulders(yaw_deg)
    return PoseTrack(
        time_s=times, xy_px=track_px, xyz_m=metres, visibility=seen,
        n_people=found.astype(np.int16), width_px=width_px, height_px=height_px, clip=name,
        model=model, n_frames=n, duration_s=float(times[-1] - times[0]) if n else 0.0,
    )  # fmt: skip


def _turn_shoulders(yaw_deg: float) -> Floats:
    """(2, 3) metres of the left and the right shoulder, seen so far off side-on."""
    turned = np.radians(min(yaw_deg / YAW_SCALE, 90.0))
    return np.array([(np.sin(turned), 0.0, np.cos(turned)), (0.0, 0.0, 0.0)])


def _stand_in(xy_px: Floats) -> Floats:
    """Unseen landmarks where they were last, or at a shoulder: what smooths expects a place."""
    xy_px = xy_px.copy()
    for landmark in range(N_LANDMARKS):
        is_seen = np.isfinite(xy_px[:, landmark]).all(axis=1)
        latest = np.maximum.accumulate(np.where(is_seen, np.arange(len(xy_px)), -1))
        xy_px[:, landmark] = np.where(
            latest[:, None] >= 0, xy_px[latest, landmark], xy_px[:, Landmark.LEFT_SHOULDER]
        )
    return xy_px


def _check_names(names: Sequence[str]) -> None:
    known = {one.name.lower() for one in Landmark}
    unknown = [one for one in names if one not in known]
    if unknown:
        raise ValueError(f"no landmark is called {', '.join(unknown)}")
    if len(set(names)) < len(names):
        raise ValueError("a landmark is named twice")
    missing = [one for one in NEEDED if one not in names]
    if missing:
        raise ValueError(f"these landmarks are needed too: {', '.join(missing)}")


def _read(name: str, given: ArrayLike, shape: tuple[int, ...]) -> Floats:
    array = np.asarray(given, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    return array
