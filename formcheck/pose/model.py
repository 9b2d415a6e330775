"""MediaPipe's pose landmarker: a frame becomes a pose.

The only module that imports MediaPipe, which takes seconds: import it where it is needed.

One person is tracked. Asked for two, MediaPipe runs its detector on every frame, which takes 1.7
times as long, and its landmarks scatter about twice as much. So a second landmarker, for pictures,
looks every two seconds who else is there (``people.py``): that is how the person who is meant is
followed, and how bystanders are counted. Somebody whom the detector sees only from nearer is
tracked in a square cut out around them.
"""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from formcheck.defaults import MODELS
from formcheck.errors import ModelError
from formcheck.pose.far import find_far
from formcheck.pose.follow import LARGEST, Box, Follow
from formcheck.pose.model_files import find_model
from formcheck.pose.outline import trace_outline
from formcheck.pose.people import (
    Company,
    Detection,
    Image,
    People,
    Window,
    cut,
    find_box,
    find_part,
    find_people,
    find_torso,
    frame_person,
    measure_size,
    paint_over,
)
from formcheck.pose.shrink import prepare
from formcheck.pose.track import Floats, Pose
from formcheck.runtime.environment import block_metrics_upload
from formcheck.runtime.process import calm_mediapipe
from formcheck.runtime.stderr import hold_back_chatter
from formcheck.video.frame import Frame
from formcheck.video.room_lines import RollReader


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What was seen in one frame."""

    pose: Pose
    """The followed person's pose; all NaN when nobody was found."""
    n_people: int
    """People in the picture, 0 when no pose was found. Others are counted every two seconds, and
    only when two looks in a row agree."""


