"""Settings that libraries in C read from the environment, and nowhere else."""

from __future__ import annotations

import os
from typing import Final

NOWHERE: Final = "http://127.0.0.1:9"
_STREAM_OPTIONS: Final = (
    # Without limits FFmpeg reads 5 MB of what it does not understand, four seconds of it. Its
    # "nobuffer" would throw away the first key frame: two seconds until the next one.
    "rtsp_flags;prefer_tcp|analyzeduration;1000000|probesize;1000000"
    # A camera is never behind a proxy, and the one of block_metrics_upload leads nowhere.
    "|http_proxy;none"
)


def block_metrics_upload() -> None:
    """Keep MediaPipe from sending usage metrics, which has no switch of its own.

    Its libcurl reads the C environment at each transfer: a proxy where nobody listens stops it
    before a name is looked up. ``https_proxy`` takes precedence over ``HTTPS_PROXY`` and
    ``ALL_PROXY``; an exception in either spelling of ``no_proxy`` would bypass it, so both are
    emptied. ``os.environ`` is not changed, so Python's own HTTP clients are not affected; child
    processes inherit the block.
    """
    for name in ("https_proxy", "http_proxy"):
        os.putenv(name, NOWHERE)
    for name in ("no_proxy", "NO_PROXY"):
        os.putenv(name, "")


def configure_cameras() -> None:
    """How OpenCV and FFmpeg open cameras and streams; what the user set is kept."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    # A reader that is stuck keeps its device from being opened again.
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
    # With them Windows takes many seconds to open some cameras (opencv#17687), and a picture of
    # 720p is decoded without.
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
    given = os.environ.get("OPENCV_FFMPEG_CAPTURE_OPTIONS", "")
    if _STREAM_OPTIONS not in given:
        # Of two values FFmpeg takes the later one: the user's own.
        both = filter(None, (_STREAM_OPTIONS, given))
        os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "|".join(both)
