"""Clips as phones record them, made of the sample ones: larger, faster, longer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.video.clip import Clip

SAMPLES: Final = Path(__file__).parent.parent / "sample_videos"
KNEELING: Final = SAMPLES / "half-kneeling_knee-lean.mp4"
"""Judged with the silhouette."""
FOLDED: Final = SAMPLES / "childs-pose_hips.mp4"
"""Without: an exercise that has no rule on the pelvis."""
HOLD_S: Final = 30.0
"""What an exercise asks for: a clip of one hold is no shorter."""
NOISE: Final = 2.0
"""Grey levels (SD): a camera's; without, a repeated picture costs a coder nothing."""
_N_NOISES: Final = 7
_QUALITY: Final = {"preset": "veryfast", "crf": "23"}


def write_footage(
    out: Path,
    samples: Sequence[Path],
    *,
    size: tuple[int, int] = (1280, 720),
    rate_hz: int = 30,
    seconds: float | None = None,
) -> Path:
    """Write sample clips one after the other as one H.264 file, with camera noise.

    Args:
        out: the file.
        samples: what to play; over again until it is long enough.
        size: width and height of the pictures.
        rate_hz: frames a second.
        seconds: how long; None plays each once.

    Returns:
        ``out``.
    """
    width, height = size
    drawn = np.random.default_rng(1).normal(0, NOISE, (_N_NOISES, height, width))
    noises = np.round(drawn).astype(np.int16)[..., None]
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=rate_hz, options=_QUALITY)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number, image in enumerate(_slots(samples, rate_hz, seconds)):
            large = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
            noisy = np.clip(large + noises[number % _N_NOISES], 0, 255).astype(np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(noisy, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return out


def _slots(
    samples: Sequence[Path], rate_hz: int, seconds: float | None
) -> Iterator[NDArray[np.uint8]]:
    """What is to be seen at each moment."""
    n_left = None if seconds is None else round(seconds * rate_hz)
    while True:
        for sample in samples:
            n_shown = 0
            for frame in Clip(sample).frames():
                while n_shown / rate_hz <= frame.time_s + 1e-6:
                    if n_left == 0:
                        return
                    yield frame.image
                    n_shown += 1
                    n_left = None if n_left is None else n_left - 1
        if n_left is None:
            return


def repeat_footage(out: Path, clip: Path, times: int) -> Path:
    """Write a clip several times over, without coding it anew.

    Returns:
        ``out``.
    """
    with av.open(str(out), "w") as container, av.open(str(clip)) as first:
        source = first.streams.video[0]
        stream = container.add_stream_from_template(source)
        assert source.duration is not None
        for turn in range(times):
            with av.open(str(clip)) as again:
                for packet in again.demux(again.streams.video[0]):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.dts += turn * source.duration
                    packet.pts += turn * source.duration
                    packet.stream = stream
                    container.mux(packet)
    return out
