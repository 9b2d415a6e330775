"""The annotated video of a clip that was judged, drawn in a second pass; or a photo's picture."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from formcheck.errors import SourceError
from formcheck.files import replace_file
from formcheck.judging.neutral import PelvisWatch
from formcheck.judging.rules import Verdict
from formcheck.judging.session import measure_sides
from formcheck.pose.estimation import Progress
from formcheck.pose.track import Floats, PoseTrack
from formcheck.result.judgement import Judgement
from formcheck.result.models import Note
from formcheck.result.score import judge_still
from formcheck.runtime.process import one_thread
from formcheck.screen.overlay import Kept, draw_scene, draw_still, plan_layout
from formcheck.screen.scene import (
    Scene,
    build_scene,
    build_still_scene,
    correct_scene,
    list_known_sets,
    mirror_scene,
)
from formcheck.video.clip import Clip, read_ahead
from formcheck.video.frame import SHOWN_SIDE_PX, Frame
from formcheck.video.writer import MAX_STEP_S, VideoWriter

_AS_JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 90)
MAX_BRIDGE_S: Final = 0.5
"""The drawn skeleton follows frames between two analysed ones no farther apart than this."""


def explain_no_video(track: PoseTrack) -> Note | None:
    """Why no video can be made of a clip with these poses; None if one can."""
    if float(np.diff(track.time_s).max(initial=0)) < MAX_STEP_S:
        return None
    text = "No video was written: the clip's times jump by more hours than a video can hold."
    return Note(code="no_video", text=text)


def annotate(
    clip: str | Path, judged: Judgement, path: str | Path, *, progress: Progress | None = None
) -> None:
    """Write the annotated video of a judged clip; for a photo, the annotated picture.

    Args:
        clip: the clip that the poses were estimated from.
        judged: what ``judge`` returned.
        path: where to; an existing file is replaced. A picture's name should end in ``.jpg``.
        progress: called with the progress of the work.

    Raises:
        SourceError: the clip cannot be read, or its times jump too far for a video.
        StoreError: the file cannot be written.
    """
    with Clip(clip, true_hz=judged.track.true_hz) as source:
        if note := explain_no_video(judged.track):
            raise SourceError(source.name, note.text)
        draw_clip(Path(path), source, judged, progress=progress)


def draw_clip(
    path: Path,
    source: Clip,
    judged: Judgement,
    *,
    watch: Callable[[Frame], None] | None = None,
    progress: Progress | None = None,
) -> None:
    """As ``annotate``, of an open clip; ``watch`` is shown every frame of a video as it was."""
    frames = read_ahead(source.frames(max_side_px=SHOWN_SIDE_PX))
    first = next(frames, None)
    if first is None:
        raise SourceError(source.name, "no frame can be decoded", "record or export it again")
    if source.is_still:
        _draw_photo(path, first, judged)
        return
    shrink = min(1.0, SHOWN_SIDE_PX / max(source.width_px, source.height_px))
    size = plan_layout(first.width_px, first.height_px).size
    scenes, kept = Scenes(judged, shrink=shrink), Kept()
    writing = VideoWriter(path, *size, audio_from=source.audio_path, audio_start_s=source.start_s)
    with one_thread(), writing as writer:
        for frame in chain([first], frames):
            scene = scenes.at(frame.time_s, frame.width_px)
            writer.write(draw_scene(frame.image, scene, kept), frame.time_s)
            if watch is not None:
                watch(frame)
            if progress is not None:
                progress("video", frame.index + 1, judged.track.n_frames)
        writer.close(judged.track.duration_s or None)


class Scenes:
    """What there was to show at each moment of a clip that was judged; not of a single picture.

    ``shrink`` is the size of the frames that are shown, of that in which the poses were found.
    """

    def __init__(self, judged: Judgement, *, shrink: float = 1.0) -> None:
        self._judged, self._track, self._body = judged, judged.track, judged.body
        self._known = list(list_known_sets(judged.result))
        self._shrink = shrink

    def at(self, time_s: float, width_px: int) -> Scene:
        """What was known when a frame was shown, of the side and set that the Result has there."""
        row = max(0, int(np.searchsorted(self._track.time_s, time_s + 1e-6)) - 1)
        xy_px = interpolate_xy(self._track.time_s, self._track.xy_px, time_s, MAX_BRIDGE_S)
        shown = None if xy_px is None else xy_px * self._shrink
        known, body = self._judged.shown_at(row), self._body.at(row)
        scene = build_scene(None if known is None else known.moment, body, shown)
        if known is not None:
            one = self._known[known.set_number - 1] if known.set_number else None
            scene = correct_scene(scene, one, is_in_it=known.is_entered)
        return mirror_scene(scene, width_px) if self._track.is_mirrored else scene


def _draw_photo(path: Path, frame: Frame, judged: Judgement) -> None:
    """Write the annotated picture of a photo that was judged."""
    track, body = judged.track, judged.body
    xy_px = track.xy_px[0] * (frame.width_px / track.width_px)
    shown = xy_px if np.isfinite(xy_px).all() else None
    exercise, side = None, None
    verdicts: tuple[Verdict, ...] = ()
    for one in judged.result.sets[:1]:
        [exercise] = (e for e in judged.found.exercises if e.id == one.exercise)
        side = one.side
        measured = measure_sides(body, [exercise])[side or "left"]
        verdicts = judge_still(exercise, PelvisWatch(judged.found.neutral).complete(measured[0]))
    scene = build_still_scene(exercise, side, verdicts, body, shown)
    if track.is_mirrored:
        scene = mirror_scene(scene, frame.width_px)
    done, data = cv2.imencode(".jpg", draw_still(frame.image, scene), _AS_JPEG)
    assert done
    with replace_file(path) as file:
        file.write(data.tobytes())


def interpolate_xy(time_s: Floats, xy_px: Floats, at_s: float, max_gap_s: float) -> Floats | None:
    """Landmarks between two analysed frames, so that a drawn skeleton follows every frame.

    From (N,) increasing times and (N, 33, 2) pixels; frames more than ``max_gap_s`` apart are not
    bridged.

    Returns:
        (33, 2) pixels; None where nobody is known to be there.
    """
    after = int(np.searchsorted(time_s, at_s - 1e-6))
    if after < len(time_s) and abs(time_s[after] - at_s) < 1e-6:
        xy = xy_px[after]
    elif 0 < after < len(time_s) and time_s[after] - time_s[after - 1] <= max_gap_s:
        share = (at_s - time_s[after - 1]) / (time_s[after] - time_s[after - 1])
        xy = (1 - share) * xy_px[after - 1] + share * xy_px[after]
    elif after == len(time_s) and after and at_s - time_s[-1] <= max_gap_s:
        xy = xy_px[-1]
    else:
        return None
    return xy if np.isfinite(xy).all() else None
