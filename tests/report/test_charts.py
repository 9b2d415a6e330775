"""Plots: thin enough for an hour, honest about gaps, fit for a strict page; and drawings."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.judging.rules import Outcome
from formcheck.report.charts import COLOURS, MAX_BUCKETS, Plot, draw_plot, thin
from formcheck.report.pictures import draw_figure_svg, find_mark, is_mirrored
from formcheck.report.traces import Judged, RuleSeries, Span
from tests.support.html_pages import make_series

DRAWN = [one for one in list_exercises().values() if one.figure is not None]


def make_plot(series: RuleSeries, **changes: object) -> Plot:
    plot = {"unit": "deg", "start_s": 0.0, "end_s": 10.0, "low": 80.0, "high": 105.0, **changes}
    return Plot(series, **plot)  # type: ignore[arg-type]


def test_an_hour_keeps_its_peaks_in_few_points() -> None:
    values = np.random.default_rng(1).normal(90.0, 1.0, 36_000)
    values[12_345], values[23_456] = 40.0, 140.0
    series = make_series(36_000, 0.0, 3600.0, values)
    kept = thin(series)
    assert len(kept.time_s) <= 3 * MAX_BUCKETS
    assert {kept.value.min(), kept.value.max()} == {40.0, 140.0}
    assert kept.time_s[kept.value.argmin()] == series.time_s[12_345]
    assert (np.diff(kept.time_s) > 0).all()
    assert len(draw_plot(make_plot(series, end_s=3600.0), "a-")) < 40_000


def test_a_short_series_is_kept_whole() -> None:
    series = make_series(2 * MAX_BUCKETS, 0.0, 60.0)
    assert thin(series) is series


def test_a_gap_of_one_frame_in_an_hour_still_parts_the_line() -> None:
    values = np.full(36_000, 90.0)
    values[20_000] = np.nan
    kept = thin(make_series(36_000, 0.0, 3600.0, values))
    assert np.isnan(kept.value).sum() == 1
    last = make_series(36_000, 0.0, 3600.0, np.full(36_000, np.nan))
    assert np.isnan(thin(last).value).all()


def test_a_plot_shows_band_fault_worst_moment_and_line() -> None:
    series = make_series(101, 0.0, 10.0)
    bare = draw_plot(make_plot(series), "a-")
    assert "var(--band)" in bare
    assert "var(--bad)" not in bare
    marked = make_plot(series, slack=3.0, faults=(Span(2.0, 4.0),), worst=((3.0, 100.0),))
    fault = draw_plot(marked, "a-")
    assert "var(--bad-soft)" in fault
    assert "var(--bad)" in fault
    unseen = draw_plot(make_plot(series, unseen=(Span(5.0, 6.0),)), "a-")
    assert "var(--unsure-soft)" in unseen


@pytest.mark.parametrize(
    ("outcome", "colour"),
    [(Outcome.PASS, "good"), (Outcome.FAIL, "bad"), (Outcome.UNKNOWN, "muted")],
)
def test_a_repetition_is_a_mark_of_its_outcome(outcome: Outcome, colour: str) -> None:
    nothing = make_series(0, 0.0, 1.0)
    unknown = Judged(5.0, float("nan"), Outcome.UNKNOWN)
    n_marks = []
    for judged in ((unknown,), (unknown, Judged(3.0, 90.0, outcome))):
        root = ET.fromstring(draw_plot(make_plot(replace(nothing, judged=judged)), "a-"))
        n_marks.append(sum(e.get("fill") == f"var(--{colour})" for e in root.iter("use")))
    assert n_marks[1] == n_marks[0] + 1


def test_values_that_are_not_clear_are_dashed() -> None:
    series = make_series(101, 0.0, 10.0)
    unclear = (series.time_s > 4.0) & (series.time_s < 6.0)
    mixed = RuleSeries(series.time_s, series.value, series.is_failing, unclear)
    clear, dashed = (draw_plot(make_plot(one), "a-") for one in (series, mixed))
    assert "stroke-dasharray" not in clear
    assert "stroke-dasharray" in dashed


def test_a_plot_is_the_same_each_time_and_fit_for_the_page() -> None:
    series = make_series(300, 0.0, 10.0)
    plot = make_plot(series, faults=(Span(2.0, 4.0),), worst=((3.0, 100.0),), neutral=Span(1, 2))
    text = draw_plot(plot, "a-")
    assert text == draw_plot(plot, "a-")
    root = ET.fromstring(text)
    assert not [e for e in root.iter() if "style" in e.attrib or e.tag in ("style", "metadata")]
    assert not [c for c in COLOURS if c in text], "every stand-in colour became the page's"
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert all(one.startswith("a-") for one in ids)
    assert {e.text for e in root.iter("text")} >= {"0 s", "50°"}, "text stays text"


def test_nothing_measured_is_no_error() -> None:
    nothing = make_series(3, 0.0, 1.0, [np.nan] * 3)
    assert "<svg" in draw_plot(make_plot(nothing, low=-np.inf, high=np.inf), "a-")


# --- the drawing beside a picture -----------------------------------------------------------


@pytest.mark.parametrize("exercise", DRAWN, ids=lambda one: one.id)
@pytest.mark.parametrize("mirrored", [False, True])
def test_all_of_a_figure_is_in_its_box(exercise: Exercise, mirrored: bool) -> None:
    assert exercise.figure is not None
    root = ET.fromstring(draw_figure_svg(exercise.figure, 'a <b> & "c"', mirrored=mirrored))
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    assert root.attrib["aria-label"] == 'a <b> & "c"'
    sign = -1.0 if mirrored else 1.0
    for x, y in exercise.figure.points.values():
        assert left < 100 * sign * x < left + width
        assert top < -100 * y < top + height


@pytest.mark.parametrize("exercise", DRAWN, ids=lambda one: one.id)
def test_the_mark_of_a_rule_is_a_point_of_the_figure(exercise: Exercise) -> None:
    assert exercise.figure is not None
    for rule in exercise.rules:
        mark = find_mark(rule, exercise.figure)
        assert mark is None or mark in exercise.figure.points, rule.id
        drawn = draw_figure_svg(exercise.figure, "", mark=mark)
        assert ('class="mark"' in drawn) == (mark is not None)


def test_a_figure_looks_the_way_the_person_does() -> None:
    figure = next(one.figure for one in DRAWN if one.id == "half-kneeling")
    assert figure is not None
    assert figure.near == "right", "drawn looking to the right"
    assert not is_mirrored(figure, 1.0, "right")
    assert is_mirrored(figure, -1.0, "left")
    assert is_mirrored(figure, float("nan"), "right"), "unknown: the other leg, the other way"
