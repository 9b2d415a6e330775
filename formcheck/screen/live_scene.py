"""What a live session shows at one moment: its state in words, and all that is shown beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from formcheck.coach.cues import FINDING_NEUTRAL, GET_INTO_POSITION, GET_READY, Cue, choose_cue
from formcheck.coach.live_state import LiveState, Phase
from formcheck.coach.turns import Turn, tell_plan
from formcheck.exercises.schema import Figure, Hold
from formcheck.language import phrase, translate, write_decimal
from formcheck.measure.body import Body
from formcheck.measure.registry import PELVIC_TILT
from formcheck.result.models import SetResult
from formcheck.result.score import tell_unjudged
from formcheck.screen.scene import Scene, build_scene, mirror_scene, tell_side

CAUTION: Final = phrase(
    "Education, not a medical assessment. A mild pull is fine: stop if it hurts."
)
KEYS: Final[tuple[tuple[str, str], ...]] = (
    (phrase("space"), phrase("pause, resume")),
    ("m", phrase("voice on or off")),
    ("n", phrase("next")),
    ("r", phrase("find neutral again")),
    ("d", phrase("details, angles")),
    ("f", phrase("full screen")),
    ("?", phrase("these keys")),
    ("q", phrase("quit")),
)
"""Each key and what it does."""
BREATHE_IN_S: Final = 4.0
BREATHE_OUT_S: Final = 6.0
"""The exercises' sources say to breathe slowly; six breaths a minute are slow."""
NEXT_BEFORE: Final = {"s": 10.0, "reps": 2.0}
"""What comes next is shown once no more is left of a turn."""
TUCK_NOW: Final = phrase("Tuck your tailbone under")
COME_OUT: Final = phrase("Done. Rest, or stay.")
STAY_OUT: Final = phrase("Come out and rest a little longer")
_OTHER_KNEE: Final = phrase("Now the other knee")
_OTHER_LEG: Final = phrase("Now the other leg")
_PROMPTS: Final = {
    Phase.NEUTRAL: Cue(FINDING_NEUTRAL, "wait"),
    Phase.REST: Cue(phrase("Rest"), "wait"),
    Phase.DONE: Cue(phrase("All done. Well done."), "good"),
}


@dataclass(frozen=True, slots=True)
class Breath:
    """Where a slow breath is."""

    phase: Literal["in", "out"]
    share: float
    """How much of the phase is over, 0 to 1."""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One set that was asked for, or an extra one, and what became of it."""

    name: str
    """As in ``Half-kneeling hip flexor stretch, left, set 1``."""
    amount: str
    """As in ``28.4 of 30 s``."""
    status: Literal["done", "short", "missing", "extra"]
    remark: str | None
    """What to correct, or why it could not be judged; None if there is nothing to say."""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """What a session came to."""

    title: str
    """As in ``Daily relief: 5 of 9 done``."""
    rows: tuple[SummaryRow, ...]
    notes: tuple[str, ...]
    """The Result's warnings, the one on the tuck first."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveScene:
    """One moment of a live session."""

    scene: Scene
    """The person and the set under way, as in the annotated video; its landmarks are pixels of the
    picture that is drawn, mirrored or not. Its cue, to be read from three metres, is what to do
    now, or what keeps the session from going on."""
    phase: Phase
    count: str | None
    """A number to show large: seconds of a countdown or a rest; None if there is none."""
    coming: str | None
    """What comes next, as in ``Next: right side, set 1 of 2``; None where the cue is all."""
    figure: Figure | None
    """The correct position; None if an exercise has no drawing."""
    figure_mirrored: bool
    """Draw it the other way round, so that it faces as the person should on this screen."""
    breath: Breath | None
    """None except during a hold."""
    time_s: float | None = None
    """When the picture was taken, on its camera's clock; None before the first."""
    way_in: tuple[Figure, ...] = ()
    """Drawings of the way into it, without its end."""
    alert: str | None = None
    """What keeps the session from going on, as in ``Paused`` or ``The camera is lost``; the picture
    is dimmed. None while it goes on."""
    notice: str | None = None
    """A small line, as in the caution or ``voice off``."""
    shows_keys: bool = False
    """Whether the keys are to be listed."""
    shows_details: bool = False
    """Whether the angles, the rules and the back are shown, in small letters."""
    summary: SessionSummary | None = None
    """At the end; None before."""


