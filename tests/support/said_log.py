"""What holds of all that was said in a played session: nothing false, cut off, or said too soon."""

from __future__ import annotations

import re
from typing import Final

from formcheck.coach.cues import GET_INTO_POSITION, PRAISE
from formcheck.coach.live_state import Phase
from formcheck.screen.live_scene import LiveScene
from formcheck.voice.script import REPEAT_S
from tests.support.actor import EXERCISES, TICK_S, PlayedLive, Spoken

_AGAIN: Final = "Once more: "
CORRECTIONS: Final = frozenset(
    text.lower()
    for exercise in EXERCISES.values()
    for rule in exercise.rules
    for text in (rule.cue_low, rule.cue_high)
    if text
)
_LATE_S: Final = 2.5
"""A sentence that had to wait for another, and its own fault that ended meanwhile."""


def check_said(live: PlayedLive) -> None:
    """Fail over the first sentence that should not have been said so."""
    for spoken in live.voice.said:
        check_one(live, spoken)
    last: dict[str, float] = {}
    for spoken in live.voice.said:
        text = spoken.text.removeprefix(_AGAIN).lower()
        if text in CORRECTIONS:
            wait_s = spoken.start_s - last.get(text, -99.0)
            assert wait_s >= REPEAT_S - 1.1, f"{spoken.text} again after {wait_s:.1f} s"
            last[text] = spoken.start_s


def check_one(live: PlayedLive, spoken: Spoken) -> None:
    """A sentence and what was on the screen from a moment before it was begun."""
    shown = list_shown(live, spoken.start_s - _LATE_S, spoken.start_s + TICK_S)
    text = spoken.text.removeprefix(_AGAIN)
    cues = [scene.scene.cue.text.lower() for scene in shown]
    phases = {scene.phase for scene in shown}
    is_key = any(
        scene.alert == "Paused" for scene in list_shown(live, spoken.end_s, spoken.end_s + 1)
    )
    is_key |= text == "Going on"
    assert not spoken.is_cut or is_key, f"{spoken.text} was cut off"
    if text.lower() in CORRECTIONS:
        asked = {Phase.COUNTDOWN, Phase.READY, Phase.NEUTRAL} & phases  # what a phase asks for
        assert text.lower() in cues or asked, f"{text!r} beside {cues}"
    if text == PRAISE:
        assert any(scene.scene.clock == "running" for scene in shown), text
    if text.startswith(GET_INTO_POSITION):
        assert "hold still" not in cues[-1:], text
        assert shown[-1].scene.clock != "running", text
    if re.fullmatch(r"\d+", text):
        assert phases & {Phase.COUNTDOWN, Phase.WORK, Phase.RELAX}, f"{text} in {phases}"


def list_shown(live: PlayedLive, start_s: float, end_s: float) -> list[LiveScene]:
    """The scenes of a stretch of time; each tick has one, the first at the first tick."""
    first, last = (max(0, round(at_s / TICK_S) - 1) for at_s in (start_s, end_s))
    return live.scenes[first : last + 1] or live.scenes[-1:]
