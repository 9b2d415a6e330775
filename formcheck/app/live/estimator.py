"""Poses of a live session: outlines only now and then, somebody far from nearer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from formcheck.app.live.near_window import NearWindow
from formcheck.pose.far import cut_frame, find_pose_box, place_follow, place_pose
from formcheck.pose.follow import LARGEST, Follow
from formcheck.pose.model import PoseEstimator
from formcheck.pose.track import Pose
from formcheck.video.frame import Frame
from formcheck.video.room import RoomWatch

OUTLINE_EVERY_S: Final = 0.1
"""About as often as in recorded clips, of which eight frames a second are judged; an outline costs
some milliseconds."""


class LiveEstimator:
    """Gives the pose of each frame it is handed.

    Args:
        model: ``full``, ``lite`` or a path; it stays the same for the whole session, as another
            reads other angles and lengths.
        outlines: whether any frame needs one.
        follow: whom to follow where several people are seen.

    Raises:
        ModelError: the model is missing, damaged, or does not run on this machine.
    """

    def __init__(self, model: str, *, outlines: bool, follow: Follow = LARGEST) -> None:
        self._estimator = PoseEstimator(model, outlines=outlines, follow=follow)
        self._follow: Follow = follow
        self._near, self._room = NearWindow(self._estimator.search, follow), RoomWatch()
        self._size: tuple[int, int] | None = None
        self.needs_outline: Callable[[], bool] = lambda: outlines
        """Asked at each frame."""
        self._outline_s = -1.0
        self.n_people = 0
        """In the latest frame."""
        self.inference_s = 0.0
        """How long the latest frame took."""

    @property
    def model_name(self) -> str:
        """The model's name."""
        return self._estimator.model_name

    def estimate(self, frame: Frame) -> Pose:
        """The pose in a frame, later than the one before."""
        outline = self.needs_outline() and frame.time_s - self._outline_s >= OUTLINE_EVERY_S - 1e-3
        if outline:
            self._outline_s = frame.time_s
        start_s = time.perf_counter()
        if self._size is not None and self._size != (frame.width_px, frame.height_px):
            # A phone was turned: the room and the person are elsewhere in the picture.
            self._near, self._room = NearWindow(self._estimator.search, self._follow), RoomWatch()
            self._estimator.restart(self._follow)
        self._size = frame.width_px, frame.height_px
        window = self._near.window
        shown = frame if window is None else cut_frame(frame, window)
        found = self._estimator.estimate(shown, outline=outline)
        pose = found.pose if window is None else place_pose(found.pose, window)
        if self._near.update(frame.image, find_pose_box(pose), frame.time_s):
            self._restart(frame)
        self.inference_s = time.perf_counter() - start_s
        self.n_people = found.n_people
        return pose

    def watch_room(self, frame: Frame, pose: Pose) -> bool:
        """Whether the camera was moved before a frame, whose pose was estimated."""
        return self._room.update(frame, pose.xy_px)

    def _restart(self, frame: Frame) -> None:
        """Follow somebody in another part of the picture from the next frame on."""
        window, follow = self._near.window, self._follow
        if window is not None:
            follow = place_follow(follow, window, frame.width_px, frame.height_px)
        self._estimator.restart(follow)

    def close(self) -> None:
        """Free the model."""
        self._estimator.close()
