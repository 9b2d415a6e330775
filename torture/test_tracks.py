"""Spoilt poses: judged without a fuss, every number in its range, and noise is never well done."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from formcheck.errors import SourceError
from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.pose.landmarks import PAIRS, SIDES
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import is_track, load_track, save_track
from formcheck.result.judgement import AUTO
from formcheck.result.models import Result
from tests.support.builders import judge_track, pick_frames
from torture.cases import SHARE, bounded, count, draw, keep, tell
from torture.damage import spoil
from torture.judged import find_faults_of_result

Rng = np.random.Generator
Spoil = Callable[[Rng, PoseTrack], PoseTrack]
N_CASES: Final = 500
N_SPOILT_FILES: Final = 200
N_NOISES: Final = 120
REFUSED: Final = re.compile(r"[ -~]*/track\.npz: [ -~]+: analyse the clip[ -~]*")
"""What is said of poses that are none: one line that names the file and says what to do."""


@pytest.fixture(scope="module")
def exercises() -> dict[str, Exercise]:
    return list_exercises()


def lose_frames(rng: Rng, track: PoseTrack) -> PoseTrack:
    """Nobody is found in some frames, here and there or in a row."""
    xy, xyz, visibility = track.xy_px.copy(), track.xyz_m.copy(), track.visibility.copy()
    lost = rng.random(len(track)) < rng.uniform(0, 0.7)
    begin = int(rng.integers(len(track)))
    lost[begin : begin + int(rng.integers(1, len(track) + 1))] = rng.random() < 0.5
    xy[lost], xyz[lost], visibility[lost] = np.nan, np.nan, np.nan
    return replace(track, xy_px=xy, xyz_m=xyz, visibility=visibility)


def lose_joints(rng: Rng, track: PoseTrack) -> PoseTrack:
    """Some landmarks are not numbers, always or now and then."""
    xy, xyz = track.xy_px.copy(), track.xyz_m.copy()
    joints = rng.random(33) < rng.uniform(0, 1)
    lost = joints & (rng.random((len(track), 1)) < rng.uniform(0, 1))
    xy[lost] = np.nan
    if rng.random() < 0.5:
        xyz[lost] = np.nan
    return replace(track, xy_px=xy, xyz_m=xyz)


def teleport(rng: Rng, track: PoseTrack) -> PoseTrack:
    """The whole person, or one joint, is elsewhere in some frames."""
    xy = track.xy_px.copy()
    jumps = rng.random(len(track)) < rng.uniform(0, 0.3)
    joints = slice(None) if rng.random() < 0.5 else int(rng.integers(33))
    far_px = float(10 ** rng.uniform(1, 9))
    with np.errstate(invalid="ignore"):  # of what was made infinite before
        xy[jumps, joints] += rng.normal(0, far_px, xy[jumps, joints].shape)
    return replace(track, xy_px=xy)


def swap_sides(rng: Rng, track: PoseTrack) -> PoseTrack:
    """Left is taken for right in some frames."""
    order = np.arange(33)
    for left, right in PAIRS:
        order[left], order[right] = right, left
    swapped = rng.random(len(track)) < rng.uniform(0, 1)
    xy, xyz = track.xy_px.copy(), track.xyz_m.copy()
    xy[swapped], xyz[swapped] = xy[swapped][:, order], xyz[swapped][:, order]
    return replace(track, xy_px=xy, xyz_m=xyz)


def leave_gaps(rng: Rng, track: PoseTrack) -> PoseTrack:
    """Frames are missing, all but none of them at worst."""
    kept = rng.random(len(track)) > rng.uniform(0, 1)
    return pick_frames(track, kept)


def repeat_frames(rng: Rng, track: PoseTrack) -> PoseTrack:
    """The same pose comes again and again: a frozen picture."""
    chosen = np.sort(rng.integers(0, len(track), len(track)))
    return replace(
        track, xy_px=track.xy_px[chosen], xyz_m=track.xyz_m[chosen],
        visibility=track.visibility[chosen],
        outline=None if track.outline is None else track.outline[chosen],
    )  # fmt: skip


def shuffle_frames(rng: Rng, track: PoseTrack) -> PoseTrack:
    """The poses come in no order."""
    chosen = rng.permutation(len(track))
    return replace(track, xy_px=track.xy_px[chosen], xyz_m=track.xyz_m[chosen])


def bend_time(rng: Rng, track: PoseTrack) -> PoseTrack:
    """Steps of any length, from a nanosecond to an hour."""
    if not len(track):
        return track
    steps_s = 10 ** rng.uniform(-9, rng.uniform(-8, 3.6), len(track))
    time_s = np.cumsum(steps_s) + rng.choice([0.0, -100.0, 1e5])
    kept = np.concatenate([[True], np.diff(time_s) > 0])
    longest_s = max(float(time_s[-1]), 0.0)
    return pick_frames(replace(track, time_s=_rising(time_s), duration_s=longest_s), kept)


def _rising(time_s: np.ndarray) -> np.ndarray:
    """The same with what the numbers are too coarse for made one step longer."""
    risen = time_s.copy()
    for k in range(1, len(risen)):
        risen[k] = max(risen[k], np.nextafter(risen[k - 1], np.inf))
    return risen


def write_nonsense(rng: Rng, track: PoseTrack) -> PoseTrack:
    """Numbers that no estimator gives."""
    odd = np.array([0.0, -1.0, 1e8, -1e8, 1e-38, 0.5])
    if rng.random() < 0.2:
        odd = np.array([np.inf, -np.inf, 3e38, np.nan])
    xy, xyz, seen = track.xy_px.copy(), track.xyz_m.copy(), track.visibility.copy()
    for values in (xy, xyz, seen):
        places = rng.random(values.shape) < 10 ** rng.uniform(-4, -0.3)
        values[places] = rng.choice(odd, int(places.sum()))
    people = rng.integers(-5, 99, len(track)).astype(np.int16)
    return replace(track, xy_px=xy, xyz_m=xyz, visibility=seen, n_people=people)


def collapse(rng: Rng, track: PoseTrack) -> PoseTrack:
    """A person of no size, or of a line."""
    factor = rng.choice([1e-9, 1e-3], 2) if rng.random() < 0.5 else np.array([1e-9, 1.0])
    return replace(track, xy_px=track.xy_px * factor, xyz_m=track.xyz_m * 1e-9)


def spoil_outline(rng: Rng, track: PoseTrack) -> PoseTrack:
    """The back's outline is noise, flat, missing or huge."""
    if track.outline is None:
        return track
    kinds = (
        rng.normal(0, 1, track.outline.shape), np.zeros_like(track.outline),
        np.full_like(track.outline, np.nan), np.full_like(track.outline, 1e8),
        np.where(rng.random(track.outline.shape) < 0.5, np.nan, track.outline),
        np.full_like(track.outline, np.inf),
    )  # fmt: skip
    return replace(track, outline=kinds[int(rng.integers(len(kinds)))])


