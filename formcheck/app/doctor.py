"""Whether a live session can work here: one finding a part, with the fix for what does not."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from formcheck.errors import FormcheckError, StoreError
from formcheck.video.frame import Frame
from formcheck.voice.engine import Manner

State = Literal["ok", "limited", "broken"]
LOOK_S: Final = 2.0
"""How long the camera is watched."""
SLOW_TO_OPEN_S: Final = 3.0
"""An opening that takes this long is told: nothing is broken, and one waits."""
MIN_FREE_GB: Final = 1.0
MIN_MODEL_HZ: Final = 5.0
"""Below so many frames a second of the full model the lite one judges better."""
_WITH_A_PERSON: Final = 1.5
"""A picture with a person takes the model this many times as long as an empty one (measured)."""
_VOICE_LIMIT_S: Final = 10.0
SENTENCE: Final = "Can you hear me from the mat?"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one part."""

    part: str
    state: State
    """ok; limited: live works without it; broken: live cannot work."""
    text: str
    """What was found."""
    fix: str | None = None
    """What to do about it; None where there is nothing to do."""


def examine(
    camera: str = "0",
    model: str = "full",
    data: Path | None = None,
    tell: Callable[[str], None] = lambda text: None,
    hears: Callable[[str], bool] | None = None,
    manner: Manner | None = None,
) -> Iterator[Finding]:
    """Examine every part a live session needs, one after the other.

    Args:
        camera: its index, device or URL.
        model: ``full``, ``lite`` or a path.
        data: where the history is kept; None for the user's data folder.
        tell: is told of what takes long meanwhile.
        hears: asks the person a question on what was just said; None asks nobody.
        manner: how it is said.

    Yields:
        A finding as soon as it is made; none raises.
    """
    checks: tuple[Callable[[], Finding], ...] = (
        lambda: _check_camera(camera, tell),
        lambda: _check_model(model),
        _check_codecs,
        _check_display,
        lambda: _check_voice(hears, manner or Manner()),
        lambda: _check_disk(data),
        _check_silence,
    )
    for check in checks:
        yield check()


def _check_camera(where: str, tell: Callable[[str], None]) -> Finding:
    from formcheck.video.camera import Camera

    try:
        with Camera(where, tell=tell) as source:
            # Frames of a camera that sends no more end when it is closed, and only then.
            end = threading.Timer(LOOK_S, source.close)
            end.start()
            times = [frame.time_s for frame in source.frames()]
            end.join()
            lost = source.lost
            size = f"{source.width_px}x{source.height_px}"
    except FormcheckError as error:
        fix = "close other programs that use it, or try another one: --camera 1"
        return Finding("camera", "broken", error.finding, error.advice or fix)
    if lost is not None:
        fix = "plug it in again, or give another with --camera INDEX, PATH or URL"
        return Finding("camera", "broken", f"{source.name}: {lost}", fix)
    span_s = times[-1] - times[0] if times else 0.0
    rate_hz = (len(times) - 1) / span_s if span_s > 0 else 0.0
    text = f"{source.name}: {size}, {rate_hz:.0f} frames a second"
    if source.opening_s >= SLOW_TO_OPEN_S:
        text += f", opens in {source.opening_s:.0f} s"
    if rate_hz < 10:
        return Finding(
            "camera", "limited", text, "use more light or another camera: 15 or more is better"
        )
    return Finding("camera", "ok", text)


def _check_model(model: str) -> Finding:
    from formcheck.pose.model import PoseEstimator

    try:
        with PoseEstimator(model, n_poses=1) as estimator:
            took_s = []
            for index in range(5):
                frame = Frame(np.full((360, 640, 3), 90, np.uint8), index / 10, index)
                start_s = time.perf_counter()
                estimator.estimate(frame)
                took_s.append(time.perf_counter() - start_s)
            name = estimator.model_name
    except FormcheckError as error:
        fix = "install formcheck again, or --model PATH"
        return Finding("model", "broken", error.finding, error.advice or fix)
    rate_hz = 1 / (_WITH_A_PERSON * statistics.median(took_s))
    text = f"{name}: runs, about {rate_hz:.0f} frames a second"
    if name == "full" and rate_hz < MIN_MODEL_HZ:
        return Finding("model", "limited", text, "give --model lite, or close other programs")
    return Finding("model", "ok", text)


