"""A made-up history: one person who does the daily routine for three months, seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from formcheck.history.store import History
from formcheck.judging.rules import Outcome
from formcheck.pose.landmarks import Side
from formcheck.result.models import FaultResult, RepResult, RuleResult, SetResult

TODAY: Final = date(2026, 11, 20)
"""A Friday."""
HOME: Final = ZoneInfo("Europe/Berlin")
"""Its clocks go back on 25 October."""
BOTH: Final[tuple[Side, Side]] = ("left", "right")
HELD: Final[tuple[tuple[str, tuple[Side | None, ...], int, float, str, str], ...]] = (
    ("half-kneeling", BOTH, 2, 30.0, "rear_hip", "pelvis_tuck"),
    ("standing-stretch", BOTH, 1, 30.0, "rear_hip", "trunk_upright"),
    ("prayer-squat", (None,), 1, 30.0, "depth", "depth"),
    ("childs-pose", (None,), 1, 20.0, "hips_to_heels", "head_low"),
    ("knee-to-chest", BOTH, 1, 30.0, "knee_close", "other_leg_flat"),
)
"""Exercise, sides, sets, target, the rule that tells range, the one that is broken most."""
RANGE: Final = {
    "rear_hip": (-12.0, 11.0, 3.0, "deg"), "depth": (0.08, -0.02, 0.02, "leg"),
    "hips_to_heels": (0.6, -0.2, 0.04, "thigh"), "knee_close": (62.0, -9.0, 3.0, "deg"),
}  # fmt: skip
"""Where it begins, what it gains in the three months, its scatter, its unit."""


def fill(history: History, *, person: str | None = "Ann", days: int = 89, seed: int = 4) -> None:
    """Remember the days up to ``TODAY``, of which about one in eight is missing."""
    chance = random.Random(seed)
    with history.together():
        for back in range(days, -1, -1):
            day = TODAY - timedelta(days=back)
            if back > 4 and chance.random() < 0.13:
                continue
            at = datetime.combine(day, time(7, 20), HOME) + timedelta(minutes=chance.random() * 30)
            share = 1 - back / max(days, 1)
            session = f"{person}-{day}"
            for place, (one, about) in enumerate(_practise(chance, share, day)):
                moment = at + timedelta(minutes=2 * place)
                history.add_set(
                    one,
                    session=session,
                    person=person,
                    source="live",
                    at=moment,
                    clip=None,
                    **about,
                )


def _practise(
    chance: random.Random, share: float, day: date
) -> Iterator[tuple[SetResult, dict[str, Any]]]:
    """One day's sets; ``share`` of the three months is over."""
    clock_s = 20.0
    last = 3 if day == TODAY else len(HELD)
    for exercise, sides, n_sets, target_s, tells, broken in HELD[:last]:
        for side in sides:
            for _ in range(n_sets):
                one = _hold(chance, share, exercise, side, clock_s, target_s, (tells, broken))
                clock_s = one.end_s + 15
                yield one, {"routine": "daily-relief", "target": target_s, "unit": "s"}
    if day.weekday() in (1, 4) and share > 0.3 and day != TODAY:
        for side in BOTH:
            yield (
                _kick(chance, side, clock_s),
                {"routine": "stretch-and-strengthen", "target": 10.0, "unit": "reps"},
            )
            clock_s += 60
    if day.weekday() == 6:
        for side in BOTH:
            yield (
                _test(chance, share, side, clock_s),
                {"routine": "thomas-test", "target": None, "unit": "s"},
            )
            clock_s += 30


def _hold(
    chance: random.Random,
    share: float,
    exercise: str,
    side: Side | None,
    start_s: float,
    target_s: float,
    rules: tuple[str, str],
) -> SetResult:
    n_faults = sum(chance.random() < 0.75 - 0.6 * share for _ in range(3))
    lost_s = sum(chance.uniform(1.5, 4) for _ in range(n_faults))
    held_s = max(4.0, target_s + chance.uniform(0, 3) - (lost_s if chance.random() < 0.5 else 0))
    first, gain, scatter, unit = RANGE[rules[0]]
    behind = -6 * (1 - 0.5 * share) if side == "left" and unit == "deg" else 0.0
    behind = -behind if rules[0] == "knee_close" else behind
    value = chance.gauss(first + gain * share + behind, scatter)
    faults = tuple(
        _fault(rules[1] if k else "trunk_upright", start_s + 5 * k, chance) for k in range(n_faults)
    )
    confirmed_s = held_s * (chance.uniform(0.75, 1) if exercise == "half-kneeling" else 1)
    return _set(
        exercise, side, start_s, held_s + lost_s + 3, held_s, confirmed_hold_s=confirmed_s,
        rules={rules[0]: _rule(value, unit)}, faults=faults,
        completion=min(1.0, held_s / target_s), verdict="fix" if faults else "pass",
    )  # fmt: skip


def _kick(chance: random.Random, side: Side, start_s: float) -> SetResult:
    reps = tuple(
        RepResult(
            start_s=start_s + 3 * k, peak_s=start_s + 3 * k + 1, end_s=start_s + 3 * k + 2.5,
            top_s=1.0, side=side, good=chance.random() < 0.85, faults=(),
        )
        for k in range(10)
    )  # fmt: skip
    value = chance.gauss(-6, 3)
    return _set(
        "donkey-kick", side, start_s, 32, 9.0, reps=reps, rules={"kick_height": _rule(value, "deg")}
    )


def _test(chance: random.Random, share: float, side: Side, start_s: float) -> SetResult:
    value = chance.gauss(12 - 10 * share + (6 if side == "left" else 0), 2)
    text = "reaches parallel" if value <= 0 else "borderline" if value < 8 else "tight"
    measured = {"thigh_elevation_deg": value, "knee_deg": 95.0, "verdict": text}
    return _set("thomas-test", side, start_s, 6, 5.0, measured=measured, score=None)


def _set(
    exercise: str, side: Side | None, start_s: float, position_s: float, held_s: float, **more: Any
) -> SetResult:
    values: dict[str, Any] = {
        "exercise": exercise, "side": side, "start_s": start_s, "end_s": start_s + position_s,
        "position_s": position_s, "good_hold_s": held_s, "confirmed_hold_s": held_s,
        "longest_hold_s": held_s, "holds": (), "rules": {}, "faults": (), "completion": 1.0,
        "score": 92.0, "verdict": "pass",
    }  # fmt: skip
    return SetResult(**{**values, **more})


def _rule(median: float, unit: str) -> RuleResult:
    return RuleResult(
        outcome=Outcome.PASS, pass_s=20.0, fail_s=0.0, unknown_s=0.0, median=median, min=median,
        max=median, unit=unit, why_unknown=None,
    )  # fmt: skip


def _fault(rule: str, start_s: float, chance: random.Random) -> FaultResult:
    end_s = start_s + chance.uniform(1, 4)
    return FaultResult(rule=rule, start_s=start_s, end_s=end_s, worst=30.0, cue="Lift your chest")
