"""A clip's poses: decoded at the analysis rate, estimated frame by frame.

MediaPipe keeps one core busy. A clip is cut into parts of so many frames, each judged by an
estimator that begins some frames earlier; where there are cores for them, several are at work at a
time. Where the parts do not fit together, or several people are in the picture, so that who is
followed hangs on all that was before, the whole clip is judged in one go. The parts do not depend
on how many are at work: the same clip gives the same poses everywhere.
"""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import SourceError
from formcheck.pose.follow import LARGEST, Follow, mirror_follow
from formcheck.pose.mirror import mirror_track
from formcheck.pose.model import Estimate, PoseEstimator
from formcheck.pose.shrink import choose_side_px
from formcheck.pose.track import Floats, PoseTrack
from formcheck.runtime.process import one_thread, return_memory, share_memory
from formcheck.video.clip import Clip
from formcheck.video.packed import PackedFrame

Float32s = NDArray[np.float32]

PART_FRAMES: Final = 150
"""A clip of no more, nineteen seconds at the default rate, is one part and costs nothing more."""
_MAX_PART_FRAMES: Final = 225
"""Most in a part of a longer clip: 155 MB of pictures wait. Where they wait in half the memory, all
parts are twice as long."""
_HEAD_FRAMES: Final = 30
"""What the first thread has done when the second one can begin: the last part has so many fewer."""
OVERLAP_FRAMES: Final = 10
"""After so many frames an estimator that began there agrees with one that has seen all before: 90 %
of the landmarks lie within .7 % of the body's size (measured), a third of their own noise."""
_MAX_APART: Final = 0.05
"""Parts fit together where the landmarks, in the median, differ by less of the body's size."""
_MANY_PARTS: Final = 8
"""Of more parts each is shorter: they end at the same time anyway, and fewer frames wait."""
_MAX_THREADS: Final = 2
"""Each holds 125 MB of model, and all but one a part's pictures."""
_AHEAD: Final = 16
"""Frames that wait beside a part's, and that are decoded at a time: one by one, between two looks
of the model, all takes up to half a millisecond a frame longer (measured)."""
_TRIMS: Final = 3
"""How often in a part what is free goes back to the system: more often takes longer."""
_TELL_EVERY_S: Final = 0.1

Stage = Literal["poses", "closer", "video"]


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
    follow: Follow = LARGEST,
    mirrored: bool = False,
    n_threads: int | None = None,
    within: Sequence[tuple[float, float]] | None = None,
) -> PoseTrack:
    """The poses of a clip, with the trunk's outlines unless no exercise needs them.

    They are where the clip shows them, also of one that was saved mirrored: ``mirror_track`` turns
    those round.

    Args:
        source: the clip.
        model: as ``PoseEstimator`` takes it.
        rate_hz: frames analysed a second; None analyses every one.
        progress: told how far the work is, in this thread.
        outlines: trace outlines.
        follow: whom to follow where several people are seen.
        mirrored: the clip was saved mirrored: the model is shown it as it was, as it does not see
            the same in a mirrored picture.
        n_threads: parts of the clip worked on at a time; None takes what the machine has.
        within: stretches of time in seconds, in order, of which alone frames are analysed.

    Raises:
        SourceError: no frame can be decoded.
        ModelError: the model cannot run.
    """
    parts = _choose_part(source, rate_hz, within)
    work = _Work(source, model, rate_hz, outlines, progress, *parts, within)
    work.follow, work.mirrored = mirror_follow(follow) if mirrored else follow, mirrored
    n_threads = n_threads or min(os.cpu_count() or 1, _MAX_THREADS)
    share_memory()
    found = None
    with one_thread():
        if not source.is_still and follow == LARGEST:
            found = work.estimate_in_turn() if n_threads == 1 else work.estimate_parts(n_threads)
        if found is None:
            found = work.estimate_whole()
    return_memory()  # the models are gone; judging an hour takes 200 MB
    if source.settle_shape():
        return estimate_track(
            source, model=model, rate_hz=rate_hz, progress=progress, outlines=outlines,
            n_threads=n_threads,
        )  # fmt: skip
    if not found:
        raise SourceError(source.name, "no frame can be decoded", "record or export it again")

    def stack(name: str) -> Floats:
        return np.concatenate([getattr(one, name) for one in found], dtype=np.float64)

    times = stack("time_s")
    track = PoseTrack(
        time_s=times,
        xy_px=stack("xy_px"),
        xyz_m=stack("xyz_m"),
        visibility=stack("visibility"),
        n_people=np.concatenate([one.n_people for one in found]),
        width_px=source.width_px,
        height_px=source.height_px,
        clip=source.name,
        model=work.model_name,
        n_frames=source.n_decoded,
        duration_s=0.0 if source.is_still else max(source.duration_s or 0.0, float(times[-1])),
        is_still=source.is_still or source.n_decoded == 1,
        outline=stack("outline") if outlines else None,
    )
    if not mirrored:
        return track
    shown = mirror_track(track)
    return replace(
        shown, xy_px=shown.xy_px.astype(np.float32).astype(np.float64), is_mirrored=False
    )


