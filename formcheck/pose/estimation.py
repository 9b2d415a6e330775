"""A clip's poses: decoded at the analysis rate, estimated frame by frame.

MediaPipe keeps one core busy. A clip is cut into parts of so many frames, each judged by an
estimator that begins some frames earlier; where there are cores for them, several are at work at
once. Where the parts do not fit together, or several people are in the picture, so that who is
followed depends on all that came before, the whole clip is judged in one go. The parts do not
depend on how many are at work: the same clip gives the same poses everywhere.
"""

from __future__ import annotations

import math
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import pairwise
from queue import Empty, SimpleQueue
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import SourceError
from formcheck.pose.far import cut_frame, place_follow
from formcheck.pose.follow import LARGEST, Follow, mirror_follow
from formcheck.pose.landmarks import N_LANDMARKS
from formcheck.pose.model import PoseEstimator
from formcheck.pose.outline import N_LEVELS
from formcheck.pose.people import Window
from formcheck.pose.shrink import choose_side_px, shrink_frame
from formcheck.pose.track import PoseTrack, mirror_track
from formcheck.runtime.process import one_thread, return_memory, share_memory
from formcheck.video.clip import Clip
from formcheck.video.frame import Frame

PART_FRAMES: Final = 150
"""Most in a part, while 104 MB of pictures wait: nineteen seconds at the default rate."""
_LONG_PART_FRAMES: Final = 100
"""In a part of a clip of more than ``_MANY_PARTS``: its parts end at about the same time anyway,
and fewer frames wait."""
_MANY_PARTS: Final = 8
_HEAD_FRAMES: Final = 30
"""What the first thread has done when the second can begin: the last part has so many fewer."""
OVERLAP_FRAMES: Final = 10
"""After so many frames a new estimator agrees with one that has seen everything: 90 % of the
landmarks lie within .7 % of the body's size (measured), a third of their own noise."""
_MAX_APART: Final = 0.05
"""Parts fit together where the landmarks, in the median, differ by less of the body's size."""
_MAX_THREADS: Final = 2
"""Each holds 125 MB of model, and all but one a part's pictures."""
_AHEAD: Final = 16
"""Frames that may wait beside a part's."""
_TRIM_EVERY: Final = 50
"""Frames of a part after which free memory goes back to the system."""
_TELL_EVERY_S: Final = 0.1

Stage = Literal["poses", "closer", "video"]
Rows = NDArray[Any]
"""(N,) of ``_ROW``."""
_ROW: Final = np.dtype(
    [
        ("time_s", "f8"),
        ("n_people", "i2"),
        ("xy_px", "f4", (N_LANDMARKS, 2)),
        ("xyz_m", "f4", (N_LANDMARKS, 3)),
        ("visibility", "f4", (N_LANDMARKS,)),
        ("outline", "f4", (2, N_LEVELS)),
        ("roll_deg", "f4"),
    ]
)
"""A frame's estimate: nothing is lost, as the estimator's numbers are float32."""


class Progress(Protocol):
    """Receives the progress of long work."""

    def __call__(self, stage: Stage, done: int, total: int | None) -> None:
        """``done`` of ``total`` frames; ``total`` is None where the clip does not say."""


def estimate_track(
    source: Clip,
    *,
    model: str,
    rate_hz: float | None,
    progress: Progress | None = None,
    outlines: bool = True,
    follow: Follow = LARGEST,
    mirrored: bool = False,
    n_threads: int | None = None,
    within: Sequence[tuple[float, float]] | None = None,
    window: Window | None = None,
) -> PoseTrack:
    """The poses of a clip, with the trunk's outlines unless no exercise needs them.

    They are where the clip shows them, even in one that was saved mirrored: ``mirror_track`` turns
    those round.

    Args:
        source: the clip.
        model: as ``PoseEstimator`` takes it.
        rate_hz: frames to analyse per second; None analyses every one.
        progress: told how far the work is, in this thread.
        outlines: trace outlines.
        follow: whom to follow where several people are seen.
        mirrored: the clip was saved mirrored: the model is shown it unmirrored, as it does not see
            quite the same in a mirrored picture.
        n_threads: parts of the clip worked on at once; None takes what the machine has.
        within: stretches of time in seconds, in order: only their frames are analysed.
        window: the part of the pictures that the model is shown, from nearer; None is the whole.

    Raises:
        SourceError: no frame can be decoded.
        ModelError: the model cannot run.
    """
    look = _Look(source, model, rate_hz, outlines, follow, mirrored, within, window, progress)
    n_threads = n_threads or min(os.cpu_count() or 1, _MAX_THREADS)
    share_memory()
    with one_thread():
        rows = look.estimate(n_threads)
        if source.settle_shape():  # the frames were fitted into a shape that is not the clip's
            rows = look.estimate(n_threads)
    return_memory()  # the models are gone; judging an hour takes 200 MB
    if not len(rows):
        raise SourceError(source.name, "no frame can be decoded", "record or export it again")
    track = _make_track(rows, source, look.model_name, outlines=outlines)
    return _show_mirrored(track) if mirrored else track


