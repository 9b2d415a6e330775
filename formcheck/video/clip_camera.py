"""A recorded clip played as a camera, in real time: for trying a session without one."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Self

from formcheck.errors import SourceError
from formcheck.language import translate
from formcheck.video.camera import Camera
from formcheck.video.camera_reader import SIZE_PX, check_host, parse_address
from formcheck.video.clip import Clip
from formcheck.video.frame import Frame

_LONGER_SIDE_PX: Final = max(SIZE_PX)


def is_recorded(where: str) -> bool:
    """Whether this names a recorded clip; ``0`` is a camera, whatever files there are."""
    # A path from pathlib raises where the text, such as a long address, can be no name of a file.
    return not where.strip().isdigit() and os.path.isfile(where)  # noqa: PTH113


def open_camera(
    where: str, tell: Callable[[str], None], size: tuple[int, int] = (1280, 720)
) -> Camera | ClipCamera:
    """A camera, as ``Camera`` takes it, or the clip of that name played as one."""
    return ClipCamera(Path(where)) if is_recorded(where) else Camera(where, tell=tell, size=size)


def check_camera(where: str) -> None:
    """Tell at once that a camera's address is mistyped, before anything slow begins.

    Raises:
        SourceError: no camera can be called that, or nothing is there.
    """
    if not is_recorded(where):
        check_host(parse_address(where))


class ClipCamera:
    """Plays a clip once at its own speed, like a camera: a slow reader misses pictures.

    A SourceError if it cannot be read, or is a single picture.
    """

    lost: Final = None
    """Frames come until the clip ends."""

    def __init__(self, path: Path) -> None:
        self._clip = Clip(path)
        if self._clip.is_still:
            what, advice = translate("is a single picture"), translate("give a video as the camera")
            raise SourceError(self._clip.name, what, advice)
        self.name = self._clip.name
        share = min(1.0, _LONGER_SIDE_PX / max(self._clip.width_px, self._clip.height_px))
        self.width_px = max(1, round(self._clip.width_px * share))
        self.height_px = max(1, round(self._clip.height_px * share))
        self._start_s: float | None = None
        self._closed = threading.Event()

    @property
    def now_s(self) -> float:
        """The present on the clock of the frames' times; 0 until the first frame is asked for."""
        return 0.0 if self._start_s is None else time.monotonic() - self._start_s

    def frames_or_none(self, every_s: float) -> Iterator[Frame | None]:
        """The newest frame, again and again; None when none came for ``every_s``.

        Ends with the clip, or when it is closed.
        """
        self._start_s = self._start_s or time.monotonic()
        frames = self._clip.frames(max_side_px=_LONGER_SIDE_PX)
        frame = next(frames, None)
        while frame is not None:
            following = next(frames, None)
            if following is None or following.time_s > self.now_s:
                while (early_s := frame.time_s - self.now_s) > 0:
                    if self._closed.wait(min(early_s, every_s)):
                        return
                    if early_s > every_s:
                        yield None
                if self._closed.is_set():
                    return
                yield frame
            frame = following

    def close(self) -> None:
        """End the frames."""
        self._closed.set()
        self._clip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