def shorten(rng: Rng, track: PoseTrack) -> PoseTrack:
    """A few frames, one, or none; or a single picture."""
    n = int(rng.choice([0, 1, 2, 3, 8]))
    few = pick_frames(track, np.arange(len(track)) < n)
    return replace(few, is_still=bool(rng.random() < 0.3) and n == 1)


def claim(rng: Rng, track: PoseTrack) -> PoseTrack:
    """A picture of another size, a strange name."""
    width, height = (int(side) for side in rng.choice([0, 1, 7, 100_000], 2))
    name = str(rng.choice(["", "\n", "\U0001f980" * 60, "-", "a" * 255, "<b>", "\0"]))
    return replace(track, width_px=width, height_px=height, clip=name)


SPOILS: Final[tuple[Spoil, ...]] = (
    lose_frames, lose_joints, teleport, swap_sides, leave_gaps, repeat_frames, shuffle_frames,
    bend_time, write_nonsense, collapse, spoil_outline, shorten, claim,
)  # fmt: skip


def spoil_track(rng: Rng, track: PoseTrack, case: int) -> tuple[str, PoseTrack]:
    """One kind of damage after the other, each case begins with the next; their names."""
    chosen = [SPOILS[case % len(SPOILS)]]
    chosen += [SPOILS[int(k)] for k in rng.integers(len(SPOILS), size=int(rng.integers(0, 3)))]
    for one in chosen:
        if len(track):
            track = one(rng, track)
    return "+".join(one.__name__ for one in chosen), replace(
        track, n_frames=max(track.n_frames, len(track))
    )


