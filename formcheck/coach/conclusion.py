"""The Result of a session that was led: its sets, and what became of each turn."""

from __future__ import annotations

from formcheck.coach.tally import Tally
from formcheck.coach.turns import tell_plan
from formcheck.exercises.routine import Routine
from formcheck.judging.neutral import KnownNeutral
from formcheck.result.build import Origin, SeenBody, add_plan, conclude
from formcheck.result.detect import Found
from formcheck.result.models import Result


def conclude_led(
    origin: Origin,
    seen: SeenBody,
    routine: Routine,
    tally: Tally,
    neutral: KnownNeutral | None,
) -> Result:
    """The Result so far.

    Args:
        origin: where it comes from.
        seen: what was seen of the person.
        routine: what was asked.
        tally: what was done of it.
        neutral: the first one that was found; None without one.
    """
    sets = tally.results
    done = {one.exercise for one in sets}
    mine = {turn.exercise.id: turn.exercise for turn in tally.turns}
    exercises = tuple(e for e in mine.values() if e.id in done or len(mine) == 1)
    judged = Found(exercises, tuple(sets), neutral=neutral, n_quick=tally.n_quick)
    return add_plan(conclude(origin, seen, judged), tell_plan(routine, tally.turns, sets))