def choose_prompt(state: LiveState) -> Cue:
    """The one line that says what to do now, at most 40 characters."""
    phase = state.phase
    if state.is_wrong_side:
        return Cue(tell_other_side(state), "fix")
    if phase in _PROMPTS:
        return _PROMPTS[phase]
    if phase is Phase.SETUP:
        return Cue(state.problem or phrase("Let me see all of you"), "wait")
    if phase is Phase.RELAX:
        is_over = state.turn is None or state.turn.is_done
        return Cue(COME_OUT, "good") if is_over else Cue(STAY_OUT, "wait")
    cue = choose_cue(state.moment)
    if phase is Phase.COUNTDOWN and cue.tone != "fix" and state.moment.clock != "paused":
        return Cue(TUCK_NOW if asks_tuck(state) else GET_READY, "wait")
    if phase is Phase.READY and cue.tone == "good":
        return Cue(GET_INTO_POSITION, "wait")  # it counts for no turn
    return cue


def asks_tuck(state: LiveState) -> bool:
    """Whether the exercise under way asks for the pelvis to be tucked."""
    return any(rule.measure == PELVIC_TILT for rule in state.moment.exercise.rules)


def tell_turn(turn: Turn) -> str:
    """A turn's side and set, as in ``left side, set 1 of 2``."""
    parts = [] if turn.side is None else [tell_side(turn.side)]
    if turn.n_sets > 1:
        parts.append(translate("set {n} of {n_sets}", n=turn.number, n_sets=turn.n_sets))
    return ", ".join(parts)


def tell_coming(state: LiveState) -> str | None:
    """What comes next, as in ``Next: right side, set 1 of 2``; None at the end."""
    resting = state.phase is Phase.REST
    coming = state.turn if resting else state.following
    if coming is None or state.phase is Phase.DONE:
        return None
    before = state.last_turn if resting else state.turn
    words = tell_turn(coming)
    if before is None or coming.exercise is not before.exercise:
        name = translate(coming.exercise.name)
        words = f"{name}, {words}" if words else name
    elif coming.side != before.side:
        words = translate("switch sides, {turn}", turn=words)
    return translate("Next: {turn}", turn=words or translate("once more"))


def tell_hand(state: LiveState) -> str | None:
    """What a raised hand asks for now, as in ``Raise a hand: next``."""
    asks = state.hand_asks
    return None if asks is None else translate("Raise a hand: {what}", what=translate(asks))


def tell_other_side(state: LiveState) -> str:
    """What to do on the wrong side, as in ``Now the other knee``."""
    stretched = state.moment.exercise.stretched or ""
    return translate(_OTHER_KNEE if "kneeling" in stretched else _OTHER_LEG)


def tell_own_side(turn: Turn) -> str:
    """Which of the person's legs is which, as in ``Your left leg is the kneeling leg``."""
    if turn.side is None:
        return ""
    stretched = turn.exercise.stretched
    if not stretched:
        return tell_side(turn.side)
    is_left = turn.side == "left"
    own = phrase("Your left leg is {which}") if is_left else phrase("Your right leg is {which}")
    return translate(own, which=translate(stretched))


def tell_headline(state: LiveState) -> str | None:
    """What is to be done or comes next, in few letters, as in ``Next: right side, set 2 of 2``.

    Before a turn it names that turn, in a rest and near a hold's end the next one; else nothing is
    to be read beside the cue.
    """
    phase, turn = state.phase, state.turn
    if phase in (Phase.SETUP, Phase.READY):
        return None if turn is None else _name_briefly(turn, whole=turn.number == 1)
    if phase is Phase.REST and turn is not None:
        last = state.last_turn
        is_new = not last or last.exercise != turn.exercise
        return translate("Next: {turn}", turn=_name_briefly(turn, whole=is_new))
    is_near_end = turn is not None and (turn.is_done or state.remaining <= NEXT_BEFORE[turn.unit])
    coming = state.following
    if phase not in (Phase.WORK, Phase.RELAX) or not is_near_end or coming is None:
        return None
    is_new = not turn or turn.exercise != coming.exercise
    return translate("Next: {turn}", turn=_name_briefly(coming, whole=is_new))


def _name_briefly(turn: Turn, *, whole: bool) -> str:
    """A turn by its exercise's short name and its side, or by side and set."""
    if not whole:
        return tell_turn(turn) or translate("once more")
    name = translate(turn.exercise.short_name or turn.exercise.name)
    return f"{name}, {translate(turn.side)}" if turn.side is not None else name


def find_breath(state: LiveState) -> Breath | None:
    """Where a slow breath is during a hold; it begins with breathing in."""
    if state.phase is not Phase.WORK or not isinstance(state.moment.exercise.count, Hold):
        return None
    at_s = math.fmod(state.time_s - state.phase_since_s, BREATHE_IN_S + BREATHE_OUT_S)
    if at_s < BREATHE_IN_S:
        return Breath("in", at_s / BREATHE_IN_S)
    return Breath("out", (at_s - BREATHE_IN_S) / BREATHE_OUT_S)


