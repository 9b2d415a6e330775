"""What is said of progress, in words: the same in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from formcheck.history.progress import FaultSeries, Progress, Streak
from formcheck.history.ranges import RangeSeries, RangeSides
from formcheck.history.trend import PAIR_DAYS, TREND_DAYS, TREND_SPAN_DAYS, Trend
from formcheck.history.week import PlanRow, PlanWeek, find_monday

AIM: Final = "The sources ask for daily practice over about three months."
CAUTION: Final = (
    "Measured by a camera, in training: education, not a medical assessment. Stop at pain."
)
HOW_TO_FILL: Final = (
    "`formcheck live` remembers each set; `formcheck analyze CLIP --remember` those of a clip."
)

NO_ROUTINE: Final = "No routine was led of late: hold this week against one with --routine."
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TOO_EARLY: Final = "can't tell yet"


def tell_day(day: date, *, year: bool = False) -> str:
    """A day, as in ``3 Nov`` or ``3 Nov 2026``."""
    return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"


def tell_person(person: str | None) -> str:
    """A name, or what stands for none."""
    return person or "Nobody in particular"


def tell_days(progress: Progress) -> str:
    """Days practised, and since when."""
    if progress.first_day is None:
        return "No day of practice yet."
    week = (find_monday(progress.today) - find_monday(progress.first_day)).days // 7 + 1
    since = tell_day(progress.first_day, year=True)
    return f"{_count(progress.n_days, 'day')} of practice since {since}, now in week {week}."


def tell_streak(streak: Streak) -> str:
    """The days in a row, and whether today is done."""
    text = f"{_count(streak.current, 'day')} in a row, {streak.longest} at most"
    if streak.today:
        return f"{text}. Today is done."
    return f"{text}. Today is still to do." if streak.current else f"{text}."


def tell_whole(plan: PlanWeek) -> str:
    """On how many days the whole routine was done."""
    so_far = [day for day in plan.days if day is not None]
    return f"on {sum(so_far)} of {len(so_far)} days so far"


def tell_asked(row: PlanRow) -> str:
    """What is asked for each day, as in ``2×30 s``."""
    times = f"{row.n_sets}×" if row.n_sets > 1 else ""
    return f"{times}{row.asked / row.n_sets:g} {row.unit}"


def tell_headline(progress: Progress) -> str:
    """Whether it gets better, in a few words."""
    parts = [
        _head(what, better, worse, texts)
        for what, better, worse, texts in (
            ("range", "more", "less", [tell_range(one) for one in progress.ranges]),
            ("faults", "fewer", "more", [tell_faults(one) for one in progress.faults]),
        )
    ]
    told = ", ".join(filter(None, parts)) or "too early to tell"
    return told[0].upper() + told[1:]


def tell_summary(progress: Progress) -> str:
    """Whether it gets better, in one line; empty where nothing was measured."""
    ranges = [tell_range(one) for one in progress.ranges]
    faults = [tell_faults(one) for one in progress.faults]
    told = (("range", ("more", "less"), ranges), ("faults", ("fewer", "more"), faults))
    return " ".join(_sum_up(what, words, texts) for what, words, texts in told if texts)


def tell_value(value: float | None, unit: str) -> str:
    """A value with its unit, as in ``12°`` or ``45 % thigh``; a dash for None."""
    if value is None:
        return "-"
    if unit == "deg":
        return f"{_round(value, 0):.0f}°"
    return f"{_round(100 * value, 0):.0f} % {unit}"


def tell_range(series: RangeSeries) -> str:
    """Whether there is more range or less, or why that cannot be told."""
    trend = series.trend
    if trend.change is None:
        return _tell_too_few(trend)
    if trend.direction == "none":
        return "no clear change"
    more = (trend.direction == "up") == (series.more == 1)
    change = tell_value(abs(trend.change), series.unit)
    return f"{'more' if more else 'less'}, by about {change}"


def tell_faults(series: FaultSeries) -> str:
    """Whether there are fewer faults or more, or why that cannot be told."""
    trend = series.trend
    if trend.change is None:
        return _tell_too_few(trend)
    if trend.direction == "none":
        return "no clear change"
    word = "more" if trend.direction == "up" else "fewer"
    return f"{word}, by about {abs(trend.change):.1f} a min"


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


def tell_rule(rule: str | None) -> str:
    """A rule's id as words; a dash for none."""
    return "-" if rule is None else rule.replace("_", " ").replace("-", " ")


def _head(what: str, better: str, worse: str, texts: Sequence[str]) -> str:
    """As in ``more range``; empty where nothing can be told yet."""
    known = [text for text in texts if not text.startswith(_TOO_EARLY)]
    words = [word for word in (better, worse) if any(t.startswith(f"{word},") for t in known)]
    if len(words) == 2:
        return f"{better} {what} here, {worse} there"
    return f"{words[0]} {what}" if words else f"no clear change of {what}" if known else ""


def _sum_up(what: str, words: tuple[str, str], texts: Sequence[str]) -> str:
    """How many changed and how, as in ``More range in 4 of 6, less in 0, not clear in 2``."""
    if all(text.startswith(_TOO_EARLY) for text in texts):
        return f"Too early to tell about {what}."
    better, worse = (sum(text.startswith(f"{word},") for text in texts) for word in words)
    if not better and not worse:
        return f"No clear change of {what} yet."
    return (
        f"{words[0].capitalize()} {what} in {better} of {len(texts)}, {words[1]} in {worse}, "
        f"not clear in {len(texts) - better - worse}."
    )


def _tell_too_few(trend: Trend) -> str:
    if trend.n_days < TREND_DAYS:
        return f"{_TOO_EARLY}: {trend.n_days} of {TREND_DAYS} days"
    return f"{_TOO_EARLY}: {trend.span_days} days, {TREND_SPAN_DAYS} needed"


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _round(value: float, digits: int) -> float:
    """Rounded, and never minus nought."""
    return round(value, digits) + 0.0
