"""The report page: one HTML file that shows what happened and when, and opens from disk alone.

It holds its own style, script, charts and pictures, asks no network for anything, and refers to one
file at most: the video or the picture beside it. Whatever it was given stays text.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from formcheck.exercises.schema import Exercise
from formcheck.history.wording import HOLDS
from formcheck.language import in_english
from formcheck.measure.view import VIEW_TEXT
from formcheck.notation import name_words, tell_number, tell_seconds, tell_stretch
from formcheck.report import words
from formcheck.report.html import PAGE_STYLE, TEMPLATES, render_html
from formcheck.report.pictures import Picture
from formcheck.report.sections import view_sets
from formcheck.report.time_strip import list_unjudged, make_timeline
from formcheck.report.traces import Trace
from formcheck.result.models import Result, SetResult, ViewSeen
from formcheck.result.plan import describe_plan

_MAX_UNFOLDED: Final = 3
"""Of more sets each is folded, and a list of contents stands before them."""
_LEAST_S: Final = 0.5
"""Seconds of a rule that were not judged, under which nothing is said of them."""


@in_english()
def render_page(
    result: Result,
    exercises: Mapping[str, Exercise],
    *,
    trace: Trace | None = None,
    pictures: Sequence[Picture] = (),
    video: str | None = None,
    picture: str | None = None,
    session_at: datetime | None = None,
) -> str:
    """The page as HTML; the same text for the same input.

    Args:
        result: the verdict on a clip or a session.
        exercises: those of the result, by id.
        trace: its course; None leaves out the charts.
        pictures: the worst moments of faults; none where no picture is kept.
        video: name of the annotated video or the recording, if it is in the page's folder.
        picture: name of the annotated picture of a photo; likewise.
        session_at: when a session at the camera began, local time; None for a clip.
    """
    trace = trace or Trace()
    sets = list(view_sets(result, exercises, trace, pictures))
    n_faults = sum(len(one.faults) for one in result.sets)
    score = None if result.verdict == "cannot_judge" else result.score
    values = {
        "result": result,
        "source": "Recording" if session_at is None else "At the camera",
        "name": f"{session_at.day} {session_at:%B %Y, %H:%M}" if session_at else result.clip,
        "title": _name_page(result, exercises),
        "words": words,
        "exercises": exercises,
        "score": None if score is None else f"{score:.0f}",
        "completion": _tell_completion(result),
        "timeline": make_timeline(result, exercises, trace),
        "sets": sets,
        "folds": len(sets) > _MAX_UNFOLDED,
        "first_bad": next((i for i, one in enumerate(result.sets) if one.verdict == "fix"), 0),
        "n_unpictured": n_faults - len(pictures) if pictures else 0,
        "plan": None if result.plan is None else describe_plan(result.plan),
        "compared": list(_compare_sides(result, exercises)),
        "one_sided": _tell_one_sided(result, exercises),
        "unseen": list(_list_unseen(result, exercises, trace)),
        "view": _tell_view(result.view),
        "holds": HOLDS,
        "done": [exercises[name] for name in dict.fromkeys(one.exercise for one in result.sets)],
        "name_words": name_words,
        "video": None if video is None else quote(os.fsencode(video)),
        "picture": None if picture is None else quote(os.fsencode(picture)),
        "video_name": "annotated video" if session_at is None else "recording",
    }
    return render_html(
        TEMPLATES / "page.html",
        [PAGE_STYLE],
        values,
        script=TEMPLATES / "page.js",
        sources="img-src data: 'self' file:; media-src 'self' file:",
    )


def _tell_completion(result: Result) -> str | None:
    """How much of what is aimed for was done; None where nothing is, or a routine says it."""
    timed = any(one.measured is None and not words.is_picture(one) for one in result.sets)
    if result.completion is None or result.plan is not None or not timed:
        return None
    return f"{100 * result.completion:.0f}"


def _name_page(result: Result, exercises: Mapping[str, Exercise]) -> str:
    if result.plan is not None:
        return result.plan.name
    exercise = words.find_exercise_id(result)
    if exercise == "mixed":
        return "Several exercises"
    if exercise is None:
        return "No exercise recognised"
    known = exercises.get(exercise)
    return known.name if known else exercise


# --- left against right ---------------------------------------------------------------------


def _compare_sides(result: Result, exercises: Mapping[str, Exercise]) -> Iterator[tuple[str, ...]]:
    """Each exercise that was done on both sides: what was done, the score, every rule's middle."""
    for name in dict.fromkeys(one.exercise for one in result.sets):
        exercise = exercises[name]
        mine = [one for one in result.sets if one.exercise == name]
        n_good = [
            [rep.good for one in mine for rep in one.reps if rep.side == side]
            for side in ("left", "right")
        ]
        if all(n_good):
            left, right = (f"{sum(good)} of {len(good)}" for good in n_good)
            yield (f"{exercise.name}: {words.GOOD_REPS}", left, right)
        sides = [[one for one in mine if one.side == side] for side in ("left", "right")]
        if all(sides):
            yield from _compare_sets(exercise, *sides)


