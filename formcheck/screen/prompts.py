"""What a live session shows at one moment: the flow in words, and all that is drawn beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from formcheck.coach.cues import FINDING_NEUTRAL, GET_INTO_POSITION, GET_READY, Cue, choose_cue
from formcheck.coach.flow import Flow, Phase
from formcheck.coach.setup import find_near_side
from formcheck.coach.turns import Turn, tell_plan
from formcheck.exercises.schema import Hold
from formcheck.judging.moment import take_moment
from formcheck.measure.body import Body
from formcheck.measure.registry import PELVIC_TILT
from formcheck.result.models import SetResult
from formcheck.result.plan import tell_amount
from formcheck.screen.live_scene import Breath, LiveScene, Stage, Summary, SummaryRow
from formcheck.screen.scene import Scene, build_scene, mirror_scene

BREATHE_IN_S: Final = 4.0
BREATHE_OUT_S: Final = 6.0
"""The source documents say to breathe slowly; six breaths a minute are slow."""
TUCK_NOW: Final = "Now tuck your tailbone under"
COME_OUT: Final = "Well done. Come out slowly."
STAY_OUT: Final = "Come out and rest a little longer"
_STAGES: Final[dict[Phase, Stage]] = {
    Phase.SETUP: "setup",
    Phase.READY: "ready",
    Phase.NEUTRAL: "neutral",
    Phase.COUNTDOWN: "countdown",
    Phase.WORK: "work",
    Phase.RELAX: "relax",
    Phase.REST: "rest",
    Phase.DONE: "summary",
}
_LEADING_IN: Final = (Phase.NEUTRAL, Phase.COUNTDOWN)


def choose_prompt(flow: Flow) -> Cue:
    """The one line that says what to do now, at most 40 characters."""
    phase = flow.phase
    if phase is Phase.DONE:
        return Cue("All done. Well done.", "good")
    if phase is Phase.SETUP:
        return Cue(flow.problem or "Let me see all of you", "wait")
    if phase is Phase.NEUTRAL:
        return Cue(FINDING_NEUTRAL, "wait")
    if phase is Phase.RELAX:
        is_over = flow.turn is None or flow.turn.is_done
        return Cue(COME_OUT, "good") if is_over else Cue(STAY_OUT, "wait")
    if phase is Phase.REST:
        return Cue("Rest", "wait")
    moment = take_moment(flow.session)
    cue = choose_cue(moment)
    if phase is Phase.COUNTDOWN and cue.tone != "fix" and moment.clock != "paused":
        return Cue(TUCK_NOW if asks_tuck(flow) else GET_READY, "wait")
    if phase is Phase.READY and cue.tone == "good":
        return Cue(GET_INTO_POSITION, "wait")  # it counts for no turn
    return cue


def asks_tuck(flow: Flow) -> bool:
    """Whether the exercise under way asks for the pelvis to be tucked."""
    return any(rule.measure == PELVIC_TILT for rule in flow.session.exercise.rules)


def tell_turn(turn: Turn) -> str:
    """A turn's side and set, as in ``left side, set 1 of 2``."""
    parts = []
    if turn.side is not None:
        parts.append(f"{turn.side} side")
    if turn.n_sets > 1:
        parts.append(f"set {turn.number} of {turn.n_sets}")
    return ", ".join(parts)


def tell_coming(flow: Flow) -> str | None:
    """What comes next, as in ``Next: right side, set 1 of 2``; None at the end."""
    resting = flow.phase is Phase.REST
    coming = flow.turn if resting else flow.following
    if coming is None or flow.phase is Phase.DONE:
        return None
    before = flow.last_turn if resting else flow.turn
    words = tell_turn(coming)
    if before is None or coming.exercise is not before.exercise:
        words = f"{coming.exercise.name}, {words}" if words else coming.exercise.name
    elif coming.side != before.side:
        words = f"switch sides, {words}"
    return f"Next: {words or 'once more'}"


def find_breath(flow: Flow) -> Breath | None:
    """Where a slow breath is during a hold; it begins with breathing in."""
    if flow.phase is not Phase.WORK or not isinstance(flow.session.exercise.count, Hold):
        return None
    at_s = math.fmod(flow.time_s - flow.phase_since_s, BREATHE_IN_S + BREATHE_OUT_S)
    if at_s < BREATHE_IN_S:
        return Breath("in", at_s / BREATHE_IN_S)
    return Breath("out", (at_s - BREATHE_IN_S) / BREATHE_OUT_S)


