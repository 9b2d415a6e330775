"""What holds of every Result, whatever was judged."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any, Final

from formcheck.result.models import Result, SetResult

SLACK_S: Final = 0.0015
"""Seconds are rounded to thousandths."""


def find_faults_of_result(result: Result) -> list[str]:
    """What no Result may say; nothing for a sound one."""
    found = [f"{result.to_json()} is not read back"] if not _comes_back(result) else []
    found += [f"a number that is none: {path}" for path in _find_strange(result)]
    if result.frames_with_pose > result.frames_analyzed or result.frames_analyzed > result.frames:
        found.append(
            f"{result.frames_with_pose} poses of {result.frames_analyzed} of {result.frames} frames"
        )
    for before, after in itertools.pairwise(result.sets):
        if after.start_s < before.end_s - SLACK_S:
            found.append(f"sets overlap: {before.end_s} and {after.start_s}")
    for one in result.sets:
        found += _find_faults_of_set(one, result.duration_s)
    if not result.sets and result.verdict != "not_seen":
        found.append(f"{result.verdict} of nothing")
    if result.verdict == "pass" and any(one.verdict != "pass" for one in result.sets):
        found.append("passed with a set that did not")
    return found


def _find_faults_of_set(one: SetResult, duration_s: float) -> list[str]:
    found = []
    if not -SLACK_S <= one.start_s <= one.end_s <= duration_s + SLACK_S:
        found.append(f"set from {one.start_s} to {one.end_s} of {duration_s} s")
    held = (0.0, one.confirmed_hold_s, one.good_hold_s, one.position_s, one.end_s - one.start_s)
    for less, more in itertools.pairwise(held):
        if less > more + SLACK_S:
            found.append(f"more confirmed than good than in position than there is: {held[1:]}")
    inside_s = one.start_s
    for hold in one.holds:
        if not inside_s - SLACK_S <= hold.start_s <= hold.end_s <= one.end_s + SLACK_S:
            found.append(f"hold from {hold.start_s} to {hold.end_s}")
        inside_s = hold.end_s
    longest_s = max((hold.end_s - hold.start_s for hold in one.holds), default=0.0)
    if one.longest_hold_s > longest_s + SLACK_S:
        found.append(f"longest hold {one.longest_hold_s}, of {longest_s}")
    for rep in one.reps:
        if (
            not one.start_s - SLACK_S
            <= rep.start_s
            <= rep.peak_s
            <= rep.end_s
            <= one.end_s + SLACK_S
        ):
            found.append(f"repetition from {rep.start_s} over {rep.peak_s} to {rep.end_s}")
    if one.score is not None and not 0 <= one.score <= 100:
        found.append(f"score {one.score}")
    if not 0 <= one.completion <= 1:
        found.append(f"completion {one.completion}")
    if one.verdict == "pass" and one.faults:
        found.append("passed with a fault")
    return found


def _comes_back(result: Result) -> bool:
    return Result.model_validate_json(result.to_json()) == result


def _find_strange(result: Result) -> list[str]:
    """Places of numbers that are not finite, which JSON does not know."""

    def refuse(text: str) -> float:
        raise ValueError(text)

    try:
        plain = json.loads(result.to_json(), parse_constant=refuse)
    except ValueError as error:
        return [str(error)]
    return [where for where, value in _walk(plain, "") if not math.isfinite(value)]


def _walk(value: Any, where: str) -> list[tuple[str, float]]:
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in _walk(one, f"{where}.{key}")]
    if isinstance(value, list):
        return [found for k, one in enumerate(value) for found in _walk(one, f"{where}.{k}")]
    return [(where, value)] if isinstance(value, float) else []
