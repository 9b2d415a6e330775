"""What is said of progress, in words: the same in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from formcheck.history.progress import FaultSeries, Practice, Streak
from formcheck.history.trend import (
    PAIR_DAYS,
    TREND_DAYS,
    TREND_SPAN_DAYS,
    RangeSeries,
    RangeSides,
)
from formcheck.history.week import PlanRow, PlanWeek, find_monday
from formcheck.language import phrase, translate
from formcheck.notation import tell_number, tell_plural

AIM: Final = phrase("The sources recommend daily practice over about three months.")
CAUTION: Final = (
    "Measured by a camera during exercise. For education, not a medical assessment. Stop if "
    "it hurts."
)
HOLDS: Final = (
    "Good hold: in position with every required rule met. Confirmed: every required rule was seen "
    "to be met."
)
FAULTS: Final = "Faults per minute in position"

NO_ROUTINE: Final = "No routine was done recently: compare this week with one by giving --routine."
DAYS: Final = (
    phrase("Mon"), phrase("Tue"), phrase("Wed"), phrase("Thu"), phrase("Fri"), phrase("Sat"),
    phrase("Sun"),
)  # fmt: skip
_WEEKDAYS: Final = (
    phrase("Monday"), phrase("Tuesday"), phrase("Wednesday"), phrase("Thursday"), phrase("Friday"),
    phrase("Saturday"), phrase("Sunday"),
)  # fmt: skip
_MONTHS: Final = (
    phrase("Jan"), phrase("Feb"), phrase("Mar"), phrase("Apr"), phrase("May"), phrase("Jun"),
    phrase("Jul"), phrase("Aug"), phrase("Sep"), phrase("Oct"), phrase("Nov"), phrase("Dec"),
)  # fmt: skip
_TOO_EARLY: Final = "can't tell yet"
_Change = Literal["better", "worse", "none", "unknown"]
"""``none`` if no change is clear, ``unknown`` where that cannot be told yet."""
_RANGE: Final = ("range", "more", "less")
_FAULTS: Final = ("faults", "fewer", "more")
"""What changes, and what it is called when it gets better and worse."""


def tell_day(day: date, *, year: bool = False) -> str:
    """A day, as in ``3 Nov`` or ``3 Nov 2026``."""
    month = translate(_MONTHS[day.month - 1])
    if year:
        return translate("{day} {month} {year}", day=day.day, month=month, year=day.year)
    return translate("{day} {month}", day=day.day, month=month)


def tell_today(day: date) -> str:
    """A day with its weekday, as in ``Tuesday, 3 Nov``."""
    return f"{translate(_WEEKDAYS[day.weekday()])}, {tell_day(day)}"


def name_person(person: str | None) -> str:
    """A name, or what stands for none, within a line."""
    return person or translate("nobody in particular")


def tell_person(person: str | None) -> str:
    """The same where a line begins."""
    name = name_person(person)
    return person or f"{name[0].upper()}{name[1:]}"


def tell_days(progress: Practice) -> str:
    """Days practised, and since when."""
    if progress.first_day is None:
        return "No days of practice yet."
    week = (find_monday(progress.today) - find_monday(progress.first_day)).days // 7 + 1
    since = tell_day(progress.first_day, year=True)
    return f"{tell_plural(progress.n_days, 'day')} of practice since {since}, now in week {week}."


def tell_streak(streak: Streak) -> str:
    """The days in a row, and whether today is done."""
    text = f"{tell_plural(streak.current, 'day')} in a row, {streak.longest} at best"
    if streak.today:
        return f"{text}. Today is done."
    return f"{text}. Today is still to do." if streak.current else f"{text}."


def tell_whole(plan: PlanWeek) -> str:
    """On how many days the whole routine was done."""
    so_far = [day for day in plan.days if day is not None]
    return translate("on {n} of {days} days so far", n=sum(so_far), days=len(so_far))


def tell_asked(row: PlanRow) -> str:
    """What is asked for each day, as in ``2×30 s``."""
    times = f"{row.n_sets}×" if row.n_sets > 1 else ""
    return f"{times}{row.asked / row.n_sets:g} {translate(row.unit)}"


def tell_headline(progress: Practice) -> str:
    """Whether it gets better, in a few words."""
    told = ", ".join(filter(None, (_head(*one) for one in _list_changes(progress))))
    told = told or "too early to tell"
    return told[0].upper() + told[1:]


def tell_summary(progress: Practice) -> str:
    """Whether it gets better, in one line; empty where nothing was measured."""
    return " ".join(filter(None, (_sum_up(*one) for one in _list_changes(progress))))


def _list_changes(progress: Practice) -> list[tuple[str, str, str, list[_Change]]]:
    return [
        (*_RANGE, [_judge(one) for one in progress.ranges]),
        (*_FAULTS, [_judge(one) for one in progress.faults]),
    ]


def tell_minutes(seconds: float) -> str:
    """How long something was held in all, as in ``0.5 min``: one figure wherever it stands."""
    return f"{seconds / 60:.1f} min"


def tell_rate(per_min: float | None) -> str:
    """Faults a minute; a dash for None."""
    return "-" if per_min is None else f"{per_min:.1f}"


def tell_value(value: float | None, unit: str) -> str:
    """A value with its unit, as in ``−12°`` or ``45 % thigh``; a dash for None."""
    if value is None:
        return "-"
    return tell_number(value, unit) if unit == "deg" else f"{tell_percent(value)} {unit}"


def tell_percent(share: float) -> str:
    """A share, as in ``45 %``."""
    return tell_number(100 * share, "%")


def tell_trend(series: RangeSeries | FaultSeries) -> str:
    """Whether it gets better, as in ``more, by about 14°``, or why that cannot be told."""
    trend = series.trend
    if trend.change is None and trend.n_days < TREND_DAYS:
        return f"{_TOO_EARLY}: {trend.n_days} of {TREND_DAYS} days"
    if trend.change is None:
        return f"{_TOO_EARLY}: {trend.span_days} days, {TREND_SPAN_DAYS} needed"
    if trend.direction == "none":
        return "no clear change"
    if isinstance(series, RangeSeries):
        (_, better, worse), change = _RANGE, tell_value(abs(trend.change), series.unit)
    else:
        (_, better, worse), change = _FAULTS, f"{abs(trend.change):.1f} per min"
    return f"{better if _judge(series) == 'better' else worse}, by about {change}"


def tell_sides(sides: RangeSides) -> str:
    """Which side has more range, or why that cannot be told."""
    found = sides.difference
    if found.difference is None:
        return f"{_TOO_EARLY}: {found.n_days} of {PAIR_DAYS} days with both"
    if found.direction == "none":
        return "no clear difference"
    left = (found.direction == "up") == (sides.more == 1)
    apart = tell_value(abs(found.difference), sides.unit)
    return f"{'left' if left else 'right'} has more, by about {apart}"


def _judge(series: RangeSeries | FaultSeries) -> _Change:
    direction = series.trend.direction
    if direction == "none" or direction == "unknown":
        return direction
    better = "up" if isinstance(series, RangeSeries) and series.more == 1 else "down"
    return "better" if direction == better else "worse"


def _head(what: str, better: str, worse: str, changes: Sequence[_Change]) -> str:
    """As in ``more range``; empty where nothing can be told yet."""
    words = [word for word, change in ((better, "better"), (worse, "worse")) if change in changes]
    if len(words) == 2:
        return f"{better} {what} here, {worse} there"
    if words:
        return f"{words[0]} {what}"
    return f"no clear change in {what}" if "none" in changes else ""


def _sum_up(what: str, better: str, worse: str, changes: Sequence[_Change]) -> str:
    """How many changed and how, as in ``More range in 4 of 6, less in 0, not clear in 2``."""
    if not changes:
        return ""
    if all(change == "unknown" for change in changes):
        return f"Too early to tell about {what}."
    n_better, n_worse = changes.count("better"), changes.count("worse")
    if not n_better and not n_worse:
        return f"No clear change in {what} yet."
    return (
        f"{better.capitalize()} {what} in {n_better} of {len(changes)}, {worse} in {n_worse}, "
        f"not clear in {len(changes) - n_better - n_worse}."
    )