def _compare_sets(
    exercise: Exercise, left: Sequence[SetResult], right: Sequence[SetResult]
) -> Iterator[tuple[str, ...]]:
    both = (left, right)
    if exercise.count.kind == "hold":
        held = (tell_seconds(sum(one.good_hold_s for one in sets)) for sets in both)
        yield (f"{exercise.name}: {words.GOOD_HOLD}", *held)
    scores = [
        [score for one in sets if (score := words.find_score(one)) is not None] for sets in both
    ]
    if all(scores):
        means = (f"{sum(found) / len(found):.0f} out of 100" for found in scores)
        yield (f"{exercise.name}: score", *means)
    for rule in exercise.rules:
        middles = [_find_middle(sets, rule.id) for sets in both]
        if rule.never is None and any(middle is not None for middle in middles):
            told = (tell_number(middle, rule.unit) for middle in middles)
            yield (f"{name_words(rule.id)}, median", *told)
    for name in left[0].measured or {}:
        if name != "verdict":
            values = ((sets[-1].measured or {}).get(name) for sets in both)
            unit = name.rpartition("_")[2]
            numbers = (tell_number(v if isinstance(v, float) else None, unit) for v in values)
            yield (name_words(name.removesuffix(f"_{unit}")), *numbers)


def _find_middle(sets: Sequence[SetResult], rule: str) -> float | None:
    """The median of the longest of the sets in which the rule was measured."""
    known = [one for one in sets if one.rules[rule].median is not None]
    longest = max(known, key=lambda one: one.position_s, default=None)
    return longest.rules[rule].median if longest else None


def _tell_one_sided(result: Result, exercises: Mapping[str, Exercise]) -> str | None:
    """What to say where nothing can be compared; None where no exercise has sides."""
    if not result.sets:
        return "Nothing was done that could be compared."
    sided = [one for one in result.sets if exercises[one.exercise].sides != "none"]
    sides = sorted({side for one in sided for side in (one.side,) if side})
    if len(sides) == 1:
        return f"Only the {sides[0]} side was done: there is nothing to compare."
    return "No exercise was done on both sides." if sided else None


# --- what was not seen, and how it was measured ---------------------------------------------


def _list_unseen(
    result: Result, exercises: Mapping[str, Exercise], trace: Trace
) -> Iterator[tuple[str, float | None, str]]:
    for note in result.warnings:
        if note.code != "caveat":  # said where the assessment is
            yield note.text, None, ""
    n_empty = result.frames_analyzed - result.frames_with_pose
    if n_empty and result.frames_with_pose:
        yield f"Nobody was found in {n_empty} of {result.frames_analyzed} frames.", None, ""
    for span in list_unjudged(trace):
        if span.end_s - span.start_s >= _LEAST_S:
            yield span.text, span.start_s, tell_stretch(span.start_s, span.end_s)
    for one in result.sets:
        for rule in exercises[one.exercise].rules:
            found = one.rules.get(rule.id)
            told = rule.required and rule.during == "always" and bool(trace.sets)
            if found is None or told or found.outcome.value != "unknown":
                continue
            side = f" ({one.side})" if one.side else ""
            why = words.tell_why(found.reason or found.why_unknown)
            yield f"{name_words(rule.id)}{side}: {why}", None, ""


def _tell_view(view: ViewSeen) -> str | None:
    """From where the body was seen, and from where it is to be; None where that is not known."""
    if view.seen is None:
        return None
    expected = " or ".join(VIEW_TEXT[one] for one in view.expected)
    near = f", the {view.near_side} side near the camera" if view.near_side else ""
    asked = f"; the exercise is judged {expected}" if expected else ""
    return f"The camera saw the body {VIEW_TEXT[view.seen]}{near}{asked}."