def judge_case(
    rng: Rng, track: PoseTrack, exercises: dict[str, Exercise], name: str | None = None
) -> Result:
    seen = [one.id for one in exercises.values() if one.is_seen]
    exercise = name or (AUTO if rng.random() < 0.4 else str(rng.choice(seen)))
    side = None if rng.random() < 0.5 else SIDES[int(rng.integers(2))]
    return judge_track(track, exercises, exercise=exercise, side=side)


def test_spoilt_poses(
    tracks: dict[str, PoseTrack], exercises: dict[str, Exercise], tmp_path: Path
) -> None:
    """They come in a file, as poses from elsewhere do: refused, or judged like any others."""
    failures, said = [], Counter[str]()
    names, path = sorted(tracks), tmp_path / "track.npz"
    for case in range(count(N_CASES)):
        rng = draw("tracks", case)
        how, track = spoil_track(rng, tracks[names[case % len(names)]], case)
        save_track(track, path)
        try:
            with bounded():
                result = judge_case(rng, load_track(path), exercises)
            wrong = "; ".join(find_faults_of_result(result))
            said[result.verdict] += 1
        except SourceError as error:
            wrong = "" if REFUSED.fullmatch(str(error)) else f"said badly: {error}"
            said["refused"] += 1
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            where = keep(tmp_path, f"track{case:03}.npz", path.read_bytes())
            failures.append(f"{case} {how}: {wrong}\n    {where}")
    tell(f"poses: {dict(said)}")
    assert not failures, f"{len(failures)}:\n" + "\n".join(failures)
    if SHARE >= 0.1:
        assert min(said["pass"], said["fix"], said["not_seen"], said["refused"]) > 0


def test_spoilt_bytes_of_saved_poses(
    tracks: dict[str, PoseTrack], exercises: dict[str, Exercise], tmp_path: Path
) -> None:
    """Every change is noticed: what is judged after all is what was saved."""
    path, failures, said = tmp_path / "track.npz", [], Counter[str]()
    track = tracks["half-kneeling_tuck"]
    save_track(track, path)
    data, sound = path.read_bytes(), judge_track(track, exercises)
    for case in range(count(N_SPOILT_FILES)):
        how, spoilt = spoil(draw("npz", case), data, data[::-1], case)
        path.write_bytes(spoilt)
        try:
            with bounded():
                is_same = not is_track(path) or judge_track(load_track(path), exercises) == sound
            wrong = "" if is_same else "another result"
            said["whole"] += 1
        except SourceError as error:
            wrong = "" if REFUSED.fullmatch(str(error)) else f"said badly: {error}"
            said["refused"] += 1
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            where = keep(tmp_path, f"track{case:03}.npz", spoilt)
            failures.append(f"{case} {how}: {wrong}\n    {where}")
    tell(f"files of poses: {dict(said)}")
    assert not failures, f"{len(failures)}:\n" + "\n".join(failures)


