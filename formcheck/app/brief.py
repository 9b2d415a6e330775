"""Poses judged: what is asked of a clip, checked once, and the judgement on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from formcheck.app.calibrate import resolve_neutral
from formcheck.coach.cues import tell_shown
from formcheck.errors import ArgumentError
from formcheck.exercises.load import find_exercise, list_exercises
from formcheck.exercises.routine import Routine, load_routine
from formcheck.exercises.schema import Exercise
from formcheck.judging.calibration import Calibration, Range, find_neutral
from formcheck.judging.neutral import KnownNeutral
from formcheck.pose.follow import LARGEST, Follow
from formcheck.pose.landmarks import Side
from formcheck.pose.track import PoseTrack
from formcheck.result.build import add_plan
from formcheck.result.judgement import AUTO, Judgement, judge_poses
from formcheck.result.plan import compare_plan


@dataclass(frozen=True, slots=True)
class Brief:
    """What is asked of a clip."""

    exercises: Mapping[str, Exercise]
    """The catalogue by id."""
    exercise: str = AUTO
    """An id of it, or ``auto``."""
    side: Side | None = None
    """The stretched side; None finds it."""
    person: str | None = None
    """Whom to file the result under."""
    routine: Routine | None = None
    """To compare the result with."""
    neutral: KnownNeutral | Range | None = None
    """Where the person's pelvis is neutral, or when it is in the clip itself; None assumes it."""

    @property
    def asked(self) -> list[Exercise]:
        """The exercises that are looked for."""
        if self.exercise == AUTO:
            return list(self.exercises.values())
        return [find_exercise(self.exercise, self.exercises)]

    @property
    def needs_outline(self) -> bool:
        """Whether any of them is judged by the outline of the back."""
        return any(one.needs_outline for one in self.asked)

    def judge(self, track: PoseTrack) -> Judgement:
        """Judge a clip's poses.

        Raises:
            ExerciseError: the exercise is nothing that a camera sees.
            SourceError: the clip shows no neutral where it was said to.
        """
        given = self.neutral
        judged = judge_poses(
            track,
            self.exercises,
            exercise=self.exercise,
            side=self.side,
            person=self.person,
            neutral=find_neutral(track, between=given) if isinstance(given, tuple) else given,
            tell=tell_shown,
        )
        if self.routine is None:
            return judged
        plan = compare_plan(judged.result, self.routine, self.exercises)
        return replace(judged, result=add_plan(judged.result, plan))


def make_brief(
    *,
    exercise: str = AUTO,
    routine: str | Path | None = None,
    side: Side | None = None,
    person: str | None = None,
    neutral: str | Path | Calibration | None = None,
    exercise_dirs: Iterable[str | Path] = (),
    model: str = "full",
    follow: Follow = LARGEST,
    mirrored: bool = False,
) -> Brief:
    """What is asked, checked and read from its files; arguments and errors are ``analyze``'s."""
    if side not in (None, "left", "right"):
        raise ValueError(f"side must be 'left', 'right' or None, got {side!r}")
    if routine is not None and (exercise != AUTO or side is not None):
        what = "has its own exercises and sides"
        raise ArgumentError("a routine", what, "leave out exercise and side")
    folders = tuple(map(Path, exercise_dirs))
    exercises = list_exercises(*folders, asked=(exercise,))
    only = None if exercise == AUTO else find_exercise(exercise, exercises)
    plan = None if routine is None else load_routine(routine, *folders)
    asked = list(exercises.values()) if only is None else [only]
    if not any(one.needs_outline for one in asked):
        neutral = None
    given = resolve_neutral(neutral, only, model, follow=follow, mirrored=mirrored)
    return Brief(exercises, exercise, side, person, plan, given)


def judge(
    track: PoseTrack,
    *,
    exercise: str = AUTO,
    routine: str | Path | None = None,
    side: Side | None = None,
    person: str | None = None,
    neutral: str | Path | Calibration | None = None,
    exercise_dirs: Iterable[str | Path] = (),
) -> Judgement:
    """Judge a clip by its poses.

    Args:
        track: what ``estimate`` returned.
        exercise: an exercise's id, or ``auto`` to find out which was done.
        routine: a routine's id or its TOML file, to compare the session with; the exercise has
            to be ``auto`` and the side None, as the routine sets both.
        side: the person's own stretched side; None finds it.
        person: the person the result belongs to.
        neutral: where the person's pelvis is neutral, as ``analyze`` takes it.
        exercise_dirs: further folders of exercise files.

    Returns:
        The verdict (``.result``) and the clip frame by frame (``.timeline``).

    Raises:
        ExerciseError: the exercise or routine is unknown, or a file of one is wrong.
        SourceError: the neutral cannot be read.
        ValueError: ``side`` is no side, or a routine is given with an exercise or a side.
    """
    brief = make_brief(
        exercise=exercise, routine=routine, side=side, person=person, neutral=neutral,
        exercise_dirs=exercise_dirs,
    )  # fmt: skip
    return brief.judge(track)
