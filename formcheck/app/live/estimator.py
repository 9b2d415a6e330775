"""Poses of a live session: outlines only now and then, and a lighter model on a slow machine."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from formcheck.pose.follow import LARGEST, Follow
from formcheck.pose.model import PoseEstimator
from formcheck.pose.track import Pose
from formcheck.video.frame import Frame

OUTLINE_EVERY_S: Final = 0.1
"""About as often as in recorded clips, of which eight frames a second are judged; an outline costs
some milliseconds."""
MIN_RATE_HZ: Final = 12.0
SLOW_FOR_S: Final = 5.0
"""Below `MIN_RATE_HZ` for this long, the lighter model takes over."""
_BUSY: Final = 0.8
"""Only if the model took this share of that time: a slow camera is not the machine's fault."""


class LiveEstimator:
    """Gives the pose of each frame it is handed.

    Args:
        model: ``full``, ``lite`` or a path; ``full`` may step down to ``lite``.
        outlines: whether any frame needs one.
        follow: whom to follow where several people are seen.

    Raises:
        ModelError: the model is missing, damaged, or does not run on this machine.
    """

    def __init__(self, model: str, *, outlines: bool, follow: Follow = LARGEST) -> None:
        self._estimator = PoseEstimator(model, outlines=outlines, follow=follow)
        self._follow: Follow = follow
        self.needs_outline: Callable[[], bool] = lambda: outlines
        """Asked at each frame."""
        self._outlines = outlines
        self._outline_s = -1.0
        self._recent: deque[tuple[float, float]] = deque()
        self.n_people = 0
        """In the latest frame."""
        self.inference_s = 0.0
        """How long the latest frame took."""
        self.stepped_down = False
        """Whether the lighter model has taken over."""

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
        found = self._estimator.estimate(frame, outline=outline)
        self.inference_s = time.perf_counter() - start_s
        self.n_people = found.n_people
        self._watch_speed(frame.time_s)
        return found.pose

    def close(self) -> None:
        """Free the model."""
        self._estimator.close()

    def _watch_speed(self, time_s: float) -> None:
        self._recent.append((time_s, self.inference_s))
        if time_s - self._recent[0][0] < SLOW_FOR_S or self.stepped_down:
            return
        while time_s - self._recent[1][0] >= SLOW_FOR_S:
            self._recent.popleft()
        span_s = time_s - self._recent[0][0]
        busy = sum(took_s for _, took_s in self._recent) / span_s
        if self.model_name == "full" and busy >= _BUSY and len(self._recent) / span_s < MIN_RATE_HZ:
            self._estimator.close()
            self._estimator = PoseEstimator("lite", outlines=self._outlines, follow=self._follow)
            self.stepped_down = True
