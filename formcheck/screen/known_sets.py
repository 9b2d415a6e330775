"""The sets of a clip that was judged: its video says of each moment what the Result says.

A position is entered a second after its first frame, and dated back to it. Whoever draws with the
Result at hand knows from that first frame on which side it is, and which set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from formcheck.coach.cues import correct_cue
from formcheck.judging.moment import Clock
from formcheck.pose.landmarks import Side
from formcheck.result.models import PlanResult, Result
from formcheck.screen.scene import Scene


@dataclass(frozen=True, slots=True)
class KnownSet:
    """One set of a Result, as it is named."""

    side: Side | None
    number: int
    """Of its side in the plan, else among all of the clip, as its page and its table count; 0
    where there is but this one, or where the plan did not ask for it."""
    total: int | None
    """Of how many in the plan; None where there is none."""


def list_known_sets(result: Result) -> Iterator[KnownSet]:
    """The sets of a Result, in order."""
    for index, one in enumerate(result.sets):
        number, total = index + 1 if len(result.sets) > 1 else 0, None
        if result.plan is not None:
            number, total = _find_asked(result.plan, index)
        yield KnownSet(one.side, number, total)


def correct_scene(scene: Scene, known: KnownSet | None, *, is_in_it: bool) -> Scene:
    """The scene with the Result's side and set in place of what was known by then.

    Args:
        scene: of that moment.
        known: the Result's set of that moment; None between two.
        is_in_it: whether that set had been entered by then, or one had that the Result leaves out.
    """
    if known is None:
        scene = replace(scene, side=None, n_set=0, n_sets=None)
        return _start_anew(scene, is_in_it, "out", in_set=False)
    scene = replace(scene, side=known.side, n_set=known.number, n_sets=known.total)
    if is_in_it:
        return scene
    return _start_anew(scene, scene.clock not in ("out", "entering"), "entering", in_set=True)


def _start_anew(scene: Scene, is_in: bool, clock: Clock, *, in_set: bool) -> Scene:
    """The scene without what belongs to a set that is over."""
    scene = replace(scene, done=0.0, confirmed=0.0)
    if not is_in:
        return scene
    cue = correct_cue(scene.cue, in_position=True, in_set=in_set, is_entered=not in_set)
    return replace(scene, clock=clock, cue=cue, marks=(), tuck=None)


def _find_asked(plan: PlanResult, index: int) -> tuple[int, int | None]:
    """Which set of how many a set of the Result counts for."""
    totals = Counter((one.step, one.side) for one in plan.sets)
    asked = [one for one in plan.sets if one.index == index]
    if len(asked) != 1:  # none, or those of both legs in turn
        return 0, None
    return asked[0].set, totals[asked[0].step, asked[0].side]