class PoseEstimator:
    """Poses of one clip, picture or camera session, frame by frame in order of time.

    Use a new one for each clip, and close it: left to the garbage collector, MediaPipe may hang
    as it ends. One thread at a time may use it.

    Args:
        model: ``lite``, ``full``, or a path to a pose landmarker ``.task`` file.
        still: the source is a single picture; nothing is carried from frame to frame.
        n_poses: people to tell apart, the followed one included; 1 saves the looks for others.
        outlines: trace the trunk's outline from the model's silhouette, for some milliseconds more;
            ``estimate`` can leave it out of single frames.
        follow: whom to follow where several people are seen.
        looks_with: an estimator of the same model that also looks for others on behalf of this one,
            which saves 120 MB; close it last. Each may be in a thread of its own.

    Raises:
        ModelError: the model is missing, damaged, or does not run on this machine.
        ValueError: ``n_poses`` is under 1.
    """

    _has_found = False
    """Whether any has found a person in this process; until then the C++ code may chatter."""

    def __init__(
        self,
        model: str | Path = "full",
        *,
        still: bool = False,
        n_poses: int = 2,
        outlines: bool = False,
        follow: Follow = LARGEST,
        looks_with: PoseEstimator | None = None,
    ) -> None:
        if n_poses < 1:
            raise ValueError(f"n_poses must be at least 1, got {n_poses}")
        self._path = find_model(model)
        self.model_name = str(model) if model in MODELS else self._path.stem
        """``lite``, ``full``, or the stem of the model's file."""
        self._task = _read_task(self._path)
        self._still = still
        self._n_poses = n_poses
        self._outlines = outlines
        self._last_ms = -1
        """Time of the latest frame; below 0 while there was none."""
        self._roll = RollReader()
        self._whom: Follow = follow
        self._company = Company(follow)
        self._window: Window | None = None  # the trackers are shown this part alone
        self._looker: Any = None
        self._looking = threading.Lock()
        self._looks_with = looks_with or self
        self._trackers: dict[bool, Any] = {}
        self._holds: dict[bool, bool] = {}  # whether each had somebody in its latest frame
        self._latest = outlines
        self._is_closed = False
        block_metrics_upload()
        calm_mediapipe()
        if still:
            self._looker = self._landmarker(vision.RunningMode.IMAGE, n_poses, masks=outlines)
        else:
            self._find_tracker(outlines)

    def estimate(
        self,
        frame: Frame,
        width_px: int | None = None,
        height_px: int | None = None,
        *,
        outline: bool | None = None,
    ) -> Estimate:
        """The pose in a frame, which may be a shrunk copy of the picture it stands for.

        Args:
            frame: upright; later than the frame before.
            width_px: width of the picture that ``xy_px`` refers to; None is the frame's own.
            height_px: height likewise.
            outline: whether to trace the outline in this frame; None is as the estimator was made.
                Ignored for pictures. MediaPipe gives masks on every frame or on none, so frames
                with and without go to two trackers, which agree within a pixel (.3 px in the
                median, measured).

        Returns:
            Numbers rounded to float32, so that saved poses are the same when loaded.

        Raises:
            ModelError: inference failed, or the estimator was closed.
        """
        image = prepare(frame.image)
        size = (width_px or frame.width_px, height_px or frame.height_px)
        outline = self._outlines if outline is None or self._still else outline
        roll_deg = self._roll.read(frame)
        if self._still:
            result, chosen, n_people = self._find(image)
        else:
            result = self._follow(image, frame.time_s, outline)
            chosen, n_people = 0, self._company.n_people
        if not result.pose_landmarks:
            missing = Pose.missing(frame.time_s, outlined=outline)
            return Estimate(replace(missing, roll_deg=roll_deg), 0)
        if self._company.is_doubtful and not self._still:  # somebody who passes in front
            missing = Pose.missing(frame.time_s, outlined=outline)
            return Estimate(replace(missing, roll_deg=roll_deg), n_people)
        landmarks, world = result.pose_landmarks[chosen], result.pose_world_landmarks[chosen]
        left, top, wide, high = find_part(self._window, image)
        pose = Pose(
            xy_px=_rounded(
                [((left + wide * p.x) * size[0], (top + high * p.y) * size[1]) for p in landmarks]
            ),
            xyz_m=_rounded([(p.x, p.y, p.z) for p in world]),
            visibility=_rounded([p.visibility for p in landmarks]),
            time_s=frame.time_s,
            outline=_trace(result, chosen) if outline else None,
            roll_deg=roll_deg,
        )
        return Estimate(pose, n_people)

    def restart(self, follow: Follow | None = None) -> None:
        """Forget everyone: the next frames are seen as by a new estimator, for less work.

        MediaPipe smooths over time and has no other way to forget. Not for pictures.

        Args:
            follow: whom to follow from now on; None is whom it was.
        """
        if follow is not None:
            self._whom = follow
        self._company = Company(self._whom)
        if self._last_ms < 0:
            return
        self._window = None
        self._last_ms = -1
        self._roll = RollReader()
        self._drop_trackers()

    def close(self) -> None:
        """Free the model; the estimator cannot be used afterwards."""
        self._is_closed = True
        self._drop_trackers()
        if self._looker is not None:
            self._looker.close()
            self._looker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _find(self, image: Image) -> tuple[Any, int, int]:
        """What a picture shows, who of that is meant, and how many people there are."""
        people = self.look(image)
        chosen = self._company.see(people.boxes, 0.0, image.shape[1::-1])
        self._window = _choose_window(people, chosen, image)
        result = self._detect(self._looker, self._show(image, people, chosen))
        part = find_part(self._window, image)
        sizes = [measure_size(find_box(one, image, part)) for one in result.pose_landmarks]
        return result, sizes.index(max(sizes)) if sizes else 0, len(people.boxes)

    def _follow(self, image: Image, time_s: float, outline: bool) -> Any:
        """The followed person, by the tracker with or without outlines."""
        self._last_ms = max(self._last_ms + 1, round(time_s * 1000))

        def find() -> tuple[Any, Box | None]:
            seen = self._look_around(image, time_s, outline)
            result = self._detect(self._find_tracker(outline), seen, self._last_ms)
            part = find_part(self._window, image)
            boxes = [find_box(person, image, part) for person in result.pose_landmarks]
            return result, boxes[0] if boxes else None

        result, box = find()
        if box is not None and outline != self._latest and self._company.is_other(box):
            self._drop_tracker(outline)  # it kept to a place where somebody else is by now
            result, box = find()
        self._holds[outline] = box is not None
        self._latest = outline
        torso = find_torso(result.pose_landmarks[0], image) if box is not None else None
        self._company.follow(box, time_s, torso)
        return result

    def _look_around(self, image: Image, time_s: float, outline: bool) -> Image:
        """What the tracker is shown, after a look when one is due or it has to find somebody.

        A tracker that has nobody takes anyone: it is shown the picture without the others.
        """
        is_new = outline not in self._holds
        has_lost = not is_new and not self._holds[outline] and self._company.n_people > 1
        is_time = time_s >= self._company.next_look_s or is_new or has_lost
        if self._n_poses == 1 or self._is_closed or not is_time:
            return self._show(image)
        people = self._looks_with.look(image)
        chosen = self._company.see(people.boxes, time_s, image.shape[1::-1])
        if chosen is not None:
            window = _choose_window(people, chosen, image)
            if self._company.followed is not None or window != self._window:
                self._drop_trackers()  # they would not let go
            self._window = window
        elif is_new or has_lost:
            chosen = self._company.place(people.boxes)
        return self._show(image, people, chosen)

    def _show(self, image: Image, people: People | None = None, chosen: Box | None = None) -> Image:
        """The part of a picture that is searched; without the others where one is chosen."""
        if people is not None and chosen is not None:
            image = paint_over(image, people.without(chosen), chosen)
        return image if self._window is None else cut(image, self._window)

    def look(self, image: Image) -> People:
        """Everybody in a picture, by MediaPipe's landmarker for pictures; for ``looks_with``."""
        with self._looking:
            return find_people(image, self._find_detections)

    def search(self, image: Image, pieces: Iterable[Window]) -> list[Box]:
        """Different people in pieces of a picture that is not shrunk, BGR."""
        with self._looking:
            return find_far(image, pieces, lambda part: self._find_detections(part, prepare(part)))

    def _find_detections(self, image: Image, shown: Image | None = None) -> list[Detection]:
        """Everybody whom the landmarker for pictures finds in one, shown the other in its place."""
        if self._looker is None and not self._is_closed:
            mode = vision.RunningMode.IMAGE
            self._looker = self._landmarker(mode, self._n_poses, masks=False)
        found = self._detect(self._looker, image if shown is None else shown).pose_landmarks
        return [
            Detection(find_box(one, image), sum(p.presence for p in one) / len(one))
            for one in found
        ]

    def _find_tracker(self, masks: bool) -> Any:
        """The tracker with or without masks; None once closed."""
        if masks not in self._trackers and not self._is_closed:
            mode = vision.RunningMode.VIDEO
            self._trackers[masks] = self._landmarker(mode, 1, masks=masks)
        return self._trackers.get(masks)

    def _drop_trackers(self) -> None:
        for masks in tuple(self._trackers):
            self._drop_tracker(masks)

    def _drop_tracker(self, masks: bool) -> None:
        self._trackers.pop(masks).close()
        self._holds.pop(masks, None)

    def _landmarker(self, mode: vision.RunningMode, n_poses: int, *, masks: bool) -> Any:
        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=self._task),
            running_mode=mode,
            num_poses=n_poses,
            output_segmentation_masks=masks,
        )
        try:
            with hold_back_chatter():
                return vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError, OSError, NotImplementedError) as error:
            hint = "use lite, full or another pose landmarker .task file"
            if "libEGL" in str(error) or "libGLES" in str(error):
                hint = "install libEGL and libGLESv2, on Debian libegl1 and libgles2"
            raise ModelError(
                f"model {self._path.name}", f"MediaPipe cannot use it ({_line(error)})", hint
            ) from error

    def _detect(self, landmarker: Any, image: Image, at_ms: int | None = None) -> Any:
        if landmarker is None:
            raise ModelError("the pose estimator", "is closed", "make a new one for each clip")
        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=image)
        try:
            with nullcontext() if PoseEstimator._has_found else hold_back_chatter():
                if at_ms is None:
                    result = landmarker.detect(picture)
                else:
                    result = landmarker.detect_for_video(picture, at_ms)
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"model {self._path.name}", f"it failed on a frame ({_line(error)})", "try another"
            ) from error
        PoseEstimator._has_found |= bool(result.pose_landmarks)
        return result