def build_live_scene(
    flow: Flow,
    body: Body | None,
    width_px: int,
    *,
    mirrored: bool,
    alert: str | None = None,
    notice: str | None = None,
    shows_keys: bool = False,
    summary: Summary | None = None,
) -> LiveScene:
    """All that is to be shown now.

    Args:
        flow: after the latest frame.
        body: of that frame, N = 1; None before the first.
        width_px: of the picture.
        mirrored: whether the picture is shown as in a mirror.
        alert: what keeps the session from going on.
        notice: a small line.
        shows_keys: whether the keys are to be listed.
        summary: what the session came to, once it is over.
    """
    found = body is not None and bool(math.isfinite(body.facing[0]))
    xy_px = body.xy_px[0] if body is not None and found else None
    scene = build_scene(take_moment(flow.session), body, xy_px)
    prompt = choose_prompt(flow) if alert is None else Cue(alert, "wait")
    scene = _at_turn(replace(scene, cue=prompt), flow)
    if alert is not None and scene.clock in ("running", "moving"):
        scene = replace(scene, clock="paused")
    if mirrored:
        scene = mirror_scene(scene, width_px)
    turn = flow.turn
    is_left = turn is None or turn.side != "right"
    count_s = flow.count_s
    return LiveScene(
        scene=scene,
        stage=_STAGES[flow.phase],
        prompt=scene.cue,
        count=None if count_s is None else f"{math.ceil(count_s)}",
        coming=tell_coming(flow),
        figure=flow.session.exercise.figure,
        figure_mirrored=is_left == mirrored,
        breath=find_breath(flow) if alert is None else None,
        alert=alert,
        notice=notice,
        shows_keys=shows_keys,
        summary=summary,
    )


def _at_turn(scene: Scene, flow: Flow) -> Scene:
    """The scene with what the turn asks for in place of what the exercise does."""
    turn = flow.turn
    if turn is None:
        return scene
    clock = scene.clock
    return replace(
        scene,
        side=turn.side,
        n_set=turn.number,
        n_sets=turn.n_sets,
        done=turn.done,
        confirmed=min(turn.confirmed, turn.done),
        target=turn.target,
        unit=turn.unit,
        clock="settling" if flow.phase in _LEADING_IN else clock,
    )


def tell_side(flow: Flow) -> str | None:
    """Which way to stand, as in ``left side to the camera``; None where either will do."""
    near = find_near_side(flow.session.exercise, flow.turn.side if flow.turn else None)
    return f"{near} side to the camera" if near else None


def sum_up(flow: Flow, notes: tuple[str, ...] = ()) -> Summary:
    """What a session came to, for its last page.

    Args:
        flow: after its end.
        notes: what has to be said besides.
    """
    results = flow.results
    plan = tell_plan(flow.routine, flow.turns, results)
    names = {turn.exercise.id: turn.exercise.name for turn in flow.turns}
    asked = (
        SummaryRow(
            name=", ".join(filter(None, (turn.exercise.name, tell_turn(turn)))),
            amount=tell_amount(one.done, one.asked, one.unit),
            status=one.status,
            remark=_remark([results[index] for index in turn.sets], one.why),
        )
        for turn, one in zip(flow.turns, plan.sets, strict=True)
    )
    extra = (
        SummaryRow(
            name=f"{names[one.exercise]}, {one.side} side" if one.side else names[one.exercise],
            amount=tell_amount(one.done, None, one.unit),
            status="extra",
            remark=_remark([results[one.index]], None),
        )
        for one in plan.extra
    )
    title = f"{flow.routine.name}: {plan.n_done} of {plan.n_asked} done"
    return Summary(title, (*asked, *extra), notes)


def _remark(sets: Sequence[SetResult], why: str | None) -> str | None:
    """Why a turn could not be judged, or else what was read or is to be mended of its sets."""
    if why is not None:
        return f"Not judged: {why.replace('_', ' ')}"
    readings = [one.measured["verdict"] for one in sets if one.measured]
    if readings and readings[-1]:
        return f"Measured: {readings[-1]}"
    cues = dict.fromkeys(fault.cue for one in sets for fault in one.faults)
    return f"Mend: {'; '.join(cues)}" if cues else None
