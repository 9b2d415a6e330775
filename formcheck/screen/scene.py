"""What there is to show at one moment, as plain data: the video, window and terminal show it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

import numpy as np

from formcheck.coach.cues import Cue, choose_cue, choose_still_cue, lead_in
from formcheck.exercises.schema import Exercise, Reps
from formcheck.judging.moment import Clock, Moment, PelvisMoment
from formcheck.judging.rules import Outcome, Verdict
from formcheck.language import phrase, translate, write_decimal
from formcheck.measure.body import Body
from formcheck.measure.reason import ReasonCode
from formcheck.measure.registry import MEASURES, PELVIC_TILT
from formcheck.notation import name_words
from formcheck.pose.landmarks import Landmark, Side
from formcheck.pose.outline import N_LEVELS
from formcheck.pose.track import Floats
from formcheck.result.models import Result

TuckWord = Literal["TUCKED", "ARCHED", "NEUTRAL", "NOT CLEAR YET", "FINDING NEUTRAL", "CAN'T TELL"]
NEUTRAL_WITHIN_DEG: Final = 3.0
"""A smaller change is within the measure's error on a still person: nothing has moved."""
_NOT_CLEAR: Final = phrase("not clear")
_OUTCOME_WORDS: Final = {
    "pass": phrase("ok"),
    "fail": phrase("fix"),
    "tip": phrase("tip"),
    "unknown": phrase("unknown"),
}
VerdictLook = Literal["pass", "fail", "tip", "unknown"]
"""How a verdict is shown: what fails while the clock runs is a tip, not a warning."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One rule's verdict and where on the body it belongs."""

    verdict: Verdict
    joint: Landmark | None
    """The joint it is drawn at; None if no point shows it."""

    @property
    def name(self) -> str:
        """The rule's, as in ``front knee``."""
        return translate(name_words(self.verdict.rule.id))

    def look(self, clock: Clock) -> VerdictLook:
        """How it is shown in that state of the clock."""
        if self.verdict.outcome is Outcome.FAIL and clock == "running":
            return "tip"
        return self.verdict.outcome.value

    def tell(self, clock: Clock) -> str:
        """The rule and its verdict, as in ``front knee: fix``."""
        word = _NOT_CLEAR if self.verdict.is_unclear else _OUTCOME_WORDS[self.look(clock)]
        return f"{self.name}: {translate(word)}"

    def tell_value(self) -> str | None:
        """The value with the band, as in ``66° (80 to 105°)``; None without an angle."""
        rule, value = self.verdict.rule, self.verdict.value
        if rule.unit != "deg" or math.isnan(value):
            return None
        if math.isinf(rule.high):
            band = f"≥ {rule.low:.0f}°"
        elif math.isinf(rule.low):
            band = f"≤ {rule.high:.0f}°"
        else:
            band = translate("{low} to {high}°", low=f"{rule.low:.0f}", high=f"{rule.high:.0f}")
        when = "" if rule.during == "always" else translate("last rep: ")
        return f"{when}{round(value)}° ({band})"


@dataclass(frozen=True, slots=True, eq=False)
class Tuck:
    """The back from the side, and what is known of the pelvis."""

    profile: Floats
    """(K,) the back now: its distance behind the trunk's axis, trunk lengths, at ``LEVELS``; NaN
    where not seen."""
    neutral: Floats | None
    """(K,) the same in neutral; None until that is known."""
    facing: int
    """+1 when the person looks to the picture's right, -1 to its left."""
    change_deg: float
    """Tilt from neutral, posterior negative; NaN when unknown."""
    word: TuckWord
    why: str | None
    """Why the change is not known, in the language in use; None if it is, or soon will be."""
    time_s: float
    """When that was so."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One moment of a session."""

    exercise: str
    """Its name."""
    cue: Cue
    xy_px: Floats | None
    """(33, 2) landmarks to draw; None if nobody is seen."""
    side: Side | None = None
    """The stretched side; None before the first set."""
    n_set: int = 0
    """Which set it is, from 1: of its side in a plan, else of all; 0 if there is none, or it is
    not known."""
    n_sets: int | None = None
    """Of how many, in a plan; None if there is none."""
    clock: Clock = "out"
    done: float = 0.0
    """Seconds held well, or good repetitions, in this set so far."""
    confirmed: float = 0.0
    """The part of it with every required rule seen to be met."""
    target: float = 0.0
    """What to aim for; 0 where no exercise was recognised."""
    unit: Literal["s", "reps"] = "s"
    """What is counted."""
    marks: tuple[Mark, ...] = ()
    """The verdicts, in the order of the rules; empty out of position."""
    tuck: Tuck | None = None
    """None out of position, and where the exercise has no rule on the pelvis."""

    @property
    def set_name(self) -> str:
        """The set under way, as in ``left side, set 1 of 2``; empty if there is none to name."""
        parts = [tell_side(self.side)] if self.side else []
        if self.n_set and self.n_sets:
            parts.append(translate("set {n} of {n_sets}", n=self.n_set, n_sets=self.n_sets))
        elif self.n_set:
            parts.append(translate("set {n}", n=self.n_set))
        return ", ".join(parts)

    def tell_count(self, amount: float) -> str:
        """Seconds to a tenth, or whole repetitions, without the unit."""
        return write_decimal(f"{amount:.{1 if self.unit == 's' else 0}f}")

    @property
    def has_unconfirmed(self) -> bool:
        """Whether part of what is done was not confirmed: it is shown hatched."""
        return self.done - self.confirmed >= 0.05


def tell_side(side: Side) -> str:
    """As in ``left side``."""
    return translate("left side") if side == "left" else translate("right side")


