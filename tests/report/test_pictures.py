"""Pictures of the worst moments: which, how many, how large, and of the person."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.accuracy import read_poses
from formcheck.report.pictures import (
    MAX_BYTES,
    MAX_PICTURES,
    MAX_SIDE_PX,
    Picture,
    choose_shots,
    take_picture,
)
from formcheck.report.traces import trace_sets
from formcheck.result.judgement import judge_poses
from formcheck.screen.signs import ORANGE
from formcheck.video.frame import Frame
from tests.support.html_pages import EXERCISES, make_shot


def decode(picture: Picture) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image)


@pytest.mark.parametrize("size", [(960, 540), (1080, 1920), (64, 48), (1, 1), (3, 200)])
def test_a_picture_is_small_whatever_the_clip(size: tuple[int, int]) -> None:
    width, height = size
    noise = np.random.default_rng(2).integers(0, 255, (height, width, 3)).astype(np.uint8)
    picture = take_picture(make_shot(), Frame(noise, 7.0, 70))
    image = decode(picture)
    assert image.shape[:2] == (picture.height_px, picture.width_px)
    assert max(image.shape[:2]) == MAX_SIDE_PX
    assert len(picture.jpeg) < 2 * MAX_BYTES, "noise is as bad as it gets"


def test_a_room_fits_into_sixty_kilobytes_and_the_joint_is_marked() -> None:
    plain = np.full((540, 960, 3), 120, np.uint8)
    picture = take_picture(make_shot(), Frame(plain, 7.0, 70))
    assert len(picture.jpeg) <= MAX_BYTES
    image = decode(picture).astype(int)
    assert (np.abs(image - ORANGE).sum(axis=2) < 60).sum() > 100
    assert (plain == 120).all(), "the frame itself is left as it was"


def test_the_person_fills_the_picture() -> None:
    """Landmarks are within a tenth of the width and two thirds of the height: a square is cut."""
    shot = make_shot()
    picture = take_picture(shot, Frame(np.full((1080, 1920, 3), 120, np.uint8), 7.0, 70))
    assert picture.width_px / picture.height_px == pytest.approx(1.0, abs=0.05)


def test_the_worst_of_each_rule_comes_before_the_second_of_any(
    samples: Path, poses_dir: Path
) -> None:
    track = read_poses(samples / "half-kneeling_knee-lean.mp4", poses_dir)
    judged = judge_poses(track, EXERCISES)
    result, body = judged.result, judged.body
    trace = trace_sets(body, judged.found.played)
    shots = choose_shots(judged, trace)
    [one] = result.sets
    assert [one.faults[shot.fault_index].rule for shot in shots] == [
        "front_knee", "trunk_upright", "rear_hip",
    ]  # fmt: skip
    for shot in shots:
        fault = one.faults[shot.fault_index]
        assert fault.start_s <= shot.time_s <= fault.end_s
        assert shot.time_s in track.time_s
        assert shot.facing == 1.0
        assert shot.mark.verdict.value == fault.worst
    knee = one.faults[0]
    again = [knee.model_copy(update={"worst": knee.worst + k}) for k in range(9)]
    many = one.model_copy(update={"faults": (*again, *one.faults[1:])})
    chosen = choose_shots(judged.with_result(sets=(many,)), trace)
    assert len(chosen) == MAX_PICTURES
    rules = [many.faults[shot.fault_index].rule for shot in chosen]
    assert sorted(rules) == ["front_knee"] * 4 + ["rear_hip", "trunk_upright"]
    assert {shot.fault_index for shot in chosen} >= {0, 1, 2, 3}, "the worst of them"


def test_a_frame_in_which_nobody_is_found_gives_no_picture(samples: Path, poses_dir: Path) -> None:
    track = read_poses(samples / "half-kneeling_knee-lean.mp4", poses_dir)
    judged = judge_poses(track, EXERCISES)
    trace = trace_sets(judged.body, judged.found.played)
    track.xy_px[:] = np.nan
    assert choose_shots(judged, trace) == []
