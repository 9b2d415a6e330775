"""What one would write without formcheck, in the way tutorials do it: the benchmarks' baseline.

OpenCV decodes, MediaPipe looks at every frame as it is and draws what it found, one frame after
the other, in one process.

    python -m benchmarks.naive CLIP [--masks] [--video OUT]     # prints the seconds it takes

In a process of its own it is as its user would have it: formcheck sets how many threads are used.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

import av
import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from mediapipe.tasks.python.vision import drawing_styles, drawing_utils
from numpy.typing import NDArray

from formcheck.pose.model_files import find_model
from formcheck.runtime.environment import block_metrics_upload
from formcheck.video.writer import QUALITY

Picture = NDArray[np.uint8]

_N_WARM: Final = 10
"""Frames looked at beforehand: what is done once a process is not measured."""


def read_frames(clip: Path) -> Iterator[tuple[int, Picture]]:
    """Every frame with its time in milliseconds."""
    capture = cv2.VideoCapture(str(clip))
    last_ms = -1
    while True:
        ok, image = capture.read()
        if not ok:
            break
        last_ms = max(last_ms + 1, round(capture.get(cv2.CAP_PROP_POS_MSEC)))
        yield last_ms, np.asarray(image, dtype=np.uint8)
    capture.release()


def make_landmarker(*, masks: bool) -> vision.PoseLandmarker:
    """MediaPipe's own, to be closed."""
    block_metrics_upload()
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(find_model("full"))),
        running_mode=vision.RunningMode.VIDEO,
        output_segmentation_masks=masks,
    )
    return vision.PoseLandmarker.create_from_options(options)


def show(image: Picture) -> mp.Image:
    """A picture as the landmarker takes it."""
    return mp.Image(mp.ImageFormat.SRGB, cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def detect(clip: Path, *, masks: bool) -> Generator[tuple[Picture, vision.PoseLandmarkerResult]]:
    """Every frame with what was found in it."""
    with make_landmarker(masks=masks) as landmarker:
        for time_ms, image in read_frames(clip):
            yield image, landmarker.detect_for_video(show(image), time_ms)


def draw(image: Picture, found: vision.PoseLandmarkerResult) -> Picture:
    """The frame with the landmarks on it, as the pose landmarker's guide for Python draws them."""
    drawn = np.copy(image)
    style = drawing_styles.get_default_pose_landmarks_style()
    lines = drawing_utils.DrawingSpec(color=(0, 255, 0), thickness=2)
    for landmarks in found.pose_landmarks:
        drawing_utils.draw_landmarks(
            image=drawn,
            landmark_list=landmarks,
            connections=vision.PoseLandmarksConnections.POSE_LANDMARKS,
            landmark_drawing_spec=style,
            connection_drawing_spec=lines,
        )
    return drawn


def time_detection(clip: Path, *, masks: bool) -> float:
    """Seconds to detect the pose in every frame of a clip."""
    start_s = time.perf_counter()
    for _ in detect(clip, masks=masks):
        pass
    return time.perf_counter() - start_s


def time_annotation(clip: Path, out: Path, *, masks: bool) -> float:
    """Seconds to detect the pose in every frame, draw it, and write the video with x264."""
    start_s = time.perf_counter()
    with av.open(str(out), "w") as container, closing(detect(clip, masks=masks)) as frames:
        stream = container.add_stream("libx264", rate=30, options=QUALITY)
        stream.pix_fmt = "yuv420p"
        for image, found in frames:
            if not stream.codec_context.is_open:
                stream.height, stream.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(draw(image, found), format="bgr24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return time.perf_counter() - start_s


def main() -> None:
    """Print the seconds that a clip takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--masks", action="store_true")
    parser.add_argument("--video", type=Path)
    asked = parser.parse_args()
    with closing(detect(asked.clip, masks=asked.masks)) as frames:
        for _ in islice(frames, _N_WARM):
            pass
    if asked.video is None:
        print(time_detection(asked.clip, masks=asked.masks))
    else:
        print(time_annotation(asked.clip, asked.video, masks=asked.masks))


if __name__ == "__main__":
    main()
