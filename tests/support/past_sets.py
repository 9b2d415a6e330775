"""Sets to be remembered, and other processes that remember them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from formcheck.history.store import History
from formcheck.judging.rules import Outcome
from formcheck.result.models import FaultResult, RepResult, RuleResult, SetResult

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_rule(median: float | None) -> RuleResult:
    return RuleResult(
        outcome=Outcome.UNKNOWN if median is None else Outcome.PASS, pass_s=1.0, fail_s=0.0,
        unknown_s=0.0, median=median, min=median, max=median, unit="deg", why_unknown=None,
    )  # fmt: skip


def make_fault(rule: str, start_s: float, end_s: float) -> FaultResult:
    return FaultResult(rule=rule, start_s=start_s, end_s=end_s, worst=60.0, cue="Forward")


def make_rep(start_s: float, good: bool) -> RepResult:
    return RepResult(
        start_s=start_s, peak_s=start_s + 1, end_s=start_s + 2, top_s=0.5, side=None, good=good,
        faults=() if good else ("lift",),
    )  # fmt: skip


def make_set(start_s: float = 2.9, **changes: Any) -> SetResult:
    """A set of 10.2 s, all numbers apart from each other."""
    values: dict[str, Any] = {
        "exercise": "half-kneeling", "side": "left", "start_s": start_s, "end_s": start_s + 10.2,
        "position_s": 10.1, "good_hold_s": 8.1, "confirmed_hold_s": 6.5, "longest_hold_s": 4.1,
        "holds": (), "rules": {"front_knee": make_rule(88.5), "rear_hip": make_rule(None)},
        "faults": (make_fault("front_knee", 7.0, 9.1), make_fault("front_knee", 10.0, 11.0)),
        "completion": 0.27, "score": 94.9, "verdict": "fix",
    }  # fmt: skip
    return SetResult(**{**values, **changes})


def add(history: History, one: SetResult | None = None, **changes: Any) -> None:
    values: dict[str, Any] = {
        "session": "first", "person": "Ann", "source": "live", "at": NOON, "clip": None,
        "routine": "daily-relief", "target": 30.0, "unit": "s",
    }  # fmt: skip
    history.add_set(one or make_set(), **{**values, **changes})


def add_many(history: History, n: int, *, person: str, session: str, first: int = 0) -> None:
    for i in range(first, first + n):
        at = NOON + timedelta(seconds=i)
        add(history, make_set(float(i)), person=person, session=session, at=at)


def start_process(script: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python that runs the script after its standard input is written to or closed."""
    begin = "import sys; from pathlib import Path; from tests.support.past_sets import *\n"
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", begin + script, *map(str, arguments)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def read_folder(path: Path) -> bytes:
    """All bytes of the file and of what lies beside it."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.iterdir()))


@contextmanager
def read_only(path: Path, *, folder: bool) -> Iterator[None]:
    """Neither the file nor, with ``folder``, its folder can be written, even by root."""
    path.chmod(0o444)
    path.parent.chmod(0o555 if folder else 0o777)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        path.parent.chmod(0o700)
