"""A live session played without a camera, a model or a clock: an actor does what the voice says.

The actor's poses are those that are kept of the sample clips, so a whole routine takes seconds.
What is shown and said comes from the same ``Flow`` and ``Script`` as in a session.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, Literal

import numpy as np

from formcheck.app.live.camera_session import find_alert
from formcheck.coach.flow import Flow
from formcheck.coach.live_state import LiveState
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import Routine
from formcheck.measure.body import BodyTracker
from formcheck.pose.landmarks import Side
from formcheck.pose.track import Pose, PoseTrack
from formcheck.result.models import Result
from formcheck.screen.live_scene import LiveScene, build_live_scene
from formcheck.voice.script import Script, Utterance
from formcheck.voice.speech import N_WAITING
from tests.support.builders import mirror_track, move_track, scale_track

EXERCISES: Final = list_exercises()
TICK_S: Final = 0.125
REACTION_S: Final = 1.2
"""From the end of a sentence to what it asks for."""
_FADE: Final = 3
"""Frames from one shot to the next."""
_HEIGHT_PX: Final = 540
_WIDTH_PX: Final = 1280

Shot = tuple[str, float, float]
"""A clip, and seconds of it."""
Mode = Literal["once", "reverse", "loop"]
_KNEELS: Final = "half-kneeling_good25"
_STANDS: Final[Shot] = (_KNEELS, 0.0, 1.0)


@dataclass(frozen=True)
class Part:
    """How an exercise is played, on the right side where it has sides."""

    words: str
    """In what is said of it."""
    idle: Shot
    enter: Shot
    hold: Shot
    neutral: Shot | None = None
    tuck: Shot | None = None


PARTS: Final[Mapping[str, Part]] = {
    "half-kneeling": Part(
        "half-kneeling hip flexor", _STANDS, (_KNEELS, 1.0, 3.3), (_KNEELS, 8.0, 32.0),
        (_KNEELS, 3.4, 6.0), (_KNEELS, 6.0, 7.6),
    ),
    "standing-stretch": Part(
        "standing hip flexor", _STANDS, ("standing-stretch_good", 0.0, 0.3),
        ("standing-stretch_good", 4.5, 11.0), ("standing-stretch_good", 0.3, 2.8),
        ("standing-stretch_good", 2.8, 4.5),
    ),
    "prayer-squat": Part(
        "prayer squat", _STANDS, ("prayer-squat_good", 1.0, 3.4), ("prayer-squat_good", 3.5, 9.3)
    ),
    "childs-pose": Part(
        "child's pose", ("childs-pose_good", 0.0, 1.2), ("childs-pose_good", 1.2, 3.6),
        ("childs-pose_good", 3.7, 9.8),
    ),
    "knee-to-chest": Part(
        "knee to chest", ("knee-to-chest_good", 0.0, 1.2), ("knee-to-chest_good", 1.2, 3.5),
        ("knee-to-chest_good", 3.6, 9.6),
    ),
}  # fmt: skip
_TO_ENTER: Final = (
    "get into position", "kneel on one", "stand with", "sink into", "kneel with", "lie on your back"
)  # fmt: skip


@dataclass
class Spoken:
    """A sentence that was begun, and until when it was heard."""

    start_s: float
    end_s: float
    text: str
    is_quiet: bool = False
    """Whether it was said in a low voice."""
    is_cut: bool = False
    """Whether another one cut it off."""


class PlayedVoice:
    """Speaks as ``Voice`` does, on the clock of the session."""

    def __init__(self) -> None:
        self.said: list[Spoken] = []
        self.chimes: list[tuple[float, str]] = []
        self._waiting: deque[tuple[str, float, bool]] = deque(maxlen=N_WAITING)
        self._now: Spoken | None = None

    @property
    def is_speaking(self) -> bool:
        return self._now is not None or bool(self._waiting)

    def say(self, now_s: float, line: Utterance) -> None:
        if line.chime is not None:
            self.chimes.append((now_s, line.chime))
        if not line.text:
            return
        if line.urgent:
            self._waiting.clear()
            if self._now is not None:
                self._now.end_s, self._now.is_cut = now_s, True
                self._now = None
        elif line.replaces:
            self._waiting.clear()
        self._waiting.append((line.text, now_s + line.within_s, line.quiet))

    def advance(self, now_s: float) -> list[str]:
        """The sentences that have been heard to their end by now."""
        heard = []
        if self._now is not None and now_s >= self._now.end_s:
            heard.append(self._now.text)
            self._now = None
        while self._now is None and self._waiting:
            text, until_s, is_quiet = self._waiting.popleft()
            if now_s <= until_s:
                self._now = Spoken(now_s, now_s + 0.3 + len(text) / 14, text, is_quiet)
                self.said.append(self._now)
        return heard


class Actor:
    """Does what is said, a moment later.

    Args:
        tracks: poses by the name of their clip.
        first: the exercise that it begins with.
    """

    def __init__(self, tracks: Mapping[str, PoseTrack], first: str) -> None:
        self.exercise, self.side = first, "right"
        self.state: Literal["idle", "in", "tucked"] = "idle"
        self.obeys: Callable[[str], bool] = lambda text: True
        """Asked of each sentence; False leaves it without an answer."""
        self._tracks = {name: _fit(track) for name, track in tracks.items()}
        self._mirrored = {name: mirror_track(track) for name, track in self._tracks.items()}
        self._shots: deque[Iterator[Pose]] = deque()
        self._last: Pose | None = None
        self._fading = 0
        self._todo: list[tuple[float, Callable[[], None]]] = []
        self.mistakes_side = False
        """Whether it takes the side again that it had, until it is told to take the other."""
        self.is_patient = True
        """Whether it waits for all that is said before it gets into position."""
        self._enters_s: float | None = None
        self.stand()

    def act(self, time_s: float, *, is_spoken_to: bool = False) -> Pose:
        """The pose of the next frame."""
        if self._enters_s is not None:
            if is_spoken_to and self.is_patient:
                self._enters_s = max(self._enters_s, time_s + REACTION_S)
            elif time_s >= self._enters_s:
                self._enters_s = None
                self.enter()
        due = [do for at_s, do in self._todo if at_s <= time_s]
        self._todo = [one for one in self._todo if one[0] > time_s]
        for do in due:
            do()
        pose = next(self._shots[0], None)
        while pose is None:
            self._shots.popleft()
            self._fading = _FADE
            pose = next(self._shots[0], None)
        if self._fading and self._last is not None:
            share, self._fading = self._fading / (_FADE + 1), self._fading - 1
            before = self._last
            pose = replace(
                pose,
                xy_px=share * before.xy_px + (1 - share) * pose.xy_px,
                xyz_m=share * before.xyz_m + (1 - share) * pose.xyz_m,
            )
        self._last = replace(pose, time_s=time_s)
        return self._last

    def hear(self, text: str, time_s: float) -> None:
        """Answer a sentence that was heard to its end."""
        if not self.obeys(text):
            return
        low = text.lower()
        coming = low.startswith(("rest for", "next"))
        for name, part in PARTS.items():
            if part.words in low and name != self.exercise:
                self.exercise, self.side = name, "right"
                self.later(time_s + 2.0, self.stand)
        side = re.search(r"\b(left|right) (side|knee|leg)(?! to)", low)
        if coming or self.mistakes_side:
            side = None
        if side is not None and side[1] != self.side:
            self.side = side[1]
            self.later(time_s + 0.2, self.stand)
        if coming:
            return
        at_s = time_s + REACTION_S
        if "tall and relaxed" in low:
            self.later(time_s + 0.3, self.relax)
        elif "now the other" in low:
            self.mistakes_side = False
            self.later(at_s, self.switch)
        elif any(words in low for words in _TO_ENTER):
            self._enters_s = at_s
        elif "tuck your tailbone" in low:
            self.later(at_s, self.tuck)
        elif "come out" in low or "rest, or stay" in low:
            self.later(at_s, self.leave)

    def later(self, at_s: float, do: Callable[[], None]) -> None:
        """Do it at that time."""
        self._todo.append((at_s, do))

    def stand(self) -> None:
        """Out of position, waiting."""
        self.state = "idle"
        self._play((self._part.idle, "loop"))

    def enter(self) -> None:
        """Into the position, relaxed."""
        if self.state == "idle":
            self.state = "in"
            part = self._part
            self._play((part.enter, "once"), (part.neutral or part.hold, "loop"))

    def tuck(self) -> None:
        """From relaxed to holding well."""
        if self.state == "in" and self._part.tuck is not None:
            self.state = "tucked"
            self._play((self._part.tuck, "once"), (self._part.hold, "loop"))

    def relax(self) -> None:
        """Out of the tuck, in position."""
        part = self._part
        if self.state == "tucked" and part.tuck is not None and part.neutral is not None:
            self.state = "in"
            self._play((part.tuck, "reverse"), (part.neutral, "loop"))

    def leave(self) -> None:
        """Out of the position again."""
        if self.state != "idle":
            part, self.state = self._part, "idle"
            self._play((part.enter, "reverse"), (part.idle, "loop"))

    def switch(self) -> None:
        """Out of the position, and into it on the other side."""
        if self.state != "idle":
            part = self._part
            self._play((part.enter, "reverse"))
            out, self.side, self.state = self._shots[0], other(self.side), "in"
            self._play((part.enter, "once"), (part.neutral or part.hold, "loop"))
            self._shots.appendleft(out)

    def play_clip(self, name: str) -> None:
        """What a whole clip shows, and again."""
        self._play(((name, 0.0, float(self._tracks[name].time_s[-1])), "loop"))

    @property
    def _part(self) -> Part:
        return PARTS[self.exercise]

    def _play(self, *shots: tuple[Shot, Mode]) -> None:
        has_sides = EXERCISES[self.exercise].sides != "none"
        tracks = self._mirrored if has_sides and self.side == "left" else self._tracks
        self._shots = deque(_pick(tracks[shot[0]], shot, mode) for shot, mode in shots)
        self._fading = _FADE


Disturb = Callable[[Pose], Pose]


@dataclass
class PlayedLive:
    """A session that is led through by what is said, from kept poses."""

    tracks: Mapping[str, PoseTrack]
    plan: Routine
    options: Mapping[str, Any] = field(default_factory=dict)

    made: ClassVar[list[PlayedLive]] = []
    """Every one that the test under way has made: what was said in it is checked at its end."""

    def __post_init__(self) -> None:
        self.made.append(self)
        self.flow = Flow(self.plan, EXERCISES, _HEIGHT_PX, **self.options)
        self.actor = Actor(self.tracks, self.plan.steps[0].exercise)
        self.voice, self.script = PlayedVoice(), Script(listens=self.flow.lead_in.listens)
        self.tracker = BodyTracker(_WIDTH_PX, _HEIGHT_PX)
        self.time_s = 0.0
        self.lost: str | None = None
        """What the camera says is wrong."""
        self.disturb: Disturb = lambda pose: pose
        """What befalls the picture of each frame."""
        self.states: list[LiveState] = []
        """After each frame."""
        self.scenes: list[LiveScene] = []
        """What was shown at each tick."""

    def play(self, for_s: float) -> None:
        """Go on for so long."""
        self.play_until(lambda: False, for_s)

    def play_until(self, condition: Callable[[], bool], limit_s: float = 120.0) -> bool:
        """Go on until then, for a limited time; whether it came."""
        end_s = self.time_s + limit_s - 1e-9
        while self.time_s < end_s:
            self._tick(has_frame=True)
            if condition():
                return True
        return False

    def play_to(self, phase: str, limit_s: float = 120.0) -> None:
        """Go on until that phase."""
        found = self.play_until(lambda: self.flow.phase.value == phase, limit_s)
        assert found, f"{phase} did not come; {self.flow.phase}; {self.texts[-6:]}"

    def stall(self, for_s: float) -> None:
        """No frames for so long, while voice and screen go on."""
        for _ in range(round(for_s / TICK_S)):
            self._tick(has_frame=False)

    def conclude(self) -> Result:
        """The Result at the end."""
        self.flow.finish()
        return self.flow.conclude("camera 0", "full", None)

    @property
    def texts(self) -> list[str]:
        """What was begun to be said."""
        return [one.text for one in self.voice.said]

    def said_since(self, time_s: float) -> list[str]:
        """What was begun to be said after that time, but for the breath."""
        said = self.voice.said
        return [one.text for one in said if one.start_s > time_s and not one.is_quiet]

    @property
    def cues(self) -> list[str]:
        """What was shown, each cue once as long as it stayed."""
        shown = [scene.scene.cue.text for scene in self.scenes]
        return [text for k, text in enumerate(shown) if k == 0 or shown[k - 1] != text]

    @property
    def phases(self) -> list[str]:
        """In order, as far as they were entered."""
        names = [state.phase.value for state in self.states]
        return [name for k, name in enumerate(names) if k == 0 or names[k - 1] != name]

    def _tick(self, *, has_frame: bool) -> None:
        self.time_s = round(self.time_s + TICK_S, 6)
        pose = self.actor.act(self.time_s, is_spoken_to=self.voice.is_speaking)
        body = None
        if has_frame:
            body = self.tracker.update(self.disturb(pose))
            self.flow.lead_in.is_spoken_to = self.voice.is_speaking
            self.flow.judge(body)
            self.states.append(self.flow.state)
        state = self.flow.state
        alert = find_alert(state, self.lost)
        for line in self.script.follow(self.time_s, state, alert):
            self.voice.say(self.time_s, line)
        for text in self.voice.advance(self.time_s):
            self.actor.hear(text, self.time_s)
        scene = build_live_scene(state, body, _WIDTH_PX, mirrored=True, alert=alert)
        self.scenes.append(scene)


def other(side: str) -> Side:
    """The other side's name."""
    return "left" if side == "right" else "right"


def _fit(track: PoseTrack) -> PoseTrack:
    """The same clip in the middle of the stage's picture."""
    track = scale_track(track, _HEIGHT_PX / track.height_px)
    return move_track(track, (_WIDTH_PX - track.width_px) // 2, 0)


def _pick(track: PoseTrack, shot: Shot, mode: Mode) -> Iterator[Pose]:
    """The poses of a shot, one a tick; a loop goes forth and back without end."""
    _, start_s, end_s = shot
    times = np.arange(start_s, end_s, TICK_S)
    places = np.searchsorted(track.time_s, times).clip(max=len(track) - 1)
    poses = list(track)
    chosen = [poses[place] for place in places]
    if mode == "reverse":
        chosen.reverse()
    yield from chosen
    while mode == "loop":
        yield from chosen[-2::-1]
        yield from chosen[1:]