def test_a_trap_in_place_of_poses_costs_nothing(
    tracks: dict[str, PoseTrack], tmp_path: Path
) -> None:
    """Gigabytes of zeros in a small file, and JSON nested without end."""
    path = tmp_path / "track.npz"
    save_track(next(iter(tracks.values())), path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    deep = io.BytesIO()
    np.save(deep, np.array("[" * 100_000))
    bombs = {"xy_px.npy": bytes(1 << 30), "formcheck_poses.npy": deep.getvalue()}
    for name, bomb in bombs.items():
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for part, content in (parts | {name: bomb}).items():
                archive.writestr(part, content)
        del bomb
        tracemalloc.start()
        with pytest.raises(SourceError) as refused, bounded():
            load_track(path)
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert REFUSED.fullmatch(str(refused.value))
        assert peak_bytes < 1 << 26


def keep_track(folder: Path, case: int, track: PoseTrack) -> str:
    save_track(track, folder / "track.npz")
    return keep(folder, f"track{case:03}.npz", (folder / "track.npz").read_bytes())


def make_noise(rng: Rng, track: PoseTrack) -> PoseTrack:
    """Landmarks that are nobody's: anywhere in the picture, in each frame anew."""
    n, size = len(track), np.array([track.width_px, track.height_px])
    spread = float(rng.choice([0.05, 0.2, 1.0]))
    middle = rng.uniform(0.2, 0.8, 2) * size
    if rng.random() < 0.5:
        xy = rng.uniform(0, 1, (n, 33, 2)) * size
    else:
        xy = middle + rng.normal(0, spread, (n, 33, 2)) * size
    return replace(
        track, xy_px=xy, xyz_m=rng.normal(0, 0.4, (n, 33, 3)),
        visibility=np.full((n, 33), float(rng.choice([0.5, 1.0]))),
        outline=None if track.outline is None else rng.normal(0, 1, track.outline.shape),
    )  # fmt: skip


def test_noise_is_never_well_done(
    tracks: dict[str, PoseTrack], exercises: dict[str, Exercise], tmp_path: Path
) -> None:
    """For every exercise, and where it is to be found out."""
    asked = [AUTO, *(one.id for one in exercises.values() if one.is_seen)]
    failures = []
    for case in range(count(N_NOISES)):
        rng = draw("noise", case)
        track = make_noise(rng, next(iter(tracks.values())))
        with bounded():
            result = judge_case(rng, track, exercises, asked[case % len(asked)])
        faults = find_faults_of_result(result)
        if faults or result.verdict == "pass" or any(s.verdict == "pass" for s in result.sets):
            where = keep_track(tmp_path, case, track)
            failures.append(f"{case} {result.exercise}: {result.verdict} {faults}\n    {where}")
    assert not failures, f"{len(failures)}:\n" + "\n".join(failures)


@bounded()
def test_a_joint_that_is_not_a_number_now_and_then(
    tracks: dict[str, PoseTrack], exercises: dict[str, Exercise]
) -> None:
    """No estimator gives it and no file may hold it; a caller from Python might."""
    track = tracks["half-kneeling_tuck"]
    xyz = track.xyz_m.copy()
    xyz[::3, 11:13] = np.nan
    judge_track(replace(track, xyz_m=xyz), exercises)


@bounded()
def test_a_person_of_no_size(tracks: dict[str, PoseTrack], exercises: dict[str, Exercise]) -> None:
    track = tracks["half-kneeling_tuck"]
    nothing = replace(track, xy_px=track.xy_px * 0.0, xyz_m=track.xyz_m * 0.0)
    assert not judge_track(nothing, exercises).sets


def test_a_person_who_is_there_is_seen(
    tracks: dict[str, PoseTrack], exercises: dict[str, Exercise]
) -> None:
    """What is spoilt above is judged when it is sound."""
    for name, track in tracks.items():
        result = judge_track(track, exercises)
        assert result.exercise == name.partition("_")[0]
        assert not find_faults_of_result(result)


def test_the_judge_of_results_can_fail(
    tracks: dict[str, PoseTrack], exercises: dict[str, Exercise]
) -> None:
    result = judge_track(tracks["half-kneeling_knee-lean"], exercises)
    [one] = result.sets
    wrong = [
        one.model_copy(update={"score": 101.0}),
        one.model_copy(update={"completion": 1.5}),
        one.model_copy(update={"confirmed_hold_s": one.good_hold_s + 1}),
        one.model_copy(update={"good_hold_s": one.position_s + 1}),
        one.model_copy(update={"end_s": result.duration_s + 1}),
        one.model_copy(update={"start_s": one.end_s + 1}),
        one.model_copy(update={"holds": (*one.holds, one.holds[0])}),
        one.model_copy(update={"longest_hold_s": 99.0}),
        one.model_copy(update={"verdict": "pass"}),
        one.model_copy(update={"score": float("nan")}),
    ]
    for other in wrong:
        assert find_faults_of_result(result.model_copy(update={"sets": (other,)})), other
    assert find_faults_of_result(result.model_copy(update={"sets": (one, one)}))
    assert find_faults_of_result(result.model_copy(update={"frames": 0}))
    assert find_faults_of_result(result.model_copy(update={"sets": ()}))


def test_a_case_is_drawn_the_same_again(tracks: dict[str, PoseTrack]) -> None:
    track = next(iter(tracks.values()))
    for case in range(len(SPOILS)):
        first, second = (spoil_track(draw("x", case), track, case) for _ in range(2))
        assert first[0] == second[0]
        np.testing.assert_array_equal(first[1].xy_px, second[1].xy_px)