def _choose_part(
    source: Clip, rate_hz: float | None, within: Sequence[tuple[float, float]] | None
) -> tuple[int, bool]:
    """Frames of a part, and whether the clip says that it has several.

    Their number is even, so that two threads end at the same time. It hangs on the clip alone: the
    poses are the same on any number of cores.
    """
    n = source.n_frames_hint or 0
    if rate_hz is not None and source.duration_s:
        n = min(n, math.ceil(source.duration_s * rate_hz))
    if within is not None and source.duration_s:
        n = min(n, math.ceil(n * sum(end - start for start, end in within) / source.duration_s))
    if n <= PART_FRAMES:
        return PART_FRAMES, False
    fold = 2 if source.packs_small(choose_side_px(source.width_px, source.height_px)) else 1
    n_parts = math.ceil(n / (_MAX_PART_FRAMES * fold))
    if n_parts > _MANY_PARTS:
        return PART_FRAMES // 2 * fold, True
    return math.ceil((n + _HEAD_FRAMES) / (n_parts + n_parts % 2)), True


@dataclass(frozen=True, slots=True, eq=False)
class _Packed:
    """N estimates in half the memory: nothing is lost, as their numbers are float32."""

    time_s: Floats
    n_people: NDArray[np.int16]
    xy_px: Float32s
    xyz_m: Float32s
    visibility: Float32s
    outline: Float32s | None

    @staticmethod
    def of(found: Sequence[Estimate]) -> _Packed:
        poses = [one.pose for one in found]

        def pack(name: str) -> Float32s:
            return np.array([getattr(pose, name) for pose in poses], dtype=np.float32)

        return _Packed(
            np.array([pose.time_s for pose in poses]),
            np.array([one.n_people for one in found], dtype=np.int16),
            pack("xy_px"),
            pack("xyz_m"),
            pack("visibility"),
            None if poses[0].outline is None else pack("outline"),
        )


@dataclass(slots=True)
class _FrameRun:
    """Some frames in a row, the first of them the last ones of the part before."""

    n_before: int
    frames: SimpleQueue[PackedFrame | None] = field(default_factory=SimpleQueue)
    """None ends them."""
    found: list[Estimate] = field(default_factory=list)
    first_xy_px: Float32s | None = None
    """What was found in the last frame of the part before; None of the first part."""
    packed: _Packed | None = None
    """All that is its own; None until it is done."""

    def pack(self) -> None:
        """It is done: of what the part before has as well, the last is kept, to compare."""
        if self.n_before:
            self.first_xy_px = self.found[self.n_before - 1].pose.xy_px.astype(np.float32)
        self.packed = _Packed.of(self.found[self.n_before :])
        self.found.clear()