def _choose_window(people: People, chosen: Box | None, image: Image) -> Window | None:
    """The square about somebody whom the whole picture does not show; else None."""
    return None if chosen is None or not people.is_near(chosen) else frame_person(chosen, image)


def _trace(result: Any, chosen: int) -> Floats:
    """The outline of one person's trunk, from the silhouette the model gave with the landmarks."""
    mask = result.segmentation_masks[chosen].numpy_view()
    silhouette = mask.reshape(mask.shape[:2])  # some versions give (H, W, 1)
    size = silhouette.shape[::-1]
    xy = np.array([(p.x, p.y) for p in result.pose_landmarks[chosen]]) * size
    return _rounded(trace_outline(silhouette, xy))


def _rounded(values: object) -> Floats:
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def _read_task(path: Path) -> bytes:
    try:
        task = path.read_bytes()
        with zipfile.ZipFile(BytesIO(task)) as parts:
            whole = parts.testzip() is None and any("landmark" in n for n in parts.namelist())
    except Exception as error:  # zipfile raises a dozen kinds for spoilt bytes
        raise ModelError(
            f"model {path}", f"it is damaged or not a .task file ({_line(error)})", "get a new copy"
        ) from error
    if not whole:
        what = "it is damaged or not a pose landmarker"
        raise ModelError(f"model {path}", what, "use lite or full")
    return task


def _line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