def _check_codecs() -> Finding:
    from formcheck.video.clip import Clip
    from formcheck.video.writer import VideoWriter

    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "try.mp4"
            with VideoWriter(path, 64, 64, fast=True) as writer:
                for index in range(3):
                    writer.write(np.full((64, 64, 3), 60 * index, np.uint8), index / 30)
                writer.close()
            with Clip(path) as clip:
                n = sum(1 for _ in clip.frames())
    except (FormcheckError, OSError) as error:
        fix = "install PyAV again: pip install --force-reinstall av"
        return Finding("codecs", "limited", f"no video can be written: {error}", fix)
    if n != 3:
        return Finding("codecs", "limited", f"{n} of 3 frames came back", "install PyAV again")
    return Finding("codecs", "ok", "H.264 video can be written and read")


def _check_display() -> Finding:
    from formcheck.screen.window import find_display_problem

    problem = find_display_problem()
    if problem is None:
        return Finding("display", "ok", "a window can be opened")
    fix = "start it from a desktop; otherwise the terminal view is used"
    return Finding("display", "limited", problem.finding, problem.advice or fix)


def _check_voice(hears: Callable[[str], bool] | None, manner: Manner) -> Finding:
    from formcheck.voice.speech import Voice

    with Voice(manner=manner) as voice:
        voice.chime("start")
        voice.say(SENTENCE, within_s=_VOICE_LIMIT_S)
        end_s = time.monotonic() + _VOICE_LIMIT_S
        while time.monotonic() < end_s and voice.warning is None and not voice.said:
            time.sleep(0.05)
        while time.monotonic() < end_s and voice.warning is None and voice.is_speaking:
            time.sleep(0.05)
        warning = voice.warning
        spoke = bool(voice.said)
    if warning is not None:
        fix = "live works without it, in silence"
        return Finding("voice", "limited", warning.finding, warning.advice or fix)
    if not spoke:
        return Finding("voice", "limited", "the voice does not answer", "live works in silence")
    if hears is None:
        return Finding("voice", "ok", f"it just said: {SENTENCE}")
    if hears(f"Did you hear “{SENTENCE}”?"):
        return Finding("voice", "ok", "it was heard")
    fix = "turn the volume up, choose the sound output in the system's settings, or --volume 100"
    return Finding("voice", "limited", "it spoke but was not heard", fix)


def _check_disk(data: Path | None) -> Finding:
    from formcheck.history.store import History, default_path

    try:
        path = data / "history.sqlite3" if data else default_path()
        with History(None if data is None else path) as history:
            n = len(history.sets(everyone=True))
    except StoreError as error:
        return Finding("disk", "limited", str(error), "give --data DIR, or live --no-history")
    free_gb = shutil.disk_usage(path.parent).free / 1e9
    text = f"{path}: {n} sets remembered, {free_gb:.0f} GB free"
    if free_gb < MIN_FREE_GB:
        return Finding("disk", "limited", text, "free some space: a recording takes 1 GB per hour")
    return Finding("disk", "ok", text)


def _check_silence() -> Finding:
    """MediaPipe would send usage metrics; what keeps it from that is looked at, not trusted."""
    from formcheck.runtime.environment import NOWHERE, block_metrics_upload

    block_metrics_upload()
    if os.name == "posix":
        read = ctypes.CDLL(None).getenv
        read.restype = ctypes.c_char_p
        proxy, exception = read(b"https_proxy"), read(b"no_proxy")
        if proxy != NOWHERE.encode() or exception:
            text = "MediaPipe's metrics upload is not blocked"
            return Finding("silence", "broken", text, "report this: nothing may leave the machine")
    host, _, port = NOWHERE.removeprefix("http://").partition(":")
    with socket.socket() as probe:
        probe.settimeout(1.0)
        if probe.connect_ex((host, int(port))) == 0:
            text = (
                f"something is listening on {host}:{port}, where MediaPipe's metrics are sent "
                "so that they go nowhere"
            )
            return Finding(
                "silence", "broken", text, f"stop the program that listens on port {port}"
            )
    return Finding(
        "silence",
        "ok",
        "MediaPipe's metrics upload is blocked: nothing leaves this machine",
    )
