"""A clip's poses: decoded at the analysis rate, estimated frame by frame."""

from __future__ import annotations

from typing import Final, Literal, Protocol

import numpy as np

from formcheck.capture.clip import Clip
from formcheck.errors import SourceError
from formcheck.estimate.mediapipe import PoseEstimator
from formcheck.pose.pose import Pose, PoseTrack

DEFAULT_RATE_HZ: Final = 10.0
"""Frames analysed a second: at 7.5 and 5 Hz no verdict on the clips with truth differs from that at
their own 15 Hz, and held seconds by .2 s at most."""
ANALYSIS_SIDE_PX: Final = 640
"""Longest side given to the model: more gains nothing (measured)."""

Stage = Literal["poses", "video"]


class Progress(Protocol):
    """Told of long work as it goes."""

    def __call__(self, stage: Stage, done: int, total: int | None) -> None:
        """``done`` of ``total`` frames; ``total`` is None where the clip does not say."""


def estimate_track(
    source: Clip,
    *,
    model: str,
    rate_hz: float | None,
    progress: Progress | None = None,
    outlines: bool = True,
) -> PoseTrack:
    """The poses of a clip, with the trunk's outlines unless no exercise needs them.

    Raises:
        SourceError: no frame can be decoded.
        ModelError: the model cannot run.
    """
    times: list[float] = []
    found: list[Pose] = []
    people: list[int] = []
    last_s = 0.0
    with PoseEstimator(model, still=source.is_still, outlines=outlines) as estimator:
        for frame in source.frames(max_side_px=ANALYSIS_SIDE_PX, rate_hz=rate_hz):
            estimate = estimator.estimate(frame, source.width_px, source.height_px)
            times.append(frame.time_s)
            found.append(estimate.pose)
            people.append(estimate.n_people)
            last_s = frame.time_s
            if progress is not None:
                progress("poses", source.n_decoded, source.n_frames_hint)
        name = estimator.model_name
    if not times:
        raise SourceError(f"{source.name}: no frame can be decoded: record or export it again")
    return PoseTrack(
        time_s=np.array(times),
        xy_px=np.array([pose.xy_px for pose in found]),
        xyz_m=np.array([pose.xyz_m for pose in found]),
        visibility=np.array([pose.visibility for pose in found]),
        n_people=np.array(people, dtype=np.int16),
        width_px=source.width_px,
        height_px=source.height_px,
        clip=source.name,
        model=name,
        n_frames=source.n_decoded,
        duration_s=0.0 if source.is_still else max(source.duration_s or 0.0, last_s),
        is_still=source.is_still or source.n_decoded == 1,
        outline=np.array([pose.outline for pose in found]) if outlines else None,
    )
