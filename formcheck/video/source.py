"""What every source of frames offers: clips, pictures, and cameras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from formcheck.video.frame import Frame


class FrameSource(Protocol):
    """Frames in order of presentation, and what is known of them beforehand."""

    @property
    def name(self) -> str:
        """What to call the source in a result: a file's name, a camera's index."""

    @property
    def width_px(self) -> int:
        """Width of its frames, after rotation."""

    @property
    def height_px(self) -> int:
        """Height of its frames, after rotation."""

    @property
    def duration_s(self) -> float | None:
        """Length in seconds; None for a camera or where a file does not say."""

    @property
    def is_still(self) -> bool:
        """True for a single picture, which has no duration and no clock."""

    def frames(self) -> Iterator[Frame]:
        """Every frame, from the start, with strictly increasing ``time_s``."""

    def close(self) -> None:
        """Let go of the file or device; frames end."""
