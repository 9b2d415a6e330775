"""Clips with spoilt bytes: a result that claims no more than the sound clip's, or one line."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from concurrent.futures import TimeoutError as TookTooLong
from pathlib import Path
from typing import Final

import av
import pytest
from pebble import ProcessExpired, ProcessPool

import formcheck
from formcheck.judging.rules import Outcome as RuleOutcome
from formcheck.result.models import Result, SetResult
from torture.cases import CASE_S, count, draw, keep, tell
from torture.damage import spoil
from torture.judged import find_faults_of_result
from torture.kinds import KINDS
from torture.worker import Outcome, analyse

SLACK_S: Final = 0.6
"""Three frames at the rate of the test: a smeared picture may be judged otherwise."""
EVERYTHING_EVERY: Final = 6
SILENT: Final = (".webm",)
"""VP8 has no checks: FFmpeg decodes any bytes, smears, and reports nothing that could be told."""
STILLS: Final = (".jpg", ".png")
"""Nothing is held in them: what can be garbage is what is said of a rule."""
ADVICE: Final = re.compile(
    r"\b(copy|record|export|save|give|name|convert|check|choose|free|analyse|use|install)\b"
)


@pytest.fixture(scope="module")
def sound(base: Path) -> Result:
    """What is said of the clip with nothing spoilt."""
    result = formcheck.analyze(base, exercise="half-kneeling", model="lite", rate_hz=5.0)
    expect_losable(result, is_still=False)
    return result


def expect_losable(sound: Result, *, is_still: bool) -> None:
    """A sound clip has something to lose: one set, part of it well done."""
    [one] = sound.sets
    if is_still:
        assert {"pass", "fail"} <= {rule.outcome for rule in one.rules.values()}
    else:
        assert 2.0 < one.good_hold_s < one.position_s - 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_spoilt_bytes(kind: str, base: Path, pool: ProcessPool, tmp_path: Path) -> None:
    make, n_full = KINDS[kind]
    clip = make(base, tmp_path)
    data, donor = clip.read_bytes(), base.read_bytes()
    sound = pool.schedule(analyse, args=(clip, False), timeout=CASE_S).result().result
    assert sound is not None
    expect_losable(sound, is_still=clip.suffix in STILLS)
    cases = {}
    for case in range(count(n_full)):
        name, spoilt = spoil(draw(kind, case), data, donor, case)
        path = tmp_path / f"case{case:03}{clip.suffix}"
        path.write_bytes(spoilt)
        wants_all = case % EVERYTHING_EVERY == 0
        cases[path] = name, pool.schedule(analyse, args=(path, wants_all), timeout=CASE_S)
    failures, said, slowest_s = [], Counter[str](), 0.0
    for path, (name, future) in cases.items():
        wrong: str | None
        try:
            outcome = future.result()
        except (TookTooLong, ProcessExpired, Exception) as error:
            wrong = f"{type(error).__name__}: {error}"
        else:
            slowest_s = max(slowest_s, outcome.took_s)
            said[outcome.result.verdict if outcome.result else "refused"] += 1
            wrong = find_fault(outcome, path, sound)
        if wrong:
            where = keep(tmp_path, path.name, path.read_bytes())
            failures.append(f"{name}: {wrong}\n    {where}")
        path.unlink()
    tell(f"{kind}: {len(cases)} cases, {dict(said)}, slowest {slowest_s:.1f} s")
    assert not failures, f"{len(failures)} of {len(cases)}:\n" + "\n".join(failures)


def find_fault(outcome: Outcome, path: Path, sound: Result) -> str | None:
    """What is wrong with what became of a spoilt clip; None for nothing."""
    if outcome.result is None:
        return find_fault_of_message(outcome.error or "", path)
    faults = find_faults_of_result(outcome.result)
    if faults:
        return "; ".join(faults)
    [whole] = sound.sets
    # A smeared picture may show the knee where it was: then it is said that there was damage.
    is_said = any(note.code == "damaged" for note in outcome.result.warnings)
    if path.suffix in STILLS:
        other = find_other_outcomes(outcome.result, whole)
        return other if other and not is_said and is_known_broken(path) else None
    is_said |= path.suffix in SILENT
    held_s = sum(one.good_hold_s for one in outcome.result.sets)
    most_s = (whole.position_s if is_said else whole.good_hold_s) + SLACK_S
    if held_s > most_s:
        return f"held {held_s:.1f} s, of {most_s:.1f} s at most: {outcome.result.to_json()}"
    return None


def find_other_outcomes(result: Result, sound: SetResult) -> str | None:
    """Rules of a spoilt still that pass or fail though those of the sound one do not."""
    found = {
        name: f"{rule.outcome}, not {sound.rules[name].outcome}"
        for one in result.sets
        for name, rule in one.rules.items()
        if rule.outcome not in (RuleOutcome.UNKNOWN, sound.rules[name].outcome)
    }
    return f"of garbage: {found}: {result.to_json()}" if found else None


def is_known_broken(picture: Path) -> bool:
    """FFmpeg can tell; what it cannot is another picture, as JPEG has no checks."""
    try:
        with av.open(str(picture)) as container:
            container.streams.video[0].codec_context.options = {"err_detect": "explode"}
            return not list(container.decode(video=0))
    except av.FFmpegError:
        return True


def find_fault_of_message(error: str, path: Path) -> str | None:
    """What is wrong with a message: it is one short line that names the clip and gives advice."""
    kind, _, text = error.partition(": ")
    if kind not in ("SourceError", "StoreError"):
        return f"not an error of the clip: {error}"
    if "\n" in text or not text.isprintable() or len(text) > 300:
        return f"not one plain line: {error!r}"
    if path.name not in text:
        return f"does not name the clip: {error}"
    if not ADVICE.search(text.partition(path.name)[2]):
        return f"does not say what to do: {error}"
    return None


def test_the_judge_of_cases_can_fail(sound: Result, tmp_path: Path) -> None:
    """What this suite looks for would be found."""
    path = tmp_path / "case000.mp4"
    good = "SourceError: case000.mp4: is not a video or picture: give a recorded video"
    assert find_fault(Outcome(None, good, 0.0), path, sound) is None
    for bad in ("ValueError: x", good.replace("give", "gave"), good.replace("case", "other"), ""):
        assert find_fault(Outcome(None, bad, 0.0), path, sound)
    assert find_fault(Outcome(sound, None, 0.0), path, sound) is None
    [one] = sound.sets
    longer = one.model_copy(update={"good_hold_s": one.good_hold_s + 1.0})
    claims_more = sound.model_copy(update={"sets": (longer,)})
    assert find_fault(Outcome(claims_more, None, 0.0), path, sound)
    still = path.with_suffix(".jpg")
    still.write_bytes(b"")
    assert find_fault(Outcome(sound, None, 0.0), still, sound) is None
    leans = one.rules["trunk_upright"].model_copy(update={"outcome": RuleOutcome.FAIL})
    other = one.model_copy(update={"rules": one.rules | {"trunk_upright": leans}})
    of_garbage = sound.model_copy(update={"sets": (other,)})
    assert "of garbage" in str(find_fault(Outcome(of_garbage, None, 0.0), still, sound))


def test_a_case_is_drawn_the_same_again(base: Path) -> None:
    data = base.read_bytes()
    for case in range(16):
        first, second = (spoil(draw("x", case), data, data, case) for _ in range(2))
        assert first == second
    drawn = [spoil(draw("x", case), data, data, case)[1] for case in range(16)]
    assert all(a != b for a, b in itertools.combinations(drawn, 2))
