"""One set as it is remembered: made of a SetResult, kept as a row, exported.

Times of day are kept in UTC, with the minutes by which the clock was ahead of it, so that the day
is the one the person saw.
"""

from __future__ import annotations

import io
import json
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Final, Literal

from formcheck.files import spell_out
from formcheck.pose.landmarks import Side
from formcheck.result.csv_text import CsvWriter, Excel
from formcheck.result.models import SetResult, SetVerdict, Unit

Source = Literal["live", "clip"]

MIDNIGHT: Final = time()
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class PastFault:
    """How often and how long a rule failed in a set."""

    n: int
    total_s: float


@dataclass(frozen=True, slots=True)
class PastMedian:
    """A rule's median over a set."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class PastSet:
    """One set that was done, as it is remembered. Unknown is None, never NaN."""

    at: datetime
    """When it was done, on the clock of where it was done."""
    day: date
    """The person's day of practice, which may begin and end later than midnight."""
    person: str | None
    """None for nobody in particular."""
    session: str
    source: Source
    clip: str | None
    routine: str | None
    exercise: str
    side: Side | None
    start_s: float
    """From the start of the session or clip; so is ``end_s``."""
    end_s: float
    position_s: float
    good_hold_s: float
    confirmed_hold_s: float
    longest_hold_s: float
    n_reps: int
    n_good_reps: int
    target: float | None
    """What was aimed for, in ``unit``; None for an assessment."""
    unit: Unit
    completion: float
    score: float | None
    verdict: SetVerdict
    faults: dict[str, PastFault]
    """By rule; a rule without a fault is not there."""
    medians: dict[str, PastMedian]
    """By rule; a rule that could not be measured is not there."""
    measured: dict[str, float | str | None] | None
    """What an assessment read; None for what is no assessment."""

    def to_dict(self) -> dict[str, Any]:
        """What an export says of it, ready for JSON: ``at`` and ``day`` as ISO 8601."""
        # Faster than asdict, which copies every value: a history may have ten thousand sets.
        values = {name: getattr(self, name) for name in _FIELDS}
        values["at"], values["day"] = self.at.isoformat(), self.day.isoformat()
        values["faults"] = {r: {"n": f.n, "total_s": f.total_s} for r, f in self.faults.items()}
        values["medians"] = {r: {"value": m.value, "unit": m.unit} for r, m in self.medians.items()}
        return values


_FIELDS: Final = tuple(field.name for field in fields(PastSet))
COLUMNS: Final = ("at_utc", "ahead_min", *_FIELDS[2:])
"""Of a row, in their order."""
_SAME: Final = set(_FIELDS) & set(SetResult.model_fields) - {"faults", "measured", "score"}
"""What is remembered of a set as it is."""


def make_row(one: SetResult) -> dict[str, Any]:
    """What a row holds of the set itself, by column."""
    faults: dict[str, list[float]] = {}
    for fault in one.faults:
        kept = faults.setdefault(fault.rule, [0, 0.0])
        kept[0] += 1
        kept[1] = round(kept[1] + fault.end_s - fault.start_s, 3)
    medians = {r: [v.median, v.unit] for r, v in one.rules.items() if v.median is not None}
    return {
        **one.model_dump(include=_SAME, mode="json"),
        "n_reps": len(one.reps),
        "n_good_reps": sum(rep.good for rep in one.reps),
        "score": keep_finite(one.score),
        "faults": json.dumps(faults, allow_nan=False),
        "medians": json.dumps(medians, allow_nan=False),
        "measured": json.dumps(one.measured, allow_nan=False),
    }


def read_row(row: tuple[Any, ...], day_starts: time = MIDNIGHT) -> PastSet:
    """The set of a row of :data:`COLUMNS`, its day by when a day of practice begins.

    Raises:
        ValueError, TypeError, AttributeError: the row holds what was never written to it.
    """
    values = dict(zip(COLUMNS, row, strict=True))
    clock = timezone(timedelta(minutes=values.pop("ahead_min")))
    values["at"] = datetime.fromisoformat(values.pop("at_utc")).astimezone(clock)
    values["day"] = find_day(values["at"], day_starts)
    faults, medians = json.loads(values["faults"]), json.loads(values["medians"])
    values["faults"] = {rule: PastFault(*each) for rule, each in faults.items()}
    values["medians"] = {rule: PastMedian(*each) for rule, each in medians.items()}
    values["measured"] = json.loads(values["measured"])
    return PastSet(**values)


def find_day(at: datetime, day_starts: time) -> date:
    """The day of practice that a moment belongs to, on its own clock."""
    return (at - timedelta(hours=day_starts.hour, minutes=day_starts.minute)).date()


def write_json(sets: Iterable[PastSet]) -> str:
    """JSON: one object, a line for each set, exactly as they are remembered."""
    lines = [json.dumps(one.to_dict(), ensure_ascii=False, allow_nan=False) for one in sets]
    return '{"formcheck_history": 1, "sets": [\n' + ",\n".join(lines) + "\n]}\n"


def write_csv(sets: Iterable[PastSet], excel: Excel | None = None) -> str:
    """CSV for programs or an Excel: a line a set; faults, medians, what was measured are JSON."""
    text = io.StringIO()
    table = CsvWriter(text.write, excel)
    table.add(_FIELDS)
    for one in sets:
        table.add(
            json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
            for value in one.to_dict().values()
        )
    return text.getvalue()


def write_moment(moment: datetime) -> tuple[str, int]:
    """A moment in UTC, as a text that sorts by time, and the minutes its clock is ahead of UTC.

    Raises:
        ValueError: it has no time zone.
    """
    ahead = moment.utcoffset()
    if ahead is None:
        raise ValueError(f"{moment.isoformat()}: a moment needs a time zone")
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text, round(ahead.total_seconds() / 60)


def clean_name(person: str | None) -> str | None:
    """A name as it is compared: composed letters, single spaces; None for a blank one."""
    name = unicodedata.normalize("NFC", _CONTROL.sub(" ", person or ""))
    return spell_out(" ".join(name.split())) or None


def keep_finite(value: float | None) -> float | None:
    """The number; None for NaN and infinity."""
    return value if value is not None and math.isfinite(value) else None
