"""What one would write without formcheck, in the way tutorials do it: the benchmarks' baseline.

OpenCV decodes, MediaPipe looks at every frame as it is, one after the other, in one process.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import av
import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from formcheck.estimate.mediapipe import block_metrics_upload, find_model
from formcheck.pose.landmarks import SKELETON

Picture = NDArray[np.uint8]


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


def detect(
    clip: Path, *, masks: bool, model: str = "full"
) -> Generator[tuple[Picture, list[tuple[float, float]]]]:
    """Every frame with the landmarks in it, in shares of the picture."""
    block_metrics_upload()
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(find_model(model))),
        running_mode=vision.RunningMode.VIDEO,
        output_segmentation_masks=masks,
    )
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        for time_ms, image in read_frames(clip):
            picture = mp.Image(mp.ImageFormat.SRGB, cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            found = landmarker.detect_for_video(picture, time_ms)
            people = found.pose_landmarks
            yield image, [(p.x, p.y) for p in people[0]] if people else []


def time_detection(clip: Path, *, masks: bool) -> float:
    """Seconds to detect the pose in every frame of a clip."""
    start_s = time.perf_counter()
    for _ in detect(clip, masks=masks):
        pass
    return time.perf_counter() - start_s


def time_annotation(clip: Path, out: Path, *, masks: bool, quality: dict[str, str]) -> float:
    """Seconds to detect the pose in every frame, draw it, and write the video with x264."""
    start_s = time.perf_counter()
    with av.open(str(out), "w") as container, closing(detect(clip, masks=masks)) as frames:
        stream = container.add_stream("libx264", rate=30, options=quality)
        stream.pix_fmt = "yuv420p"
        for image, points in frames:
            height, width = image.shape[:2]
            if not stream.codec_context.is_open:
                stream.width, stream.height = width, height
            places = [(round(x * width), round(y * height)) for x, y in points]
            for a, b in SKELETON if places else ():
                cv2.line(image, places[a], places[b], (255, 255, 255), 2)
            for place in places:
                cv2.circle(image, place, 4, (0, 255, 0), -1)
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return time.perf_counter() - start_s