@dataclass(slots=True)
class _Work:
    """One clip to be estimated."""

    source: Clip
    model: str
    rate_hz: float | None
    outlines: bool
    progress: Progress | None
    part_frames: int
    """Frames of a part, but for those of the part before."""
    has_parts: bool
    """Whether the clip says that it has several: then another estimator is made at once."""
    within: Sequence[tuple[float, float]] | None = None
    follow: Follow = LARGEST
    mirrored: bool = False
    model_name: str = ""
    is_crowded: bool = False
    """True once several people were seen."""
    _halt: threading.Event = field(default_factory=threading.Event)
    _n_fed: int = 0
    _n_estimated: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)
    _idle: SimpleQueue[PoseEstimator] = field(default_factory=SimpleQueue)

    def estimate_whole(self) -> list[_Packed]:
        """Every frame, one after the other."""
        self._n_fed = self._n_estimated = 0
        packed: list[_Packed] = []
        found: list[Estimate] = []
        with self._make_estimator() as estimator:
            for frame in self._read():
                found.append(self._estimate(estimator, frame))
                if len(found) == self.part_frames:
                    packed.append(_Packed.of(found))
                    found.clear()
                self._tell()
        return [*packed, _Packed.of(found)] if found else packed

    def estimate_in_turn(self) -> list[_Packed] | None:
        """Every frame, part after part; None where it has to be done in one go."""
        parts: list[_FrameRun] = []
        recent: deque[PackedFrame] = deque(maxlen=OVERLAP_FRAMES)
        with self._make_estimator() as estimator:
            for number, frame in enumerate(self._read()):
                if number % self.part_frames == 0:
                    if number:
                        parts[-1].pack()
                        estimator.restart()
                    parts.append(_FrameRun(len(recent)))
                    parts[-1].found += [self._estimate(estimator, before) for before in recent]
                parts[-1].found.append(self._estimate(estimator, frame))
                recent.append(frame)
                self._tell()
                if self.is_crowded:
                    return None
        for part in parts[-1:]:
            part.pack()
        return _join(parts)

    def estimate_parts(self, n_threads: int) -> list[_Packed] | None:
        """Every frame, so many parts at a time; None where it has to be done in one go."""
        parts: list[_FrameRun] = []
        room = threading.Semaphore((n_threads - 1) * self.part_frames + _AHEAD)
        first = self._make_estimator()
        self._idle.put(first)
        try:
            with ThreadPoolExecutor(n_threads, thread_name_prefix="poses") as pool:
                try:
                    futures = [pool.submit(self._make_another, first)] if self.has_parts else []
                    futures += [
                        pool.submit(self._estimate_part, part, room, first)
                        for part in self._feed(parts, room)
                    ]
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
        return None if self.is_crowded else _join(parts)

    def _feed(self, parts: list[_FrameRun], room: threading.Semaphore) -> Iterator[_FrameRun]:
        """Each part as it begins; its frames follow while the next one is asked for."""
        recent: deque[PackedFrame] = deque(maxlen=OVERLAP_FRAMES)
        try:
            for number, frame in enumerate(self._read()):
                if number % self.part_frames == 0:
                    for part in parts[-1:]:
                        part.frames.put(None)
                    parts.append(_FrameRun(len(recent)))
                    for earlier in recent:
                        parts[-1].frames.put(earlier)
                    yield parts[-1]
                for _ in range(_AHEAD if number % _AHEAD == 0 else 0):
                    while not room.acquire(timeout=_TELL_EVERY_S):
                        self._tell()
                        if self._halt.is_set():
                            return
                parts[-1].frames.put(frame)
                recent.append(frame)
                self._tell()
                if self._halt.is_set():
                    return
        finally:  # whoever works on the last part waits for its end, halted or not
            for part in parts[-1:]:
                part.frames.put(None)

    def _estimate_part(
        self, part: _FrameRun, room: threading.Semaphore, first: PoseEstimator
    ) -> None:
        try:
            estimator = self._idle.get_nowait()
        except Empty:
            estimator = self._make_estimator(first)
        try:
            while (frame := part.frames.get()) is not None and not self._halt.is_set():
                if estimator.has_seen and not part.found:
                    estimator.restart()
                part.found.append(self._estimate(estimator, frame))
                if self.is_crowded:
                    self._halt.set()
                if len(part.found) > part.n_before:
                    room.release()
                if len(part.found) % (self.part_frames // _TRIMS) == 1:
                    return_memory()
            if not self._halt.is_set():
                part.pack()
        except BaseException:
            self._halt.set()
            raise
        finally:
            self._idle.put(estimator)

    def _estimate(self, estimator: PoseEstimator, frame: PackedFrame) -> Estimate:
        shown = frame.unpack()
        if self.mirrored:
            shown = replace(shown, image=np.ascontiguousarray(shown.image[:, ::-1]))
        found = estimator.estimate(shown, self.source.width_px, self.source.height_px)
        with self._counting:
            self._n_estimated += 1
        if found.n_people > 1 and not self.source.is_still:
            self.is_crowded = True
        return found

    def _make_another(self, first: PoseEstimator) -> None:
        self._idle.put(self._make_estimator(first))

    def _make_estimator(self, looks_with: PoseEstimator | None = None) -> PoseEstimator:
        estimator = PoseEstimator(
            self.model,
            still=self.source.is_still,
            outlines=self.outlines,
            follow=self.follow,
            looks_with=looks_with,
        )
        self.model_name = estimator.model_name
        return estimator

    def _read(self) -> Iterator[PackedFrame]:
        side_px = choose_side_px(self.source.width_px, self.source.height_px)
        for frame in self.source.packed_frames(
            max_side_px=side_px, rate_hz=self.rate_hz, within=self.within
        ):
            self._n_fed += 1
            yield frame

    def _tell(self) -> None:
        """Progress in frames of the clip, of which not all are analysed."""
        if self.progress is not None and self._n_fed:
            share = min(1.0, self._n_estimated / self._n_fed)
            done = round(self.source.n_decoded * share)
            self.progress("poses", done, self.source.n_frames_hint)


def _join(parts: list[_FrameRun]) -> list[_Packed] | None:
    """All that was found, in order; None where two parts do not fit together."""
    packed: list[_Packed] = []
    for part in parts:
        if part.first_xy_px is not None and not _fit(packed[-1].xy_px[-1], part.first_xy_px):
            return None
        packed += [] if part.packed is None else [part.packed]
    return packed


def _fit(one: Float32s, other: Float32s) -> bool:
    """Whether two poses of one frame, (33, 2) each, are of one person in one position."""
    are_found = [bool(np.isfinite(xy_px).any()) for xy_px in (one, other)]
    if not all(are_found):
        return not any(are_found)
    apart_px = np.median(np.linalg.norm(one - other, axis=1))
    return bool(apart_px < _MAX_APART * np.hypot(*np.ptp(one, axis=0)))
