"""Clips whose times repeat, jump or are missing: no second is counted that was not shown."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from pebble import ProcessPool

from formcheck.result.models import Result
from formcheck.video.clip import Clip
from torture.cases import CASE_S, count, draw, keep, tell
from torture.containers import WRITERS, encode_jpeg, write_matroska, write_mp4
from torture.judged import find_faults_of_result
from torture.kinds import FRAME_S, encode, read_images
from torture.test_clips import SLACK_S, find_fault_of_message
from torture.worker import Outcome, analyse

Rng = np.random.Generator
Times = Callable[[Rng, int], list[int]]
"""How many pictures to the presentation time of each, ms."""
STEP_MS: Final = round(1000 * FRAME_S)
GAP_MS: Final = 1000
"""Over a longer step nobody looks, and nothing is held."""
N_EACH: Final = 6
HOUR_MS: Final = 3_600_000


def at_rate(rng: Rng, n: int) -> list[int]:
    return [STEP_MS * k for k in range(n)]


def repeated(rng: Rng, n: int) -> list[int]:
    """Some pictures have the time of the one before."""
    goes_on = rng.random(n) > rng.uniform(0.05, 0.9)
    return [STEP_MS * int(k) for k in np.cumsum(goes_on)]


def backward(rng: Rng, n: int) -> list[int]:
    """The clock is set back now and then, never to before zero."""
    set_back = rng.random(n) < 0.1
    back_ms = np.cumsum(set_back * rng.integers(0, 40 * STEP_MS, n))
    return [int(STEP_MS * k + back_ms[-1] - back) for k, back in enumerate(back_ms)]


def shuffled(rng: Rng, n: int) -> list[int]:
    """Times in no order."""
    return [STEP_MS * int(k) for k in rng.permutation(n)]


def negative(rng: Rng, n: int) -> list[int]:
    """The clip begins before zero."""
    begin_ms = -int(10 ** rng.uniform(1, 8))
    return [begin_ms + STEP_MS * k for k in range(n)]


def jumping(rng: Rng, n: int) -> list[int]:
    """Hours pass between two pictures."""
    jumps = (rng.random(n) < 0.08) * rng.integers(2000, 5 * HOUR_MS, n)
    return [int(STEP_MS * k + jump) for k, jump in enumerate(np.cumsum(jumps))]


def out_of_range(rng: Rng, n: int) -> list[int]:
    """Times as large as the numbers of the file."""
    begin_ms = int(rng.choice([2**31 - 1000, 2**32, 2**40, -(2**40)]))
    return [begin_ms + STEP_MS * k for k in range(n)]


def variable(rng: Rng, n: int) -> list[int]:
    """As phones record: the rate changes with the light."""
    steps_ms = STEP_MS * rng.uniform(0.2, 2.5, n)
    return [int(t) for t in np.cumsum(np.maximum(1, steps_ms))]


def crowded(rng: Rng, n: int) -> list[int]:
    """All pictures within a few milliseconds."""
    return list(range(n))


def stretched(rng: Rng, n: int) -> list[int]:
    """Seconds between one picture and the next: nobody knows what was between them."""
    return [int(t) for t in np.cumsum(rng.integers(1500, 60_000, n))]


KINDS: Final[tuple[Times, ...]] = (
    at_rate, repeated, backward, shuffled, negative, jumping, out_of_range, variable,
    crowded, stretched,
)  # fmt: skip


@pytest.fixture(scope="module")
def jpegs(base: Path) -> list[bytes]:
    """The pictures of the base clip, each coded by itself: any may go, and any may come first."""
    return [encode_jpeg(image) for image in read_images(base)]


def count_seconds(times_ms: Sequence[int]) -> float:
    """Time that pictures cover, of those whose time goes on from all before them.

    What comes before zero counts as if its times were known, which FFmpeg does not tell of
    Matroska: more is not shown.
    """
    shown_ms = [t for k, t in enumerate(times_ms) if k == 0 or t > max(times_ms[:k])]
    steps_ms = [after - before for before, after in itertools.pairwise(shown_ms)]
    return sum(step for step in steps_ms if step <= GAP_MS) / 1000


def find_fault(result: Result, times_ms: Sequence[int]) -> str | None:
    faults = find_faults_of_result(result)
    held_s = sum(one.good_hold_s for one in result.sets)
    shown_s = count_seconds(times_ms)
    if held_s > shown_s + SLACK_S:
        faults.append(f"held {held_s} s of {shown_s} s that are shown")
    return "; ".join(faults) or None


@pytest.mark.parametrize("suffix", WRITERS)
def test_times_that_cannot_be(
    jpegs: list[bytes], pool: ProcessPool, tmp_path: Path, suffix: str
) -> None:
    failures, said, cases = [], dict[str, list[str]](), {}
    for kind, case in itertools.product(KINDS, range(count(N_EACH))):
        times_ms = kind(draw(f"{kind.__name__}{suffix}", case), len(jpegs))
        path = tmp_path / f"{kind.__name__}{case}{suffix}"
        path.write_bytes(WRITERS[suffix](jpegs, times_ms))
        future = pool.schedule(analyse, args=(path, case == 1), timeout=CASE_S)
        cases[path] = kind.__name__, times_ms, future
    for path, (name, times_ms, future) in cases.items():
        try:
            outcome = future.result()
            if outcome.result is None:
                wrong = find_fault_of_message(outcome.error or "", path)
            else:
                wrong = find_fault(outcome.result, times_ms)
            word = outcome.result.verdict if outcome.result else "refused"
            said.setdefault(name, []).append(word)
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            failures.append(f"{wrong}\n    {keep(tmp_path, path.name, path.read_bytes())}")
    tell(f"times in {suffix}: {said}")
    assert not failures, f"{len(failures)}:\n" + "\n".join(failures)
    assert said["at_rate"].count("pass") == count(N_EACH)


def judge(pool: ProcessPool, path: Path, *, everything: bool = False) -> Result:
    outcome: Outcome = pool.schedule(analyse, args=(path, everything), timeout=CASE_S).result()
    assert outcome.result is not None, outcome.error
    return outcome.result


def test_two_recordings_behind_each_other(base: Path, pool: ProcessPool, tmp_path: Path) -> None:
    """What a broken recorder writes: the clock begins anew in the middle of the file."""
    images = read_images(base)
    once = encode(tmp_path / "once.ts", images, "libx264", "yuv420p", form="mpegts")
    twice = tmp_path / "twice.ts"
    twice.write_bytes(2 * once.read_bytes())
    result = judge(pool, twice)
    assert find_fault(result, 2 * at_rate(draw("x", 0), len(images))) is None
    assert "bad_times" in [note.code for note in result.warnings]


def test_a_stream_without_any_times(
    base: Path, jpegs: list[bytes], pool: ProcessPool, tmp_path: Path
) -> None:
    bare = encode(tmp_path / "bare.h264", read_images(base), "libx264", "yuv420p", form="h264")
    pictures = tmp_path / "bare.mjpeg"
    pictures.write_bytes(b"".join(jpegs))
    result = judge(pool, bare)
    assert find_fault(result, at_rate(draw("x", 0), len(jpegs))) is None
    assert result.frames == len(jpegs)
    film = judge(pool, pictures)
    assert film.frames == len(jpegs)
    assert film.duration_s == pytest.approx((len(jpegs) - 1) / 25, abs=0.1)
    for one in (result, film):
        assert "rate_guessed" in [note.code for note in one.warnings]


def test_the_video_of_a_clip_that_jumps_by_months(
    jpegs: list[bytes], pool: ProcessPool, tmp_path: Path
) -> None:
    path = tmp_path / "months.mp4"
    month_ms = 30 * 24 * HOUR_MS
    path.write_bytes(write_mp4(jpegs[:8], [month_ms * max(0, k - 2) + 67 * k for k in range(8)]))
    judge(pool, path, everything=True)


@pytest.mark.parametrize("kind", [crowded, stretched])
def test_the_judge_of_times_can_fail(
    kind: Times, jpegs: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times that are made up from the place of a picture are found out."""
    times_ms = kind(np.random.default_rng(3), len(jpegs))
    path = tmp_path / "clip.mkv"
    path.write_bytes(write_matroska(jpegs, times_ms))
    result = analyse(path, everything=False).result
    assert result is not None
    assert find_fault(result, times_ms) is None

    def make_up(clip: Clip, container: Any, stream: Any) -> Iterator[tuple[int, float, Any]]:
        for k, picture in enumerate(clip._pictures(container, stream)):
            clip.n_decoded = k + 1
            yield k, k * FRAME_S, picture

    monkeypatch.setattr(Clip, "_timed", make_up)
    result = analyse(path, everything=False).result
    assert result is not None
    assert "that are shown" in str(find_fault(result, times_ms))
