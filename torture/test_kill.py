"""Killed without warning at any moment: what is there is whole, and the next run goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from formcheck.history.store import History
from tests.support.media import read_frames, write_clip
from tests.support.stream import StreamProcess
from torture.cases import SEED, count, draw, tell
from torture.killing import Moments, kill_at
from torture.outputs import find_fault_of_file, find_faults_of_folder
from torture.run import QUICK, run

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")

N_ANALYZE, N_BATCH, N_LIVE = 20, 15, 15
"""Kills of each; in chains, so that a run goes on from what the killed one before it left."""
CHAIN: Final = 4
WHOM: Final = ("all", "parent", "worker")
Arguments = list[str | Path]


@dataclass(frozen=True, slots=True)
class Sound:
    """What comes of the clips with nobody in the way."""

    folder: Path
    analyze_s: float
    batch_s: float


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all commands work, so that what libraries keep for themselves is made once."""
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def clips(base: Path, place: Path) -> list[Path]:
    """Three clips that differ."""
    folder = place / "clips"
    folder.mkdir()
    frames = read_frames(base, 0.0, 9.0)
    return [
        write_clip(folder / f"{name}.mp4", frames[: len(frames) - 4 * k], with_audio=True)
        for k, name in enumerate("abc")
    ]


@pytest.fixture(scope="module")
def sound(clips: list[Path], place: Path) -> Sound:
    to = place / "sound"
    complete(list_analysis(clips[0], place / "first"), place)  # fonts are looked for
    analyze_s = complete(list_analysis(clips[0], to), place)
    batch_s = complete(list_batch(clips, to, ".csv"), place)
    complete(list_batch(clips, to, ".parquet"), place)
    return Sound(to, analyze_s, batch_s)


def list_analysis(clip: Path, to: Path) -> Arguments:
    return ["analyze", clip, *QUICK, "--out", to / "out", "--remember", "--data", to / "data"]


def list_batch(clips: list[Path], to: Path, ending: str) -> Arguments:
    where: Arguments = [
        "--out",
        to / f"results{ending}",
        "--poses",
        to / "poses",
        "--report",
        to / "pages",
    ]
    return ["batch", *clips, *QUICK, "--jobs", "2", *where]


def complete(arguments: Arguments, folder: Path) -> float:
    """Run a command to its end, all going well; how many seconds it took."""
    done = run(*arguments, folder=folder)
    assert (done.code, done.stderr) == (0, ""), done
    return done.took_s


def expect_whole(folder: Path, moments: Moments) -> None:
    faults = find_faults_of_folder(folder)
    assert not faults, f"{moments}: {faults} (TORTURE_SEED={SEED})"


def hit_often(n: int, kill: Callable[[int], bool]) -> None:
    """Kill until so many were at work when their moment came."""
    hits = 0
    for attempt in range(4 * n):
        hits += kill(attempt)
        if hits == n:
            return
    pytest.fail(f"{hits} of {n} were at work when their moment came")


