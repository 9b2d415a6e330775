"""Draws the pictures of docs/live.md from a sample clip, as the live window would show it.

python tools/live_pictures.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from formcheck.coach.cues import GET_INTO_POSITION, Cue
from formcheck.coach.flow import Flow
from formcheck.coach.live_state import Phase
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.measure.body import BodyTracker
from formcheck.pose.estimation import estimate_track
from formcheck.pose.track import PoseTrack
from formcheck.screen.drawing import Image
from formcheck.screen.live_scene import CAUTION, LiveScene, build_live_scene, sum_up
from formcheck.screen.stage import Stage
from formcheck.video.clip import Clip

ROOT = Path(__file__).parent.parent
CLIP = ROOT / "sample_videos" / "half-kneeling_knee-lean.mp4"
SIZES = (1280, 720), (720, 1280)
HEIGHT_PX = 540
"""Both are shown side by side, this high."""
GAP = np.full((HEIGHT_PX, 12, 3), 255, np.uint8)
MOMENTS_S = {"setup": 0.3, "neutral": 1.8, "hold": 9.6, "fault": 7.2}
END_S = 14.9
"""Then the person is out of the picture: the turn is over, and the rest begins."""


def main() -> None:
    """Draw them all."""
    exercises = list_exercises()
    with Clip(CLIP) as clip:
        track = estimate_track(clip, model="full", rate_hz=None)
    plan = make_routine(exercises["half-kneeling"], sets=1, hold_s=5)
    flow = Flow(plan, exercises, track.height_px)
    left = dict(MOMENTS_S)
    latest: tuple[Image, LiveScene] | None = None
    for image, live in replay(flow, track):
        for name in [name for name, at_s in left.items() if flow.time_s >= at_s]:
            del left[name]
            write(name, image, live)
            if name == "setup":
                prompt = Cue(GET_INTO_POSITION, "wait")
                scene = replace(live.scene, cue=prompt)
                write("ready", image, replace(live, phase=Phase.READY, scene=scene))
                wrong = replace(live.scene, cue=Cue("Now the other knee", "fix"), clock="out")
                write("wrong-side", image, replace(live, phase=Phase.READY, scene=wrong))
            if name == "hold":
                write("details", image, replace(live, shows_details=True))
                write("paused", image, stop(live))
        latest = image, live
        if flow.phase is Phase.REST:
            write("rest", image, live)
            break
    if latest is None:
        raise SystemExit("the clip is empty")
    flow.finish()
    write("summary", latest[0], replace(latest[1], summary=sum_up(flow.state)))


def replay(flow: Flow, track: PoseTrack) -> Iterator[tuple[Image, LiveScene]]:
    """Each frame as it is shown, mirrored, and then an empty room."""
    tracker = BodyTracker(track.width_px, track.height_px)
    poses = {round(pose.time_s, 3): pose for pose in track}
    empty: Image | None = None
    with Clip(CLIP) as clip:
        for frame in clip.frames():
            pose = poses[round(frame.time_s, 3)]
            if frame.time_s > END_S:
                if empty is None:
                    empty = np.full_like(frame.image, 150)
                pose = type(pose).missing(pose.time_s, outlined=True)
            body = tracker.update(pose)
            flow.judge(body)
            image = frame.image if empty is None else empty
            notice = CAUTION if frame.time_s < 1 else None
            live = build_live_scene(flow.state, body, track.width_px, mirrored=True, notice=notice)
            yield np.ascontiguousarray(image[:, ::-1]), live


def stop(live: LiveScene) -> LiveScene:
    """The same moment while it is paused."""
    scene = replace(live.scene, cue=Cue("Paused", "wait"), clock="paused")
    return replace(live, scene=scene, alert="Paused", coming=None, breath=None)


def write(name: str, image: Image, live: LiveScene) -> None:
    """Write one picture: a wide window and a tall one, smaller than they are."""
    shown = []
    for width, height in SIZES:
        canvas = Stage().draw(image, live, (width, height))
        size = round(width * HEIGHT_PX / height), HEIGHT_PX
        shown += [cv2.resize(canvas, size, interpolation=cv2.INTER_AREA), GAP]
    path = ROOT / "docs" / f"live-{name}.png"
    cv2.imwrite(str(path), np.hstack(shown[:-1]), [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
