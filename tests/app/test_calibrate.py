"""One's neutral found in a recording, kept in a file, and what is said when it is not there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formcheck.app.calibrate import find_known
from formcheck.errors import SourceError
from formcheck.exercises.load import list_exercises
from formcheck.judging.calibration import (
    find_neutral,
    is_calibration,
    make_calibration,
    read_neutral,
)
from formcheck.pose.outline import N_LEVELS
from formcheck.pose.track import PoseTrack
from tests.support.builders import judge_track, pick_frames

EXERCISES = list_exercises()
CLIP = "half-kneeling_good25"


@pytest.fixture
def whole(sample_tracks: dict[str, PoseTrack]) -> PoseTrack:
    return sample_tracks[CLIP]


@pytest.fixture
def file(whole: PoseTrack, tmp_path: Path) -> Path:
    known = find_known("poses.npz", whole, EXERCISES["half-kneeling"])
    path = tmp_path / "me.json"
    path.write_text(make_calibration(known, whole.clip, "half-kneeling").to_json())
    return path


def confirmed_s(track: PoseTrack, **neutral: Any) -> float:
    [one] = judge_track(track, EXERCISES, exercise="half-kneeling", **neutral).sets
    return one.confirmed_hold_s


def test_a_given_neutral_confirms_a_clip_that_shows_none(whole: PoseTrack, file: Path) -> None:
    tucked = pick_frames(whole, (whole.time_s > 10) & (whole.time_s < 30))
    assert confirmed_s(tucked) == 0
    assert confirmed_s(tucked, neutral=read_neutral(file)) > 15
    shown = find_neutral(whole, between=(4.0, 6.0))
    assert confirmed_s(tucked, neutral=shown) > 15
    result = judge_track(tucked, EXERCISES, neutral=read_neutral(file))
    assert (result.baseline.source, result.baseline.start_s) == ("given", None)


def test_the_file_gives_back_what_was_found(whole: PoseTrack, file: Path) -> None:
    known = find_known("poses.npz", whole, EXERCISES["half-kneeling"])
    loaded = read_neutral(file)
    assert is_calibration(file)
    assert loaded.neutral.profile == pytest.approx(known.neutral.profile, abs=1e-4, nan_ok=True)
    assert loaded.neutral.arms == pytest.approx(known.neutral.arms, abs=1e-3)
    assert loaded.neutral.thighs_deg == pytest.approx(known.neutral.thighs_deg, abs=1e-2)
    assert loaded.neutral.lean_deg == pytest.approx(known.neutral.lean_deg, abs=1e-2)


def test_a_file_of_an_earlier_version_is_read(file: Path) -> None:
    """It says besides where the arms were at the outline."""
    now = read_neutral(file)
    spoil(file, covered=[False] * 2 * N_LEVELS)
    assert read_neutral(file).neutral.profile == pytest.approx(now.neutral.profile, nan_ok=True)


def test_in_the_exercises_position_or_anywhere(whole: PoseTrack) -> None:
    """The person stands for three seconds before kneeling down."""
    kneeling = find_known("poses.npz", whole, EXERCISES["half-kneeling"])
    anywhere = find_neutral(whole)
    assert kneeling.start_s is not None
    assert anywhere.start_s is not None
    assert 3.0 <= kneeling.start_s <= 5.0
    assert anywhere.start_s < 1.0


def test_a_single_picture_is_taken_as_it_is(whole: PoseTrack) -> None:
    still = replace(pick_frames(whole, np.arange(len(whole)) == 45), is_still=True)
    known = find_neutral(still)
    assert known.start_s == known.end_s == still.time_s[0]


@pytest.mark.parametrize(
    ("change", "between", "words"),
    [
        ({}, (90.0, 99.0), "no frame: the clip ends at 34.1 s"),
        ({}, (5.5, 8.5), "the pelvis moves"),
        ({"outline": None}, (4.0, 6.0), "the line of the back was not traced"),
        ({"outline": None}, None, "no steady upright moment"),
    ],
)
def test_what_is_no_neutral_is_refused_with_its_reason(
    whole: PoseTrack, change: dict[str, Any], between: tuple[float, float] | None, words: str
) -> None:
    with pytest.raises(SourceError, match=words):
        find_neutral(replace(whole, **change), between=between)


def test_another_position_than_the_exercises(whole: PoseTrack) -> None:
    standing = pick_frames(whole, whole.time_s < 2.5)
    with pytest.raises(SourceError, match="the position of half-kneeling is not held"):
        find_known("poses.npz", standing, EXERCISES["half-kneeling"])


def spoil(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_a_damaged_file_is_refused(file: Path) -> None:
    for changes in (
        {"profile": [0.1]},
        {"lean_deg": "upright"},
        {"formcheck_neutral": 2},
        {"extra": 1},
    ):
        good = file.read_text()
        spoil(file, **changes)
        with pytest.raises(SourceError, match="make it again"):
            read_neutral(file)
        file.write_text(good)
    spoil(file, levels=[0.5] * N_LEVELS)
    with pytest.raises(SourceError, match="another version of formcheck"):
        read_neutral(file)
    for n_levels in (0, N_LEVELS - 1, N_LEVELS + 1):
        spoil(file, levels=[0.5] * n_levels)
        with pytest.raises(
            SourceError, match="is not a calibration file that this version of formcheck can read"
        ) as caught:
            read_neutral(file)
        assert "\n" not in str(caught.value)
    file.write_text('{"formcheck_neutral": 1,')
    with pytest.raises(SourceError, match="not a calibration file"):
        read_neutral(file)
    file.write_text('{"formcheck_neutral":' * 50_000)
    with pytest.raises(SourceError, match="not a calibration file"):
        read_neutral(file)
    with pytest.raises(SourceError, match="cannot be read"):
        read_neutral(file.with_name("nothing.json"))