def test_analyze(sound: Sound, clips: list[Path], place: Path) -> None:
    """Every second chain replaces other files too, and keeps the poses."""
    moments = Moments("analyze", sound.analyze_s)
    for chain in range(max(1, count(N_ANALYZE) // CHAIN)):
        to = place / f"analyze{chain}"
        arguments = list_analysis(clips[0], to)
        if chain % 2:
            arguments += ["--force", "--json", to / "r.json", "--poses", to / "p.npz"]

        def kill(_: int, to: Path = to, arguments: Arguments = arguments) -> bool:
            hit = kill_at(moments, *arguments, folder=place)
            expect_whole(to, moments)
            return hit

        hit_often(min(CHAIN, count(N_ANALYZE)), kill)
        complete(arguments, place)
        expect_whole(to, moments)
        names = {path.name for path in (to / "out").iterdir() if not path.name.startswith(".")}
        assert names == {"result.json", "annotated.mp4", "report.html"}
        for name in ("result.json", "report.html"):
            assert (to / "out" / name).read_bytes() == (sound.folder / "out" / name).read_bytes()
        assert count_sets(to) == 1, "it is the same clip again"
    tell(f"{moments}")


def test_batch(sound: Sound, clips: list[Path], place: Path) -> None:
    """In every second chain, clips come to a table that was finished before."""
    moments = Moments("batch", sound.batch_s)
    for chain in range(max(1, count(N_BATCH) // len(WHOM))):
        to, ending = place / f"batch{chain}", (".csv", ".parquet")[chain % 2]
        arguments = list_batch(clips, to, ending)
        if chain % 2:
            complete(list_batch(clips[:1], to, ending), place)

        def kill(k: int, to: Path = to, arguments: Arguments = arguments, n: int = chain) -> bool:
            whom = WHOM[(k + n) % len(WHOM)]
            hit = kill_at(moments, *arguments, folder=place, whom=whom, codes=(0, 1))
            expect_whole(to, moments)
            if not hit:  # it had less to do than a run that begins
                moments.usual_s = sound.batch_s
                shutil.rmtree(to)
            return hit

        hit_often(min(len(WHOM), count(N_BATCH)), kill)
        complete(arguments, place)
        expect_whole(to, moments)
        table = f"results{ending}"
        assert (to / table).read_bytes() == (sound.folder / table).read_bytes()
    tell(f"{moments}")


@pytest.fixture(scope="module")
def camera(samples: Path, place: Path) -> Iterator[str]:
    """Someone kneels well, goes, and comes back, every four seconds: each time all is kept."""
    kneels = [image for _, image in read_frames(samples / "half-kneeling_good25.mp4", 3.5, 6.5)]
    gone = [np.full_like(kneels[0], 120)] * 18
    images = enumerate([*kneels, *gone])
    clip = write_clip(place / "comes-and-goes.mp4", ((k / 15, image) for k, image in images))
    with StreamProcess([clip], "--loop") as server:
        yield server.url


def test_live(camera: str, place: Path) -> None:
    """One history, one recording and one result after the other."""
    to = place / "live"
    arguments: Arguments = [
        "live", "half-kneeling", "--camera", camera, "--no-window", "--mute", "--quiet",
        "--seconds", "7", "--record", to / "r.mp4", "--json", to / "r.json", "--data", to / "data",
        "--force",
    ]  # fmt: skip
    moments = Moments("live", lead(arguments, place))
    expect_whole(to, moments)
    n_sets = count_sets(to)
    assert n_sets == 1

    def kill(k: int) -> bool:
        nonlocal n_sets
        hit = kill_at(moments, *arguments, folder=place, whom=WHOM[k % 2])
        expect_whole(to, moments)
        n = count_sets(to)
        assert n_sets <= n <= n_sets + 1, "a set was lost, or one was made up"
        n_sets = n
        return hit

    hit_often(count(N_LIVE), kill)
    lead(arguments, place)
    expect_whole(to, moments)
    assert {path.name for path in to.glob("[!.]*")} == {"r.mp4", "r.json", "data"}
    tell(f"{moments}; {n_sets} sets kept")


def lead(arguments: Arguments, folder: Path) -> float:
    """Run a session to its end; it shows on stderr how it goes."""
    done = run(*arguments, folder=folder)
    assert done.code == 0, done
    return done.took_s


def count_sets(folder: Path) -> int:
    with History(folder / "data" / "history.sqlite3") as history:
        return len(history.sets(None))


def test_the_judge_of_files_can_fail(sound: Sound, tmp_path: Path) -> None:
    """A file of each kind that is cut somewhere, or empty, is not taken for whole."""
    kinds = ("result.json", "annotated.mp4", "report.html", "results.csv", "results.parquet")
    found = [path for path in sound.folder.rglob("*") if path.name in kinds]
    found += [*list(sound.folder.rglob("*.npz"))[:1], sound.folder / "data" / "history.sqlite3"]
    assert len(found) == len(kinds) + 2
    rng = draw("cut", 0)
    for path in found:
        whole = path.read_bytes()
        copy = tmp_path / path.name
        copy.write_bytes(whole)
        assert find_fault_of_file(copy) is None, path
        for length in {0, 1, len(whole) // 2, *map(int, rng.integers(2, len(whole) - 2, 3))}:
            for beside in tmp_path.glob(f"{path.name}-*"):
                beside.unlink()
            copy.write_bytes(whole[:length])
            # A history of nothing is what a kill may leave of one that was being begun.
            is_begun = path.suffix == ".sqlite3" and length == 0
            wrong = find_fault_of_file(copy)
            assert bool(wrong) != is_begun, f"{path.name} of {length} of {len(whole)} bytes"
    assert find_fault_of_file(tmp_path / "what.is"), "what nobody expects is told"
