"""The numbers a report gives: a set's rules, score, verdict; a clip's from its sets'."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from formcheck.exercises.schema import Assessment, Exercise, Reps, Rule
from formcheck.judging.rules import Fault, Outcome, RuleJudge, Verdict
from formcheck.judging.set import Set
from formcheck.judging.stay import RuleTime
from formcheck.language import phrase, translate
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import Measurements
from formcheck.notation import name_words
from formcheck.pose.landmarks import Side
from formcheck.result.models import (
    ClipVerdict,
    FaultResult,
    HoldResult,
    RepResult,
    RuleResult,
    SetResult,
    SetVerdict,
    UnseenResult,
)

REQUIRED_WEIGHT: Final = 2.0
_UNSEEN: Final = phrase("it was unseen for most of the time")
POSITION_ONLY: Final = "only the position was seen"
JUDGED_FROM_S: Final = 3.0
"""Without a fault, a shorter hold says nothing; nor does one of under half its target."""


def score_set(done: Set) -> SetResult:
    """The result of a finished set."""
    times = [RuleTime(rule) for rule in done.exercise.rules]
    for stay in done.stays:
        for total, part in zip(times, stay.count_rules(), strict=True):
            total.add(part)
    faulty = {fault.rule.id: fault for fault in done.faults}
    for total in times:
        failed_s = done.never_well_s.get(total.rule.id, 0.0)
        if total.fail_s == 0 < failed_s:  # settling counted none of it
            total.values.append(faulty[total.rule.id].worst)
        total.fail_s = max(total.fail_s, failed_s)
    rules = {t.rule.id: _rule_result(t, _tell_outcome(t, t.rule.id in faulty)) for t in times}
    asked_s = {t.rule.id: t.asked_s for t in times}
    n_reps = {t.rule.id: (t.n_passed, t.n_failed) for t in times}
    measured = _read_assessment(done)
    why = (
        _explain_unseen(done.exercise.rules, rules, asked_s)
        or _explain_too_short(done, measured)
        or _explain_form_unseen(done.exercise, rules)
    )
    return SetResult(
        exercise=done.exercise.id,
        side=done.side,
        start_s=done.start_s,
        end_s=done.end_s,
        position_s=done.position_s,
        good_hold_s=done.good_hold_s,
        confirmed_hold_s=done.confirmed_hold_s,
        longest_hold_s=max((hold.length_s for hold in done.holds), default=0.0),
        holds=tuple(HoldResult(start_s=h.start_s, end_s=h.end_s) for h in done.holds),
        reps=tuple(
            RepResult(
                start_s=rep.rise.start_s,
                peak_s=rep.rise.peak_s,
                end_s=rep.rise.end_s,
                top_s=rep.rise.top_s,
                side=rep.side,
                good=rep.good,
                faults=tuple(fault.rule.id for fault in rep.faults),
            )
            for rep in done.reps
        ),
        rules=rules,
        faults=tuple(_fault_result(fault, done.end_s) for fault in done.faults),
        unseen=tuple(_list_unseen(times)),
        measured=measured,
        completion=_complete(done),
        score=None if why else compute_score(done.exercise.rules, rules, n_reps),
        verdict=_name_verdict(rules, why),
        why_not_judged=why,
    )


def judge_still(exercise: Exercise, frame: Measurements) -> tuple[Verdict, ...]:
    """What each rule says of a single picture."""
    return tuple(RuleJudge(rule, exercise).judge(frame) for rule in exercise.rules)


def score_still(exercise: Exercise, side: Side | None, frame: Measurements) -> SetResult:
    """The set of a single picture: position and rules, no time, no hold, no repetitions."""
    time_s, measured = frame.time_s, None
    if isinstance(exercise.count, Assessment):
        values = {name: frame.values[key] for name, key in exercise.count.measures.items()}
        measured = read_assessment(exercise.count, values, kept=True)
    rules, faults = {}, []
    for verdict in judge_still(exercise, frame):
        time = RuleTime(verdict.rule)
        if verdict.why_unknown is not None:
            time.why_unknown[verdict.why_unknown] = 1.0
        if not math.isnan(verdict.value):
            time.values.append(verdict.value)
        rules[verdict.rule.id] = _rule_result(time, verdict.outcome)
        if verdict.outcome is Outcome.FAIL:
            fault = Fault(verdict.rule, time_s, time_s, verdict.value)
            faults.append(_fault_result(fault, time_s))
    why = _explain_unseen(exercise.rules, rules, {}) or _explain_form_unseen(exercise, rules)
    return SetResult(
        exercise=exercise.id, side=side, start_s=time_s, end_s=time_s, position_s=0, good_hold_s=0,
        confirmed_hold_s=0, longest_hold_s=0, holds=(), rules=rules, faults=tuple(faults),
        measured=measured, completion=0,
        score=None if why else compute_score(exercise.rules, rules),
        verdict=_name_verdict(rules, why), why_not_judged=why,
    )  # fmt: skip


def _list_unseen(times: Sequence[RuleTime]) -> Iterator[UnseenResult]:
    found = (unseen for time in times for unseen in time.unseen)
    for one in sorted(found, key=lambda unseen: unseen.interval.start_s):
        start_s, end_s = one.interval.start_s, one.interval.end_s
        yield UnseenResult(rule=one.rule.id, start_s=start_s, end_s=end_s, why=str(one.why))


def _complete(done: Set) -> float:
    """Good hold or good repetitions over the target, at most 1."""
    count = done.exercise.count
    if isinstance(count, Reps):
        return min(1.0, sum(rep.good for rep in done.reps) / count.target_reps)
    return min(1.0, done.good_hold_s / (done.exercise.hold_target_s or math.inf))


def _read_assessment(done: Set) -> dict[str, float | str | None] | None:
    """What an assessment read in its longest steady stretch; no verdict if that was too short."""
    count = done.exercise.count
    if not isinstance(count, Assessment):
        return None
    stretches = (stay.steady_watch.longest for stay in done.counted if stay.steady_watch)
    longest = next((s for s in stretches if s), None)
    if longest is None:
        return read_assessment(count, dict.fromkeys(count.measures, math.nan), kept=False)
    kept = longest.interval.length_s >= count.target_s - 1e-6
    return read_assessment(count, longest.read(), kept=kept)


def read_assessment(
    count: Assessment, values: dict[str, float], *, kept: bool
) -> dict[str, float | str | None]:
    """What an assessment read and the verdict that means; none unless it was ``kept`` for long."""
    first = values[next(iter(count.measures))]
    readings = (r.text for r in count.readings if r.low <= first <= r.high)
    seen = {name: None if math.isnan(value) else value for name, value in values.items()}
    return {**seen, "verdict": next(readings, None) if kept else None}


def _tell_outcome(time: RuleTime, faulty: bool) -> Outcome:
    if faulty:
        return Outcome.FAIL
    has_passed = time.pass_s > 0 and time.pass_s >= time.asked_s / 2
    return Outcome.PASS if has_passed else Outcome.UNKNOWN


def _rule_result(time: RuleTime, outcome: Outcome) -> RuleResult:
    values, why = time.values, None
    if outcome is Outcome.UNKNOWN:
        commonest = max(time.why_unknown, key=lambda w: time.why_unknown[w], default=None)
        why = commonest or Reason(ReasonCode.TOO_SHORT)
    return RuleResult(
        outcome=outcome,
        pass_s=time.pass_s,
        fail_s=time.fail_s,
        unknown_s=time.unknown_s,
        median=float(np.median(values)) if values else None,
        min=min(values, default=None),
        max=max(values, default=None),
        unit=time.rule.unit,
        why_unknown=None if why is None else str(why),
        reason=why,
    )


def _fault_result(fault: Fault, set_end_s: float) -> FaultResult:
    return FaultResult(
        rule=fault.rule.id,
        start_s=fault.start_s,
        end_s=set_end_s if fault.end_s is None else fault.end_s,
        worst=fault.worst,
        cue=fault.rule.cue_for(fault.worst) or "",
    )


def compute_score(
    rules: Iterable[Rule],
    results: Mapping[str, RuleResult],
    n_reps: Mapping[str, tuple[int, int]] | None = None,
) -> float | None:
    """0 to 100: the mean share of judged time that passed, required rules counting double.

    Where repetitions were judged, ``n_reps`` that passed and that failed by the rule's id, it is
    their share: by their seconds, those that fail for being quick would hardly count. A still
    picture has neither: a rule that passed there counts as 1, one that failed as 0. None if no rule
    was judged.
    """
    total = weights = 0.0
    for rule in rules:
        result = results[rule.id]
        passed, failed = (n_reps or {}).get(rule.id, (0, 0))
        if passed + failed > 0:
            share = passed / (passed + failed)
        elif result.pass_s + result.fail_s > 0:
            share = result.pass_s / (result.pass_s + result.fail_s)
        elif result.outcome is not Outcome.UNKNOWN:
            share = float(result.outcome is Outcome.PASS)
        else:
            continue
        weight = REQUIRED_WEIGHT if rule.required else 1.0
        total, weights = total + weight * share, weights + weight
    return 100 * total / weights if weights else None


def _name_verdict(results: Mapping[str, RuleResult], why_not_judged: str | None) -> SetVerdict:
    if why_not_judged is not None:
        return "cannot_judge"
    return "fix" if _has_failed(results) else "pass"


def _has_failed(results: Mapping[str, RuleResult]) -> bool:
    return any(result.outcome is Outcome.FAIL for result in results.values())


def _explain_unseen(
    rules: Iterable[Rule], results: Mapping[str, RuleResult], asked_s: Mapping[str, float]
) -> str | None:
    """The required rule that was unknown for over half of its ``asked_s``, and why.

    A single picture has no ``asked_s``: there the rule's outcome is unknown.
    """
    for rule in rules:
        result = results[rule.id]
        if asked_s:
            unseen = result.unknown_s > asked_s[rule.id] / 2
        else:
            unseen = result.outcome is Outcome.UNKNOWN
        if rule.stops_unseen and unseen:
            return _name_unseen(rule.id, result)
    return None


def _name_unseen(rule: str, result: RuleResult) -> str:
    return f"{rule}: {result.why_unknown or _UNSEEN}"


def _explain_form_unseen(exercise: Exercise, results: Mapping[str, RuleResult]) -> str | None:
    """Why a set without a fault is no pass: all that was seen of it is the position."""
    why = exercise.why_form_unseen
    return None if why is None or _has_failed(results) else f"{POSITION_ONLY}: {why}"


def _explain_too_short(done: Set, measured: Mapping[str, object] | None) -> str | None:
    """Why too little was held, without a fault, to be judged; None if there was enough."""
    if measured is not None:
        if measured["verdict"] is None:
            return phrase("it was held too briefly, or not seen well enough, to be measured")
        return None
    if done.faults:
        return None
    if isinstance(done.exercise.count, Reps):
        seen = any(rep.good for rep in done.reps)
        return None if seen else phrase("no repetition was seen well enough")
    enough_s = min(JUDGED_FROM_S, (done.exercise.hold_target_s or math.inf) / 2)
    return phrase("held for too short a time") if done.good_hold_s < enough_s - 1e-6 else None


def tell_unjudged(one: SetResult) -> str | None:
    """Why a set could not be judged, in the language in use; None where it was.

    Of a set that was read back the reason itself is English.
    """
    if one.why_not_judged is None:
        return None
    for rule, result in one.rules.items():
        if one.why_not_judged == _name_unseen(rule, result):
            reason = result.reason
            told = translate(result.why_unknown or _UNSEEN) if reason is None else reason.tell()
            return f"{translate(name_words(rule))}: {told}"
    return translate(one.why_not_judged)


def judge_clip(sets: Sequence[SetResult]) -> ClipVerdict:
    """The verdict of the worst set; ``not_seen`` without one."""
    order: tuple[SetVerdict, ...] = ("cannot_judge", "fix", "pass")
    return next((v for v in order if any(s.verdict == v for s in sets)), "not_seen")


def mean_score(sets: Sequence[SetResult]) -> float | None:
    """The sets' scores, weighted by their time in position.

    None if none has one, or if one could not be judged: then the whole cannot be either.
    """
    if judge_clip(sets) == "cannot_judge":
        return None
    scored = [s for s in sets if s.score is not None]
    weights = [s.position_s for s in scored]
    if not any(weights):
        weights = [1.0] * len(scored)
    total = sum((s.score or 0.0) * weight for s, weight in zip(scored, weights, strict=True))
    return total / sum(weights) if scored else None


def mean_completion(sets: Sequence[SetResult]) -> float | None:
    """The mean over the sets; None without one."""
    return sum(s.completion for s in sets) / len(sets) if sets else None