def build_still_scene(
    exercise: Exercise | None,
    side: Side | None,
    verdicts: Sequence[Verdict],
    body: Body,
    xy_px: Floats | None,
) -> Scene:
    """What to show of a single picture, which has no clock: a body of N = 1 and (33, 2) pixels.

    The exercise is None where none was recognised, the pixels where nobody is seen.
    """
    if exercise is None:
        return build_scene(None, body, xy_px)
    marks = tuple(Mark(v, _find_joint(v, body, side or "left")) for v in verdicts)
    return Scene(exercise.name, choose_still_cue(verdicts), xy_px, side, marks=marks)


def build_scene(moment: Moment | None, body: Body | None, xy_px: Floats | None) -> Scene:
    """What to show now.

    Args:
        moment: of the latest judged frame; None if no exercise was recognised.
        body: the body of that frame, N = 1; None before the first.
        xy_px: (33, 2) pixels to draw; None if nobody is seen.
    """
    if moment is None:
        return Scene("Not recognised", Cue("I see no exercise I know", "wait"), xy_px)
    count, verdicts = moment.exercise.count, moment.verdicts
    hold_s = moment.exercise.hold_target_s or 0.0
    return Scene(
        exercise=moment.exercise.name,
        side=moment.side,
        n_set=moment.n_sets,
        clock=moment.clock,
        done=moment.done,
        confirmed=moment.confirmed,
        target=count.target_reps if isinstance(count, Reps) else hold_s,
        unit="reps" if isinstance(count, Reps) else "s",
        cue=choose_cue(moment),
        marks=tuple(Mark(v, _find_joint(v, body, moment.side)) for v in verdicts),
        tuck=_view_tuck(verdicts, moment.pelvis, body),
        xy_px=xy_px,
    )


def mirror_scene(scene: Scene, width_px: int) -> Scene:
    """The same moment in the mirrored picture, whose width is given."""
    xy = scene.xy_px
    return replace(
        scene,
        xy_px=None if xy is None else xy * [-1.0, 1.0] + [width_px - 1.0, 0.0],
        tuck=replace(scene.tuck, facing=-scene.tuck.facing) if scene.tuck else None,
    )


def _view_tuck(
    verdicts: tuple[Verdict, ...], pelvis: PelvisMoment | None, body: Body | None
) -> Tuck | None:
    verdict = next((v for v in verdicts if v.rule.measure == PELVIC_TILT), None)
    if verdict is None:
        return None
    is_searching = pelvis is not None and pelvis.is_searching
    why = verdict.why_unknown
    waits = is_searching and why is not None and why.code is ReasonCode.NO_NEUTRAL
    profile = pelvis.profile if pelvis else None
    word: TuckWord
    if verdict.outcome is Outcome.PASS:
        word = "TUCKED"
    elif verdict.outcome is Outcome.FAIL:
        word = "ARCHED"
    elif verdict.is_unclear:
        word = "NEUTRAL" if abs(verdict.value) < NEUTRAL_WITHIN_DEG else "NOT CLEAR YET"
    else:
        word = "FINDING NEUTRAL" if is_searching else "CAN'T TELL"
    return Tuck(
        profile=np.full(N_LEVELS, np.nan) if profile is None else profile,
        neutral=pelvis.known.neutral.profile if pelvis and pelvis.known else None,
        facing=-1 if body is not None and body.facing[0] < 0 else 1,
        change_deg=verdict.value,
        word=word,
        why=None if why is None or waits or not math.isnan(verdict.value) else why.tell(),
        time_s=float(body.time_s[-1]) if body is not None else 0.0,
    )


def _find_joint(verdict: Verdict, body: Body | None, side: Side | None) -> Landmark | None:
    measure = MEASURES.get(verdict.rule.measure)
    if measure is None or not measure.joints or body is None or side is None:
        return None
    middle = measure.joints[len(measure.joints) // 2]
    return body.with_side(side).joint_at(middle, 0)


# --- where the Result is known ----------------------------------------------------------------


class KnownSet(NamedTuple):
    """One set of a Result, as it is named."""

    side: Side | None
    n_set: int
    """Of its side in the plan, else among all of the clip, as its page and its table count; 0
    if it is the only one, or the plan did not ask for it."""
    n_sets: int | None
    """Of how many in the plan; None if there is none."""


def list_known_sets(result: Result) -> Iterator[KnownSet]:
    """The sets of a Result, in order."""
    plan = result.plan
    totals = Counter((one.step, one.side) for one in plan.sets) if plan else Counter()
    for index, one in enumerate(result.sets):
        n_set, n_sets = index + 1 if len(result.sets) > 1 else 0, None
        if plan is not None:
            asked = [other for other in plan.sets if other.index == index]
            n_set = 0
            if len(asked) == 1:  # not none, nor those of both legs in turn
                n_set, n_sets = asked[0].set, totals[asked[0].step, asked[0].side]
        yield KnownSet(one.side, n_set, n_sets)


def correct_scene(scene: Scene, known: KnownSet | None, *, is_in_it: bool) -> Scene:
    """The scene with the Result's side and set in place of what was known by then.

    A position is entered a second after its first frame, and dated back to it: a video that is
    drawn when the Result is known tells from that frame on which side and which set it is.

    ``known`` is None between two sets. ``is_in_it``: whether that set had been entered by then;
    between sets, whether the scene is in one that the Result leaves out.
    """
    scene = replace(scene, **(known or KnownSet(None, 0, None))._asdict())
    in_set = known is not None
    if in_set and is_in_it:
        return scene
    # Nothing that is shown may belong to a set that is over.
    scene = replace(scene, done=0.0, confirmed=0.0)
    if not (scene.clock not in ("out", "entering") if in_set else is_in_it):
        return scene
    clock: Clock = "entering" if in_set else "out"
    return replace(scene, clock=clock, cue=lead_in(in_set=in_set), marks=(), tuck=None)
