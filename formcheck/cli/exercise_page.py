"""An exercise as a page in the terminal: what to do, the camera, the rules and their sources."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from formcheck.cli.printing import Lines, find_width
from formcheck.defaults import STOP_AT_PAIN
from formcheck.exercises.schema import Assessment, Band, Exercise, Question, Reading, Rule
from formcheck.exercises.telling import tell_count
from formcheck.measure.registry import FROM_NEUTRAL, FROM_REST, FROM_START
from formcheck.measure.view import VIEW_TEXT, View
from formcheck.notation import UNIT_TEXT, name_words, tell_exact, tell_limits

MAX_WIDTH: Final = 100
"""Longer lines of prose are hard to read."""
CAUTION: Final = f"This is education, not a medical assessment. {STOP_AT_PAIN}"
_DURING: Final = {"top": "at the turning point of each repetition", "rep": "over each repetition"}


def _tell_band(band: Band | Reading, measure: str) -> str:
    """The band in words, with the unit of what is measured."""
    return tell_limits(band.low, band.high, find_unit(measure), tell_exact)


def find_unit(measure: str) -> str:
    """The unit of a measure: the last word of its name."""
    return measure.rpartition("_")[2]


def _name_views(views: Iterable[View]) -> str:
    """The views as a person would say them, as in ``side-on or half turned``."""
    return " or ".join(VIEW_TEXT[view] for view in views)


class Page(Lines):
    """Prints paragraphs of prose that fit the terminal."""

    def __init__(self) -> None:
        super().__init__(min(find_width() or 80, MAX_WIDTH), cuts_words=True)

    def put(self, text: str, first: str = "", rest: str | None = None, **style: bool) -> None:
        """A paragraph, however its text was broken into lines."""
        super().put(" ".join(text.split()), first, rest, **style)

    def head(self, text: str) -> None:
        """The heading of a part, after an empty line."""
        self.put("")
        self.put(text, bold=True)

    def list_sources(self, sources: Iterable[str]) -> None:
        """The part on where it comes from."""
        self.head("Sources")
        for source in sources:
            self.put(source, "  - ")

    def end(self) -> None:
        """The caution, after an empty line."""
        self.put("")
        self.put(CAUTION)


class ExercisePage(Page):
    """Prints an exercise."""

    def write(self, exercise: Exercise, *, brief: bool) -> None:
        """Print it; ``brief`` leaves out the rules and the sources."""
        self.put(f"{exercise.name} ({exercise.id})", bold=True)
        self.put(f"Counted: {tell_count(exercise)}", "  ")
        if exercise.stretched:
            self.put(f"“Left” and “right” mean the side of {exercise.stretched}.", "  ")
        self.head("What to do")
        for number, text in enumerate(exercise.instructions, start=1):
            self.put(text, f"{number:3}. ")
        self.head("Camera")
        self.put(exercise.camera, "  ")
        if exercise.views:
            self.put(f"View: {_name_views(exercise.views)}", "  ")
        if exercise.count.kind == "question":
            self._write_question(exercise.count)
        if not brief:
            if exercise.count.kind == "assessment":
                self._write_assessment(exercise.count)
            self._write_rules(exercise)
            self.list_sources(exercise.sources)
        self.end()

    def _write_question(self, question: Question) -> None:
        self.head("The question, which no camera can answer")
        self.put(question.question, "  ")
        for one in question.answers:
            self.put(f"{one.answer}: {one.meaning}", "  - ")
        self.put(question.caveat, "  ")

    def _write_assessment(self, assessment: Assessment) -> None:
        self.head("What is measured")
        for place, (name, measure) in enumerate(assessment.measures.items()):
            about = ", on which the reading is based" if place == 0 else ""
            unit = find_unit(measure)
            words = name_words(name.removesuffix(f"_{unit}"))
            self.put(f"{words}, in {UNIT_TEXT[unit].strip()} ({measure}){about}", "  - ")
        self.head("What the reading means")
        first = next(iter(assessment.measures.values()))
        for reading in assessment.readings:
            self.put(f"{_tell_band(reading, first)}: {reading.text}", "  - ")
        self.put(assessment.caveat, "  ")

    def _write_rules(self, exercise: Exercise) -> None:
        judged = [rule for rule in exercise.rules if rule.never is None]
        never = [rule for rule in exercise.rules if rule.never is not None]
        if judged:
            counted = "no repetition counts" if exercise.count.kind == "reps" else "the clock stops"
            self.head(f"Rules ({counted} while a required one fails)")
            self.put("A rule fails 3° outside its band unless it says otherwise.", "  ")
        for rule in judged:
            self._write_rule(rule)
        if exercise.needs_outline:
            own = ", ".join(name_words(r.id) for r in judged if r.measure in FROM_NEUTRAL)
            self.head("Your own neutral")
            self.put(
                f"This compares you with your own neutral: {own or 'the position'}. Stay tall and "
                "relaxed for the first two seconds in the position, or save your neutral to a "
                "file (formcheck calibrate --help) and give it with --neutral.",
                "  ",
            )
        if never:
            self.head("What no camera can judge")
        for rule in never:
            band = _tell_band(rule, rule.measure)
            self.put(f"{name_words(rule.id)}, {band}: {rule.never}", "  - ")
            self.put(f"Source: {rule.source}", "    ", dim=True)

    def _write_rule(self, rule: Rule) -> None:
        self.put(" · ".join((name_words(rule.id), *_tell_rule(rule))), "  ", "    ")
        cues = [f"“{cue}”" for cue in (rule.cue_low, rule.cue_high) if cue]
        self.put(" / ".join(cues), "    ")
        self.put(f"Source: {rule.source}", "    ", dim=True)


def _tell_rule(rule: Rule) -> Iterator[str]:
    """What a rule asks for, in parts."""
    band = _tell_band(rule, rule.measure)
    if rule.measure in FROM_NEUTRAL:
        band += " from your own neutral"
    if rule.measure in FROM_START:
        band += " from rest" if rule.measure in FROM_REST else " from where you began"
    yield band
    yield "required" if rule.required else "advice"
    if rule.may_be_unknown:
        yield "may stay unknown"
    if rule.during in _DURING:
        yield _DURING[rule.during]
    if rule.views:
        yield f"judged only {_name_views(rule.views)}"
    if rule.unclear_s is not None:
        bounds = (rule.low - rule.slack, rule.high + rule.slack)
        edges = " and ".join(tell_exact(edge, rule.unit) for edge in bounds if math.isfinite(edge))
        yield f"not clear up to {edges}"
    elif rule.slack != type(rule).model_fields["slack"].default:
        how = tell_exact(rule.slack, rule.unit) if rule.slack else "at once"
        yield f"fails {how} outside"