def _make_track(rows: Rows, source: Clip, model_name: str, *, outlines: bool) -> PoseTrack:
    """The rows of a whole clip as its poses."""
    length_s = max(source.duration_s or 0.0, float(rows["time_s"][-1]))
    rolls = np.column_stack([rows["time_s"], rows["roll_deg"]])
    return PoseTrack(
        time_s=rows["time_s"].copy(),
        xy_px=rows["xy_px"].astype(np.float64),
        xyz_m=rows["xyz_m"].astype(np.float64),
        visibility=rows["visibility"].astype(np.float64),
        n_people=rows["n_people"].copy(),
        width_px=source.width_px,
        height_px=source.height_px,
        clip=source.name,
        model=model_name,
        n_frames=source.n_decoded,
        duration_s=0.0 if source.is_still else length_s,
        is_still=source.is_still or source.n_decoded == 1,
        outline=rows["outline"].astype(np.float64) if outlines else None,
        true_hz=source.true_hz,
        rolls=rolls[np.isfinite(rolls[:, 1])],
    )


def _show_mirrored(track: PoseTrack) -> PoseTrack:
    """The poses as the mirrored picture shows them, in the precision that is saved."""
    shown = mirror_track(track)
    xy_px = shown.xy_px.astype(np.float32).astype(np.float64)
    return replace(shown, xy_px=xy_px, is_mirrored=False)


@dataclass(slots=True)
class _Part:
    """Some frames in a row, the first of them the last ones of the part before."""

    n_before: int
    frames: SimpleQueue[Frame | None] = field(default_factory=SimpleQueue)
    """None ends them."""
    rows: Rows = field(default_factory=lambda: np.empty(0, _ROW))
    """What was found, once it is done."""


