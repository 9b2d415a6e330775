"""A session's moments as messages for pages: the newest alone, drawn by each page for itself."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from typing import Literal

from formcheck.coach.cues import tell_cue
from formcheck.coach.live_state import Phase
from formcheck.exercises.schema import Exercise
from formcheck.language import translate
from formcheck.screen.drawing import Image
from formcheck.screen.live_scene import Breath, LiveScene
from formcheck.screen.scene import Scene, Tuck
from formcheck.screen.signs import CLOCKED, LED_IN, tell_breath, tell_clock
from formcheck.web.protocol import (
    BreathShown,
    ClockShown,
    CueShown,
    Key,
    MarkShown,
    State,
    list_points,
)


class BrowserView:
    """Shows each moment by sending it, and takes the keys that pages send.

    Args:
        session: names the session.
        exercises: by id.
        find_number: the page's number of the frame of a time.
        is_muted: whether the voice is off.
        send: called in the session's thread with each moment.
    """

    def __init__(
        self,
        session: str,
        exercises: Mapping[str, Exercise],
        find_number: Callable[[float | None], int | None],
        is_muted: Callable[[], bool],
        send: Callable[[State], None],
    ) -> None:
        self._session, self._send = session, send
        self._ids = {translate(one.name): one.id for one in exercises.values()}
        self._find_number, self._is_muted = find_number, is_muted
        self._keys: queue.SimpleQueue[Key] = queue.SimpleQueue()
        self._closed = threading.Event()

    @property
    def is_closed(self) -> bool:
        """Whether the session is to end."""
        return self._closed.is_set()

    def end(self) -> None:
        """Have the session end, from any thread."""
        self._closed.set()

    def press(self, key: Key) -> None:
        """A key of a page, from any thread."""
        self._keys.put(key)

    def prepare(self, picture: Image) -> None:
        """Pages have their own pictures."""

    def show(self, picture: Image, live: LiveScene) -> None:
        """Send a moment; there is no canvas."""
        scene = live.scene
        height, width = picture.shape[:2]
        number, below = tell_clock(scene)
        shows_way_in = live.phase in LED_IN and not live.shows_details
        self._send(
            State(
                session=self._session,
                frame=self._find_number(live.time_s),
                time_s=live.time_s,
                width_px=width,
                height_px=height,
                phase=live.phase,
                cue=CueShown(text=tell_cue(scene.cue), tone=scene.cue.tone),
                coming=live.coming,
                clock=ClockShown(
                    state=scene.clock, number=number, below=below, done=round(scene.done, 2),
                    confirmed=round(scene.confirmed, 2), target=scene.target,
                ),
                shows=_choose_clock(live),
                count=live.count,
                shows_way_in=shows_way_in,
                is_level=live.figure is not None and live.figure.is_level,
                exercise=scene.exercise,
                exercise_id=self._ids.get(scene.exercise, ""),
                figure_mirrored=live.figure_mirrored,
                heading=", ".join(filter(None, (scene.exercise, scene.set_name))),
                points=list_points(scene.xy_px if live.alert is None else None),
                marks=_list_marks(scene),
                back=_tell_back(scene.tuck),
                breath=_show_breath(live.breath),
                alert=live.alert,
                notice=live.notice,
                shows_keys=live.shows_keys,
                shows_details=live.shows_details,
                is_muted=self._is_muted(),
                summary=live.summary,
            )
        )  # fmt: skip

    def poll(self) -> list[str]:
        """Keys pressed since."""
        return [self._keys.get() for _ in range(self._keys.qsize())]

    def toggle_fullscreen(self) -> None:
        """A page does it by itself."""

    def close(self) -> None:
        """There is nothing to take away: the last moment stays."""


def _choose_clock(live: LiveScene) -> Literal["clock", "count", "rest", "none"]:
    if live.phase is Phase.COUNTDOWN and live.count is not None:
        return "count"
    if live.phase is Phase.REST and live.count is not None:
        return "rest"
    return "clock" if live.phase in CLOCKED else "none"


def _list_marks(scene: Scene) -> list[MarkShown]:
    return [
        MarkShown(
            joint=None if mark.joint is None else int(mark.joint),
            look=mark.look(scene.clock),
            text=mark.tell(scene.clock),
            value=mark.tell_value(),
        )
        for mark in scene.marks
    ]


def _tell_back(tuck: Tuck | None) -> str | None:
    if tuck is None:
        return None
    return ": ".join(filter(None, (translate(tuck.word), tuck.why)))


def _show_breath(breath: Breath | None) -> BreathShown | None:
    if breath is None:
        return None
    full = breath.share if breath.phase == "in" else 1.0 - breath.share
    return BreathShown(text=tell_breath(breath.phase), full=round(full, 2))
