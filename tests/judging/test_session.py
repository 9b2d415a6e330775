"""A session: positions entered and left, on which side, and what is one set."""

from __future__ import annotations

import pytest

from formcheck.exercises.load import load_exercise
from formcheck.judging.session import Session
from formcheck.judging.set import Set
from formcheck.judging.stay import Stay
from tests.support.builders import OUT, Tick, between, holds_of, measured, play

FRAME_S = 0.05


def ended_of(kind: type[Stay] | type[Set], ticks: list[Tick]) -> list[float]:
    """When such a thing ended, as it was told."""
    return [tick.time_s for tick in ticks for one in tick.ended if isinstance(one, kind)]


def test_the_position_is_not_entered_under_a_second() -> None:
    session, ticks = play(lambda t: {} if 2 <= t < 2.95 else OUT, until_s=6)
    assert session.sets == []
    assert not any(tick.ended for tick in ticks)


def test_moving_hips_do_not_enter_and_the_still_second_dates_the_entry() -> None:
    session, _ = play(between(0, 3, {"hip_travel_trunk": 0.2}), until_s=8)
    assert holds_of(session) == [(2.0, 8.0)]


def test_a_short_absence_does_not_end_the_stay() -> None:
    session, ticks = play(between(5, 5.6, OUT), until_s=10)
    assert holds_of(session) == [(0.0, 10.0)]
    assert ended_of(Stay, ticks) == [10.0]


def test_leaving_is_dated_back_and_a_return_within_ten_seconds_is_the_same_set() -> None:
    session, ticks = play(between(5, 9, OUT), until_s=15)
    assert len(session.sets) == 1
    assert holds_of(session) == [(0.0, pytest.approx(5 - FRAME_S)), (9.0, 15.0)]
    assert session.sets[0].position_s == pytest.approx(11 - FRAME_S)
    assert ended_of(Stay, ticks) == pytest.approx([5.65, 15.0])
    assert ended_of(Set, ticks) == [15.0]


def test_a_return_after_ten_seconds_is_another_set() -> None:
    session, _ = play(between(5, 16, OUT), until_s=20)
    assert [(s.start_s, s.end_s) for s in session.sets] == [(0.0, 4.95), (16.0, 20.0)]


@pytest.mark.parametrize(("away_s", "n_sets"), [(9.1, 1), (9.9, 1), (10.1, 2)])
@pytest.mark.parametrize("rate_hz", [10, 20])
def test_absences_under_ten_seconds_belong_to_the_set(
    away_s: float, n_sets: int, rate_hz: int
) -> None:
    """To enter takes a second, and is dated back: the set waits for one that may have begun."""
    last_s, back_s = 4.9, 4.9 + away_s
    session, ticks = play(
        lambda t: OUT if last_s + 1e-6 < t < back_s - 1e-6 else {}, until_s=20, rate_hz=rate_hz
    )
    times = [s for done in session.sets for stay in done.stays for s in (stay.start_s, stay.end_s)]
    assert times == pytest.approx([0.0, last_s, back_s, 20.0])
    assert len(session.sets) == n_sets
    assert len(ended_of(Set, ticks)) == n_sets


def test_a_set_is_over_once_nothing_can_be_dated_back_into_it() -> None:
    """Back at 9.5 s, but with hips that move: what is entered at last is another set."""

    def script(t: float) -> dict[str, float]:
        return dict(OUT) if 5 <= t < 14.5 else {"hip_travel_trunk": 0.3} if 14.5 <= t < 17 else {}

    session, _ = play(script, until_s=22)
    assert [(s.start_s, s.end_s) for s in session.sets] == [(0.0, 4.95), (16.0, 22.0)]
    whole, told = Session(session.exercise), []
    for k in range(20 * 17):
        t = round(k / 20, 6)
        ended = whole.push({"left": measured(t, script(t)), "right": measured(t, OUT)})
        told += [t for one in ended if isinstance(one, Set)]
    assert told == [pytest.approx(15.95, abs=0.06)], "a second after the last moment that counts"
    assert not whole.is_set_open


def test_changing_sides_starts_another_set() -> None:
    session, ticks = play(between(5, 7, OUT), until_s=12, left=lambda t: t < 6)
    assert [(s.side, s.start_s) for s in session.sets] == [("left", 0.0), ("right", 7.0)]
    assert ended_of(Set, ticks) == [8.0, 12.0]


def test_losing_the_person_pauses_and_counts_nothing() -> None:
    session, ticks = play(lambda t: {}, until_s=12, found=lambda t: not 4 <= t < 8)
    assert holds_of(session) == [(0.0, pytest.approx(3.95)), (8.0, 12.0)]
    assert ended_of(Stay, ticks) == pytest.approx([4.65, 12.0])


def test_a_gap_between_frames_is_not_counted() -> None:
    """Frames that stop for five seconds in the middle of a hold, as a stalled source does."""
    session = Session(play(lambda t: {}, until_s=0)[0].exercise)
    for k in range(200):
        t = k * 0.05 + (5.0 if k >= 100 else 0.0)
        session.push({"left": measured(t, {}), "right": measured(t, OUT)})
    session.finish()
    assert sum(e - s for s, e in holds_of(session)) == pytest.approx(9.9)
    assert len(session.sets) == 1
    assert session.sets[0].position_s == pytest.approx(9.9)


@pytest.mark.parametrize("gap_s", [0.8, 3.0, 40.0])
def test_a_gap_between_frames_is_no_absence(gap_s: float) -> None:
    """The same position and the same set after it, at once and without a second entering."""
    session = Session(load_exercise("half-kneeling"))
    for k in range(110):
        t = k * 0.05 + (gap_s if k >= 100 else 0.0)
        session.push({"left": measured(t, {}), "right": measured(t, OUT)})
    assert session.stay is not None
    assert session.stay.start_s == pytest.approx(5 + gap_s)
    assert session.is_set_open
    session.finish()
    assert len(session.sets) == 1


def test_who_is_gone_after_a_gap_has_left() -> None:
    session = Session(load_exercise("half-kneeling"))
    for k in range(140):
        t = k * 0.05 + (3.0 if k >= 100 else 0.0)
        session.push({"left": measured(t, {} if k < 100 else OUT), "right": measured(t, OUT)})
    session.finish()
    assert [(s.start_s, s.end_s) for s in session.sets[0].stays] == [(0.0, 4.95)]
