"""A clip's poses, at more frames a second where the person is quick."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.exercises.schema import Exercise
from formcheck.judge.quick import find_quick
from formcheck.measure.body import track_body
from formcheck.pose.estimation import Progress, Stage, estimate_track
from formcheck.pose.follow import LARGEST, Follow
from formcheck.pose.mirror import mirror_track
from formcheck.pose.track import PoseTrack
from formcheck.video.clip import Clip

CLOSER_RATE_HZ: Final = 60.0
"""Most frames a second that are analysed in a quick stretch: a repetition takes .8 s at least."""
MOST: Final = 0.5
"""A clip that is quick for a larger share is analysed so from its first frame on."""


def find_track(
    source: Clip,
    exercises: Iterable[Exercise],
    *,
    model: str,
    rate_hz: float | None,
    progress: Progress | None = None,
    outlines: bool = True,
    follow: Follow = LARGEST,
    mirrored: bool = False,
    n_threads: int | None = None,
) -> PoseTrack:
    """The poses of a clip; at the default rate, of every frame where the person is quick.

    Another rate is kept to. Arguments and errors are those of ``estimate_track``; ``exercises`` are
    those that are looked for.
    """

    def look(
        hz: float | None, told: Stage, within: list[tuple[float, float]] | None = None
    ) -> PoseTrack:
        def tell(stage: Stage, done: int, total: int | None) -> None:
            if progress is not None:
                progress(told, done, total)

        return estimate_track(
            source, model=model, rate_hz=hz, progress=tell, outlines=outlines,
            follow=follow, mirrored=mirrored, n_threads=n_threads, within=within,
        )  # fmt: skip

    track = look(rate_hz, "poses")
    if rate_hz != DEFAULT_RATE_HZ or len(track) >= track.n_frames:
        return track
    own = mirror_track(track) if mirrored else track
    quick = find_quick(track_body(own), exercises)
    if not quick:
        return track
    is_faster = track.n_frames > 1.05 * CLOSER_RATE_HZ * track.duration_s
    closer_hz = CLOSER_RATE_HZ if is_faster else None
    if sum(one.length_s for one in quick) > MOST * track.duration_s:
        return look(closer_hz, "closer")
    within = [(one.start_s, one.end_s) for one in quick]
    return _insert(track, look(closer_hz, "closer", within), within)


def is_closer(track: PoseTrack, rate_hz: float | None) -> bool:
    """Whether a track has more frames than such a rate gives."""
    return rate_hz is not None and len(track) > rate_hz * track.duration_s + 2


def _insert(
    track: PoseTrack, closer: PoseTrack, within: Sequence[tuple[float, float]]
) -> PoseTrack:
    """A track with the frames of a closer look in place of its own in some stretches of time."""
    outside = np.ones(len(track), dtype=np.bool_)
    for start_s, end_s in within:
        outside &= (track.time_s < start_s) | (track.time_s > end_s)
    order = np.argsort(np.concatenate([track.time_s[outside], closer.time_s]))

    def merge(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(track, name)[outside], getattr(closer, name)])[order]

    return replace(
        track,
        time_s=merge("time_s"),
        xy_px=merge("xy_px"),
        xyz_m=merge("xyz_m"),
        visibility=merge("visibility"),
        n_people=merge("n_people"),
        outline=None if track.outline is None else merge("outline"),
    )
