"""How fast a session in a browser is, whether it agrees with analyze, and what the server costs.

    python -m benchmarks.serve              # page and server on this machine, 30 s
    python -m benchmarks.serve --clips      # every sample clip through a page, against analyze
    python -m benchmarks.serve --minutes 30 # memory, minute by minute, and the idle server's cost

The page is Chromium's without a GPU, which shows the picture at 1280x720 and sends frames as a
phone does; its camera shows a sample clip. With ``--clips`` a page without a browser sends each
frame of a clip at the clip's own time, once the one before was judged.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

import formcheck
from benchmarks.footage import SAMPLES
from benchmarks.live import tell_difference
from benchmarks.memory import read_memory_mb
from formcheck.result.models import Result
from formcheck.web.context import ServeContext
from tests.support.browsers import open_filming
from tests.support.filmed import write_film
from tests.support.filming_page import film_clip, open_client, open_page
from tests.support.media import read_frames
from tests.support.served import serve_app

MIN_HZ, MAX_P50_MS, MAX_P95_MS = 12.0, 70.0, 200.0
MOST_IDLE = 0.01
"""Of a core."""
WITHIN = 0.05
"""How far memory may be off its median, once it has settled."""
SETTLING_MIN = 6
_WARM_S = 15.0
_IDLE_S = 10.0


@contextmanager
def open_session(clip: Path) -> Iterator[Page]:
    """A page in which a session is under way, whose camera shows a clip over and over."""
    with tempfile.TemporaryDirectory() as folder:
        frames = read_frames(clip, 0, 1e9)
        film = write_film(Path(folder) / "film.mjpeg", frames, frames[-1][0] + 1 / 15)
        with serve_app(Path(folder) / "data") as context, open_filming(film) as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(context.address)
            page.wait_for_url("**/")
            page.goto(f"{context.origin}/session?exercise=half-kneeling&hold_s=600&listens=false")
            page.locator("#start:not([disabled])").click()
            while not page.evaluate("globalThis.formcheck?.stage.state?.frame"):
                page.wait_for_timeout(100)
            yield page
            page.click("button[data-key=q]")
            page.locator("#history-link:not([hidden])").wait_for()


def read_descendants_cpu_s() -> float:
    """Processor time so far of all that this process has started, theirs included."""
    parents, used = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        pid = int(path.parent.name)
        parents[pid] = int(fields[1])
        used[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_ours(pid: int) -> bool:
        while pid in parents:
            pid = parents[pid]
            if pid == os.getpid():
                return True
        return False

    return sum(cpu_s for pid, cpu_s in used.items() if is_ours(pid))


def measure_speed(seconds: float) -> bool:
    """Judged frames a second, and there and back."""
    with open_session(SAMPLES / "half-kneeling_knee-lean.mp4") as page:
        page.wait_for_timeout(1000 * _WARM_S)
        began_s, began = time.monotonic(), page.evaluate("formcheck.camera.nAnswered")
        own_s, others_s = time.process_time(), read_descendants_cpu_s()
        seen: dict[float, float] = {}
        while time.monotonic() < began_s + seconds:
            page.wait_for_timeout(2000)
            seen.update(map(tuple, page.evaluate("formcheck.camera.answers")))
        n = page.evaluate("formcheck.camera.nAnswered") - began
        rate_hz = n / (time.monotonic() - began_s)
        own_s, others_s = time.process_time() - own_s, read_descendants_cpu_s() - others_s
    times = sorted(seen.values())
    p50_ms, p95_ms = statistics.median(times), times[int(0.95 * len(times))]
    print(f"judged frames a second    {rate_hz:6.1f}   (at least {MIN_HZ:g})")
    print(f"there and back, p50, ms   {p50_ms:6.1f}   (at most {MAX_P50_MS:g})")
    print(f"there and back, p95, ms   {p95_ms:6.1f}   (at most {MAX_P95_MS:g})")
    print(
        f"processor a frame, ms     {1000 * own_s / n:6.1f}   of the server, "
        f"{1000 * others_s / n:.1f} of browser and decoder"
    )
    return rate_hz >= MIN_HZ and p50_ms <= MAX_P50_MS and p95_ms <= MAX_P95_MS


async def play_clip(context: ServeContext, clip: Path, exercise: str) -> None:
    """A session whose camera is a page that shows the clip once."""
    async with open_client(context) as client, open_page(client) as page:
        await page.hello()
        await page.say(type="start", exercise=exercise, listens=False, muted=True, mirrored=False)
        await page.wait_for(lambda one: one["type"] == "welcome" and one["session"] != "")
        last = await film_clip(page, clip)
        if last.get("type") != "over":
            await page.say(type="key", key="q")
            await page.wait_for(lambda one: one["type"] == "over")


def compare_clips(names: list[str]) -> bool:
    """Sample clips through a page, against analyze on the file, each frame judged."""
    n = n_same = 0
    print(f"{'clip':34} {'sets':>5} {'hold, s':>15}  faults")
    for clip in sorted(SAMPLES.glob("*.mp4")):
        if names and clip.stem not in names:
            continue
        exercise = clip.stem.split("_")[0]
        recorded = formcheck.analyze(clip, exercise=exercise, rate_hz=None)
        with tempfile.TemporaryDirectory() as folder, serve_app(Path(folder)) as context:
            asyncio.run(play_clip(context, clip, exercise))
            [path] = context.sessions.glob("*.json")
            live = Result.model_validate_json(path.read_text())
        why = tell_difference(live, recorded)
        n, n_same = n + 1, n_same + (why is None)
        holds = " ".join(
            f"{one.good_hold_s:.1f}/{other.good_hold_s:.1f}"
            for one, other in zip(live.sets, recorded.sets, strict=False)
        )
        faults = ", ".join(fault.rule for one in live.sets for fault in one.faults)
        told = f"   DIFFERS: {why}" if why else ""
        print(f"{clip.stem:34} {len(live.sets):>5} {holds:>15}  {faults}{told}", flush=True)
    print(f"{n_same} of {n} the same: sets, sides, repetitions, faults, holds within 0.3 s")
    return n_same == n


def measure_idle() -> float:
    """What a server that nobody asks costs, as a share of a core."""
    with tempfile.TemporaryDirectory() as folder, serve_app(Path(folder)):
        time.sleep(1)
        began_s, began = time.monotonic(), time.process_time()
        time.sleep(_IDLE_S)
        return (time.process_time() - began) / (time.monotonic() - began_s)


def watch_memory(minutes: float) -> bool:
    """The server's memory, four times a minute, and what it costs while idle."""
    idle = measure_idle()
    print(f"idle: {100 * idle:.2f} % of a core (at most {100 * MOST_IDLE:g})")
    curve: list[float] = []
    with open_session(SAMPLES / "half-kneeling_knee-lean.mp4") as page:
        for number in range(round(4 * minutes)):
            page.wait_for_timeout(15_000)
            curve.append(read_memory_mb()[0])
            speed: dict[str, Any] = page.evaluate("formcheck.camera.tellSpeed()") or {}
            print(
                f"{(number + 1) / 4:6.2f} min  {curve[-1]:7.1f} MB  "
                f"{speed.get('hz', 0):.1f} a second",
                flush=True,
            )
    settled = curve[4 * SETTLING_MIN :] or curve[len(curve) // 2 :]
    middle = statistics.median(settled)
    off = max(abs(one / middle - 1) for one in settled)
    print(f"{middle:.0f} MB in the median, at most {100 * off:.1f} % off it")
    return idle <= MOST_IDLE and off <= WITHIN


def main() -> None:
    """Measure what is asked for; exit 1 if it is not as it should be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--clips", nargs="*", help="sample clips, all by default, against analyze")
    parser.add_argument("--minutes", type=float, help="memory over so many minutes")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the speed measurement")
    given = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    start_s = time.monotonic()
    if given.clips is not None:
        is_well = compare_clips(given.clips)
    elif given.minutes is not None:
        is_well = watch_memory(given.minutes)
    else:
        is_well = measure_speed(given.seconds)
    print(f"took {time.monotonic() - start_s:.0f} s; load after: {os.getloadavg()[0]:.1f}")
    raise SystemExit(not is_well)


if __name__ == "__main__":
    main()