@dataclass(slots=True)
class _Look:
    """One clip to be estimated."""

    source: Clip
    model: str
    rate_hz: float | None
    outlines: bool
    follow: Follow
    mirrored: bool
    within: Sequence[tuple[float, float]] | None
    window: Window | None
    progress: Progress | None
    model_name: str = ""
    _in_parts: bool = True
    _is_crowded: bool = False
    """Several people were seen, which ends a look in parts."""
    _halt: threading.Event = field(default_factory=threading.Event)
    _n_fed: int = 0
    _n_estimated: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)
    _idle: SimpleQueue[PoseEstimator] = field(default_factory=SimpleQueue)

    @property
    def _size(self) -> tuple[int, int]:
        """Width and height of the clip's pictures."""
        return self.source.width_px, self.source.height_px

    def estimate(self, n_threads: int) -> Rows:
        """Every frame: in parts, or else in one go."""
        if not self.source.is_still and self.follow == LARGEST:
            parts = self._estimate_parts(n_threads, self._choose_part())
            if parts and not self._is_crowded and all(_fit(*pair) for pair in pairwise(parts)):
                return np.concatenate([part.rows[part.n_before :] for part in parts])
        [whole] = self._estimate_parts(1, None) or [_Part(0)]
        return whole.rows

    def _choose_part(self) -> int:
        """Frames of a part.

        Of a clip of a few parts their number is even, so that two threads end at the same time. It
        depends on the clip alone: the poses are the same on any number of cores.
        """
        n, duration_s = self.source.n_frames_hint or 0, self.source.duration_s
        if duration_s and self.rate_hz is not None:
            n = min(n, math.ceil(duration_s * self.rate_hz))
        if duration_s and self.within is not None:
            n = min(n, math.ceil(n * sum(end - start for start, end in self.within) / duration_s))
        if n <= PART_FRAMES:
            return PART_FRAMES
        n_parts = math.ceil(n / PART_FRAMES)
        if n_parts > _MANY_PARTS:
            return _LONG_PART_FRAMES
        return math.ceil((n + _HEAD_FRAMES) / (n_parts + n_parts % 2))

    def _estimate_parts(self, n_threads: int, part_frames: int | None) -> list[_Part]:
        """Every frame, in parts of so many frames or as one, so many parts at a time."""
        self._in_parts, self._is_crowded = part_frames is not None, False
        self._n_fed = self._n_estimated = 0
        self._halt.clear()
        parts: list[_Part] = []
        futures: list[Future[None]] = []
        room = threading.Semaphore((n_threads - 1) * (part_frames or 0) + _AHEAD)
        first = self._make_estimator()
        self._idle.put(first)
        try:
            with ThreadPoolExecutor(n_threads, thread_name_prefix="poses") as pool:
                try:
                    for part in self._feed(parts, part_frames or sys.maxsize, room):
                        futures.append(pool.submit(self._estimate_part, part, room, first))
                    while wait(futures, timeout=_TELL_EVERY_S).not_done:
                        self._tell()
                finally:
                    self._halt.set()  # after an error, or Ctrl-C, nobody works on
                    for part in parts:
                        part.frames.put(None)
        finally:
            while not self._idle.empty():
                self._idle.get().close()
            first.close()
        for future in futures:
            future.result()
        self._tell()
        return parts

    def _feed(
        self, parts: list[_Part], part_frames: int, room: threading.Semaphore
    ) -> Iterator[_Part]:
        """Each part as it begins; its frames follow while the next one is asked for."""
        recent: deque[Frame] = deque(maxlen=OVERLAP_FRAMES)
        frames = self._list_frames()
        for self._n_fed, frame in enumerate(frames, 1):
            if self._n_fed % part_frames == 1:
                for part in parts[-1:]:
                    part.frames.put(None)
                parts.append(_Part(len(recent)))
                for earlier in recent:
                    parts[-1].frames.put(earlier)
                yield parts[-1]
            while not room.acquire(timeout=_TELL_EVERY_S) and not self._halt.is_set():
                self._tell()
            if self._halt.is_set():
                break
            parts[-1].frames.put(frame)
            recent.append(frame)
            self._tell()
        for part in parts[-1:]:  # whoever works on it waits for its end, halted or not
            part.frames.put(None)

    def _list_frames(self) -> Iterator[Frame]:
        """The frames to analyse, as large as the model is shown them."""
        side_px = choose_side_px(*self._size) if self.window is None else None
        frames = self.source.frames(max_side_px=side_px, rate_hz=self.rate_hz, within=self.within)
        for frame in frames:
            yield frame if self.window is None else shrink_frame(cut_frame(frame, self.window))

    def _estimate_part(self, part: _Part, room: threading.Semaphore, first: PoseEstimator) -> None:
        estimator: PoseEstimator | None = None
        found: list[Rows] = []
        try:
            try:
                estimator = self._idle.get_nowait()
            except Empty:
                estimator = self._make_estimator(first)
            estimator.restart()
            while (frame := part.frames.get()) is not None and not self._halt.is_set():
                found.append(self._estimate(estimator, frame))
                if len(found) > part.n_before:
                    room.release()
                    with self._counting:
                        self._n_estimated += 1
                if len(found) % _TRIM_EVERY == 1:  # the last part's trackers are gone too
                    return_memory()
            part.rows = np.array(found, _ROW)
        except BaseException:
            self._halt.set()
            raise
        finally:
            if estimator is not None:
                self._idle.put(estimator)

    def _estimate(self, estimator: PoseEstimator, frame: Frame) -> Rows:
        """One row, without an axis."""
        if self.mirrored:
            frame = replace(frame, image=np.ascontiguousarray(frame.image[:, ::-1]))
        left, top, right, bottom = self.window or (
            0,
            0,
            self.source.width_px,
            self.source.height_px,
        )
        found = estimator.estimate(frame, right - left, bottom - top)
        if found.n_people > 1 and self._in_parts:
            self._is_crowded = True
            self._halt.set()
        pose = found.pose
        outline = np.nan if pose.outline is None else pose.outline
        corner = self.source.width_px - right if self.mirrored else left, top
        landmarks = (pose.xy_px + corner, pose.xyz_m, pose.visibility)
        return np.array((pose.time_s, found.n_people, *landmarks, outline, pose.roll_deg), _ROW)

    def _make_estimator(self, looks_with: PoseEstimator | None = None) -> PoseEstimator:
        follow = self.follow
        if self.window is not None:
            follow = place_follow(follow, self.window, *self._size)
        estimator = PoseEstimator(
            self.model,
            still=self.source.is_still,
            outlines=self.outlines,
            follow=mirror_follow(follow) if self.mirrored else follow,
            looks_with=looks_with,
        )
        self.model_name = estimator.model_name
        return estimator

    def _tell(self) -> None:
        """Progress in frames of the clip, of which not all are analysed."""
        if self.progress is not None and self._n_fed:
            share = min(1.0, self._n_estimated / self._n_fed)
            done = round(self.source.n_decoded * share)
            self.progress("poses", done, self.source.n_frames_hint)


def _fit(part: _Part, following: _Part) -> bool:
    """Whether both found one person in one position in the last frame of the first."""
    one, other = part.rows["xy_px"][-1], following.rows["xy_px"][following.n_before - 1]
    are_found = [bool(np.isfinite(xy_px).any()) for xy_px in (one, other)]
    if not all(are_found):
        return not any(are_found)
    apart_px = np.median(np.linalg.norm(one - other, axis=1))
    return bool(apart_px < _MAX_APART * np.hypot(*np.ptp(one, axis=0)))