def build_live_scene(
    state: LiveState,
    body: Body | None,
    width_px: int,
    *,
    mirrored: bool,
    alert: str | None = None,
    notice: str | None = None,
    shows_keys: bool = False,
    shows_details: bool = False,
    summary: SessionSummary | None = None,
) -> LiveScene:
    """All that is to be shown now.

    Args:
        state: after a frame.
        body: of that frame, N = 1; None before the first.
        width_px: of the picture.
        mirrored: whether the picture is shown as in a mirror.
        alert: what keeps the session from going on.
        notice: a small line.
        shows_keys: whether the keys are to be listed.
        shows_details: whether angles, rules and the back are to be shown.
        summary: what the session came to, once it is over.
    """
    is_found = body is not None and math.isfinite(body.facing[0])
    scene = build_scene(state.moment, body, body.shown_xy_px[0] if body and is_found else None)
    prompt = choose_prompt(state) if alert is None else Cue(alert, "wait")
    prompt = replace(prompt, text=translate(prompt.text))
    scene = replace(scene, exercise=translate(scene.exercise), cue=prompt)
    turn, coming = state.turn, tell_headline(state)
    if alert is not None:
        coming = tell_hand(state) if state.is_paused else None
    if turn is not None:  # what it asks for is shown, not what the exercise does
        is_leading_in = state.phase in (Phase.NEUTRAL, Phase.COUNTDOWN)
        scene = replace(
            scene, side=turn.side, n_set=turn.number, n_sets=turn.n_sets, done=turn.done,
            confirmed=min(turn.confirmed, turn.done), target=turn.target, unit=turn.unit,
            clock="settling" if is_leading_in else "out" if state.is_wrong_side else scene.clock,
        )  # fmt: skip
    if alert is not None and scene.clock in ("running", "moving"):
        scene = replace(scene, clock="paused")
    if mirrored:
        scene = mirror_scene(scene, width_px)
    return LiveScene(
        scene=scene,
        phase=state.phase,
        count=None if state.count_s is None else f"{math.ceil(state.count_s)}",
        coming=coming,
        figure=state.moment.exercise.figure,
        figure_mirrored=(turn is None or turn.side != "right") == mirrored,
        breath=find_breath(state) if alert is None else None,
        alert=alert,
        notice=translate(notice) if notice else tell_hand(state),
        time_s=None if body is None else float(body.time_s[-1]),
        way_in=state.moment.exercise.way_in,
        shows_keys=shows_keys,
        shows_details=shows_details,
        summary=summary,
    )


def sum_up(state: LiveState, notes: tuple[str, ...] = ()) -> SessionSummary:
    """What a session came to, for its last page.

    Args:
        state: after the end.
        notes: what has to be said besides.
    """
    results = state.results
    plan = tell_plan(state.routine, state.turns, results)
    names = {turn.exercise.id: translate(turn.exercise.name) for turn in state.turns}
    asked = (
        SummaryRow(
            name=", ".join(filter(None, (names[turn.exercise.id], tell_turn(turn)))),
            amount=_tell_amount(one.done, one.asked, one.unit),
            status=one.status,
            remark=_remark([results[index] for index in turn.sets], is_judged=one.why is None),
        )
        for turn, one in zip(state.turns, plan.sets, strict=True)
    )
    extra = (
        SummaryRow(
            name=", ".join([names[one.exercise], *([tell_side(one.side)] if one.side else [])]),
            amount=_tell_amount(one.done, None, one.unit),
            status="extra",
            remark=_remark([results[one.index]]),
        )
        for one in plan.extra
    )
    title = translate(
        "{routine}: {n} of {n_asked} done", routine=translate(state.routine.name), n=plan.n_done,
        n_asked=plan.n_asked,
    )  # fmt: skip
    return SessionSummary(title, (*asked, *extra), notes)


def _remark(sets: Sequence[SetResult], *, is_judged: bool = True) -> str | None:
    """Why a turn could not be judged, or else what was measured or is to be corrected."""
    why = None if is_judged else tell_unjudged(sets[-1])
    if why is not None:
        return translate("Not judged: {why}", why=why)
    readings = [one.measured["verdict"] for one in sets if one.measured]
    if readings and readings[-1]:
        return translate("Measured: {reading}", reading=translate(str(readings[-1])))
    cues = dict.fromkeys(translate(fault.cue) for one in sets for fault in one.faults)
    return translate("To correct: {cues}", cues="; ".join(cues)) if cues else None


def _tell_amount(done: float, asked: float | None, unit: str) -> str:
    """How much of how much, as ``tell_amount`` has it."""
    number, unit = write_decimal(f"{round(done, 1):g}"), translate(unit)
    if asked is None:
        return f"{number} {unit}"
    return translate(
        "{done} of {asked} {unit}", done=number, asked=write_decimal(f"{asked:g}"), unit=unit
    )
