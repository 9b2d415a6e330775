"""What scoring many clips costs: clips an hour, against the naive loop, on one core and on two.

    python -m benchmarks.batch [--rates [FOLDER]]

Everything is measured in one run on the same clips: samples as a phone records them, at 30 frames a
second and 720 lines with noise, each linked many times. Exits 1 when a limit is missed. With
``--rates`` it prints instead what the rate of analysis changes, on all clips of a folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.footage import SAMPLES, write_footage
from benchmarks.memory import read_memory_mb
from formcheck.app.batch.job import ClipOutcome, Job, Known, Options, name_job
from formcheck.app.batch.journal import Journal
from formcheck.app.batch.run import run_batch
from formcheck.app.batch.work import score
from formcheck.result.models import Result

CLIPS = ("half-kneeling_tuck", "donkey-kick_good", "standing-stretch_good", "prayer-squat_depth")
N_LINKS = 16
N_ROUNDS = 2
"""The fastest counts: the others were disturbed."""
N_ROWS = 10_000
RESULT = "result.json"
RATES_HZ = (5.0, 8.0, 10.0, 15.0, None)

MIN_AGAINST_NAIVE = 5.0
MIN_TWO_JOBS = 1.8
MIN_FROM_POSES = 1000.0
MAX_PARENT_MB = 300.0
MAX_ROW_MS = 1.0


def link(clips: Sequence[Path], folder: Path, n_links: int) -> list[Job]:
    folder.mkdir()
    jobs = []
    for k in range(n_links):
        place = folder / f"{k:03d}.mp4"
        place.symlink_to(clips[k % len(clips)].resolve())
        jobs.append(Job(str(place), place.name))
    return jobs


@dataclass(frozen=True)
class Timed:
    """How long a batch took."""

    rate: float
    """Seconds of video scored a second, once the workers have started."""
    results: list[Result]

    @property
    def clip_s(self) -> float:
        """Seconds of video scored."""
        return sum(result.duration_s for result in self.results)


def time_batch(jobs: Sequence[Job], out: Path, n_jobs: int, options: Options) -> Timed:
    """A whole run, timed from when each worker has done its first clip; its results in order."""
    done_s: list[float] = []

    def note(done: int, total: int, failure: str | None) -> None:
        check(done, total, failure)
        done_s.append(time.perf_counter())

    run_batch(jobs, options, out=out, n_jobs=n_jobs, resume=False, progress=note)
    with Journal(out.with_name(f"{out.name}.journal.sqlite3")) as journal:
        kept = [journal.find(name_job(job)) for job in jobs]
    results = [one.result for one in kept if one is not None and one.result is not None]
    timed = Timed(0.0, [Result.model_validate_json(result) for result in results])
    share = (len(jobs) - n_jobs) / len(jobs)
    return replace(timed, rate=share * timed.clip_s / (done_s[-1] - done_s[n_jobs - 1]))


def check(done: int, total: int, failure: str | None) -> None:
    """Nothing is worth measuring once a clip failed."""
    if failure is not None:
        sys.exit(failure)


def describe(result: Result) -> tuple[Any, ...]:
    """Its verdicts: what was done, on which side, how well, and with which faults."""
    sets = tuple(
        (one.exercise, one.side, one.verdict, tuple(sorted({f.rule for f in one.faults})))
        for one in result.sets
    )
    return result.exercise, result.verdict, sets


def time_poses(jobs: Sequence[Job], options: Options, exercises: Sequence[str]) -> float:
    """Seconds of video judged a second, by one process that has all poses."""
    asked = [
        replace(job, exercise=exercises[k % len(exercises)]) if exercises else job
        for k, job in enumerate(jobs)
    ]
    score(asked[0], options)  # what is read once is not what is measured
    started_s = time.perf_counter()
    texts = [score(job, options).result for job in asked]
    took_s = time.perf_counter() - started_s
    return sum(Result.model_validate_json(text).duration_s for text in texts if text) / took_s


def stand_in(job: Job, options: Options, known: Known | None) -> ClipOutcome:
    """A result without a look at any clip: what is left is what the parent costs."""
    assert options.poses_dir is not None
    return ClipOutcome("key", read_result(options.poses_dir), None)


@cache
def read_result(folder: str) -> str:
    """What the stand-in finds in the folder that the options name; read once a process."""
    return (Path(folder) / RESULT).read_text()


def time_parent(folder: Path, result: Result) -> tuple[float, float]:
    """Milliseconds of the parent's own a row, and the most memory it had, in MB.

    In a process of its own: this one has held pictures.
    """
    given = folder / RESULT
    given.write_text(result.to_json())
    command = [sys.executable, "-m", "benchmarks.batch", "--parent", str(given)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    row_ms, parent_mb = map(float, ended.stdout.split())
    return row_ms, parent_mb


def be_parent(given: Path) -> None:
    """Hand out clips that cost nothing, and tell what that costs."""
    jobs = [Job(f"clip {k}", f"clip {k}") for k in range(N_ROWS)]
    options = Options(poses_dir=str(given.parent))
    started_s = time.process_time()
    run_batch(jobs, options, out=given.with_name("rows.csv"), n_jobs=2, score=stand_in)
    cost_s = time.process_time() - started_s
    print(1000 * cost_s / N_ROWS, read_memory_mb()[1])


@contextmanager
def doing(console: Console, what: str) -> Iterator[None]:
    started_s = time.perf_counter()
    yield
    console.print(f"  {what}: {time.perf_counter() - started_s:.0f} s", style="dim")


def measure(console: Console, folder: Path) -> bool:
    """Everything but the rates; True if all limits are met."""
    from benchmarks.naive import time_detection  # not in the parent whose memory is measured

    clips = [folder / f"{name}.mp4" for name in CLIPS]
    with doing(console, f"{len(clips)} clips made"):
        for name, clip in zip(CLIPS, clips, strict=True):
            write_footage(clip, [SAMPLES / f"{name}.mp4"])
    with doing(console, "every frame, for its verdicts"):
        each = time_batch(link(clips, folder / "each", len(clips)), folder / "each.csv", 2,
                          Options(rate_hz=None))  # fmt: skip
    jobs = link(clips, folder / "links", N_LINKS)
    naive, rates = 0.0, [0.0, 0.0]
    for k in range(N_ROUNDS):
        with doing(console, f"round {k + 1}: naive loop, one job, two jobs"):
            started_s = time.perf_counter()
            for clip in clips:
                time_detection(clip, masks=True)
            naive = max(naive, each.clip_s / (time.perf_counter() - started_s))
            one = time_batch(jobs, folder / "one.csv", 1, Options())
            two = time_batch(jobs, folder / "two.csv", 2, Options())
            rates = [max(rates[0], one.rate), max(rates[1], two.rate)]
    kept = Options(poses_dir=str(folder / "poses"))
    with doing(console, "poses kept, and judged again"):
        time_batch(jobs, folder / "poses.csv", 2, kept)
        exercises = [name.partition("_")[0] for name in CLIPS]
        given, auto = time_poses(jobs, kept, exercises), time_poses(jobs, kept, ())
    with doing(console, f"{N_ROWS} rows"):
        row_ms, parent_mb = time_parent(folder, two.results[0])
    unchanged = (
        all(
            describe(result) == describe(each.results[k % len(clips)])
            for k, result in enumerate(two.results)
        )
        and (folder / "one.csv").read_bytes() == (folder / "two.csv").read_bytes()
    )
    mean_s = two.clip_s / len(jobs)
    rows = [
        ("naive loop, seconds of video a second", f"{naive:.2f}", "", True),
        ("one job", f"{rates[0]:.2f}", "", True),
        ("two jobs", f"{rates[1]:.2f}", "", True),
        (f"clips of {mean_s:.0f} s an hour, two jobs", f"{3600 * rates[1] / mean_s:.0f}", "", True),
        ("two jobs against the naive loop", f"{rates[1] / naive:.2f} x",
         f">= {MIN_AGAINST_NAIVE:g} x", rates[1] / naive >= MIN_AGAINST_NAIVE),
        ("two jobs against one", f"{rates[1] / rates[0]:.2f} x", f">= {MIN_TWO_JOBS:g} x",
         rates[1] / rates[0] >= MIN_TWO_JOBS),
        ("verdicts as at every frame, same bytes", "yes" if unchanged else "NO", "yes", unchanged),
        ("from poses, exercise given, one process", f"{given:.0f} x real time",
         f">= {MIN_FROM_POSES:g} x", given >= MIN_FROM_POSES),
        ("from poses, auto, one process", f"{auto:.0f} x real time", "", True),
        ("parent, a row", f"{row_ms:.2f} ms", f"< {MAX_ROW_MS:g} ms", row_ms < MAX_ROW_MS),
        ("parent, memory", f"{parent_mb:.0f} MB", f"< {MAX_PARENT_MB:g} MB",
         parent_mb < MAX_PARENT_MB),
    ]  # fmt: skip
    table = Table("what", "measured", "limit")
    for what, measured, limit, is_met in rows:
        table.add_row(what, measured, limit if is_met else f"[red]{limit}: missed")
    console.print(table)
    return all(row[-1] for row in rows)


def compare_rates(console: Console, folder: Path, work: Path) -> None:
    """What each rate changes against every frame, as a table in Markdown."""
    clips = sorted(folder.glob("*.mp4"))
    jobs = link(clips, work / "links", len(clips))
    found: dict[float | None, Timed] = {}
    for rate_hz in RATES_HZ:
        name = "every frame" if rate_hz is None else f"{rate_hz:g} Hz"
        with doing(console, name):
            options = Options(rate_hz=rate_hz)
            found[rate_hz] = time_batch(jobs, work / f"{name}.csv", 2, options)
    every = found[None].results
    told = []
    print("\n| rate | clips | verdict | side | faults | median s | 90 % | most | video s a s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for rate_hz, timed in found.items():
        pairs = list(zip(clips, timed.results, every, strict=True))
        told += [
            f"{rate_hz:g} Hz, {clip.name}: {describe(one)} in place of {describe(other)}"
            for clip, one, other in pairs
            if rate_hz is not None and describe(one) != describe(other)
        ]
        print(
            "| " + ("every frame" if rate_hz is None else f"{rate_hz:g} Hz") + f" | {len(pairs)} | "
            + " | ".join(_compare(pairs)) + f" | {timed.rate:.1f} |"
        )  # fmt: skip
    print("\nDifferent: " + ("\n".join(told) or "none"))


def _compare(pairs: Sequence[tuple[Path, Result, Result]]) -> Iterator[str]:
    """Clips with another verdict, side or fault, and how far off the held seconds are."""
    yield str(sum((a.exercise, a.verdict) != (b.exercise, b.verdict) for _, a, b in pairs))
    yield str(sum([s.side for s in a.sets] != [s.side for s in b.sets] for _, a, b in pairs))
    yield str(sum(describe(a)[2] != describe(b)[2] for _, a, b in pairs))
    off_s = [
        abs(sum(s.good_hold_s for s in a.sets) - sum(s.good_hold_s for s in b.sets))
        for _, a, b in pairs
    ]
    for share in (50, 90, 100):
        yield f"{np.percentile(off_s, share):.2f}"


def main() -> int:
    """Run from the command line; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rates", nargs="?", type=Path, const=SAMPLES, metavar="FOLDER")
    parser.add_argument("--parent", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.parent is not None:
        be_parent(options.parent)
        return 0
    console = Console(width=100)
    load = os.getloadavg()[0]
    console.print(f"{os.cpu_count()} cores; {load:.1f} others were at work when this began")
    with tempfile.TemporaryDirectory() as folder:
        if options.rates is not None:
            compare_rates(console, options.rates, Path(folder))
            return 0
        return 0 if measure(console, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
