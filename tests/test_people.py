"""The benchmark of people other than those of the sample clips: it counts what it is told."""

from __future__ import annotations

import gzip
import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.accuracy import ClipAccuracy, join_plateaus, measure_tilt
from benchmarks.by_camera import find_medians, print_by_camera, read_camera
from benchmarks.people import (
    Photo,
    find_interval,
    judge_draw,
    judge_photos,
    name_causes,
    print_draws,
    print_photos,
)
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import save_track
from tests.conftest import SAMPLES

CLIP = "half-kneeling_good25"


def make_row(**changed: object) -> ClipAccuracy:
    sound: dict[str, object] = {
        "name": "a", "exercise": "half-kneeling", "found": "half-kneeling", "exercise_ok": True,
        "side_ok": True, "hold_off_s": 0.1, "hold_ok": True, "confirmed_off_s": None,
        "missed": [], "invented": [], "n_faults": 0,
    }  # fmt: skip
    return ClipAccuracy(**{**sound, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"found": None, "exercise_ok": False}, "not seen"),
        ({"found": "lunge-stretch", "exercise_ok": False}, "taken for lunge-stretch"),
        ({"side_ok": False}, "wrong side"),
        ({"missed": ["front_knee 1.0-2.0"]}, "missed front_knee 1.0-2.0"),
        ({"invented": ["front_knee 1.0-2.0"]}, "invented front_knee 1.0-2.0"),
        ({"n_reps": 3, "n_true_reps": 4}, "3 of 4 repetitions"),
        ({"hold_ok": False, "hold_off_s": 2.0}, "hold off by +2.0 s"),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, object], cause: str) -> None:
    assert name_causes(make_row()) == []
    assert name_causes(make_row(**changed)) == [cause]


def test_the_interval_holds_the_share_and_narrows() -> None:
    for n_right, n in ((0, 10), (5, 10), (10, 10), (84, 114)):
        low, high = find_interval(n_right, n)
        assert 0 <= low <= n_right / n <= high <= 1
        wide_low, wide_high = find_interval(10 * n_right, 10 * n)
        assert wide_high - wide_low < high - low
    assert find_interval(84, 114) == pytest.approx((0.649, 0.809), abs=0.002)  # Wilson (1927)


def test_a_draw_is_judged_from_its_poses_and_a_clip_without_a_hold_left_out(
    tmp_path: Path, sample_tracks: dict[str, PoseTrack]
) -> None:
    track = sample_tracks[CLIP]
    truth = json.loads((SAMPLES / f"{CLIP}.truth.json").read_text())
    unfair = {**truth, "holds": [], "reps": []}
    for name, told in (("fair", truth), ("unfair", unfair)):
        save_track(track, tmp_path / f"{name}.npz")
        (tmp_path / f"{name}.truth.json").write_text(json.dumps(told))
        columns = (SAMPLES / f"{CLIP}.truth.csv").read_bytes()
        (tmp_path / f"{name}.truth.csv.gz").write_bytes(gzip.compress(columns))
    [row] = judge_draw(tmp_path)
    assert (row.name, name_causes(row)) == (f"{tmp_path.name}/fair", [])
    told = measure_tilt([row])
    assert told is not None
    assert told.rmse_deg < 3
    [photo] = judge_photos(_as_photos(tmp_path), [_label(accepted="-")])
    assert (photo.found, photo.shows_none) == ("half-kneeling", True)


@pytest.mark.parametrize(
    ("rule", "joined"),
    [
        ("rear_hip", [(2.0, 12.0)]),
        ("front_knee", [(2.0, 5.0), (9.0, 12.0)]),
        ("pelvis_tuck", [(2.0, 5.0), (9.0, 12.0)]),
    ],
)
def test_a_hold_goes_on_through_the_fault_of_a_rule_that_is_not_required(
    rule: str, joined: list[tuple[float, float]]
) -> None:
    truth = {
        "exercise": "half-kneeling",
        "holds": [{"start_s": 2.0, "end_s": 12.0}],
        "good_holds": [{"start_s": 2.0, "end_s": 5.0}, {"start_s": 9.0, "end_s": 12.0}],
        "faults": [{"rule": rule, "start_s": 6.0, "end_s": 8.0}],
        "grey": [],
    }
    assert join_plateaus(truth) == joined
    apart = [{"start_s": 2.0, "end_s": 5.0}, {"start_s": 9.0, "end_s": 12.0}]
    assert len(join_plateaus({**truth, "holds": apart, "faults": []})) == 2


def _as_photos(folder: Path) -> Path:
    (folder / "poses").mkdir()
    (folder / "fair.npz").rename(folder / "poses" / "one.npz")
    return folder


def _label(accepted: str) -> dict[str, str]:
    return {"id": "one", "class": "kneeling", "accepted": accepted, "note": ""}


def test_errors_by_where_the_camera_stands() -> None:
    """The median of each clip's median; a clip without that angle or a camera is left out."""
    at = {"height_m": 1.0, "lens_deg": 40.0}
    rows = [
        make_row(camera={"yaw_deg": yaw, **at}, errors_deg={"front_knee_deg": errors})
        for yaw, errors in ((5.0, [1.0, 2.0, 9.0]), (-5.0, [4.0]), (25.0, [8.0]), (12.0, []))
    ]
    rows.append(make_row(errors_deg={"front_knee_deg": [50.0]}))
    found = find_medians(rows, "front_knee_deg", "yaw_deg")
    assert [(median, n) for median, n in found if n] == [(3.0, 2), (8.0, 1)]
    assert find_medians(rows, "front_knee_deg", "height_m")[2] == (4.0, 3)
    text = StringIO()
    print_by_camera(Console(file=text, width=160), rows)
    assert "+3.0 (2)" in text.getvalue()
    truth = {"camera_yaw_deg": 5.0, "camera": {"height_m": 1.0, "fov_v_deg": 40.0}}
    assert read_camera(truth) == {"yaw_deg": 5.0, **at}
    assert read_camera({"camera_yaw_deg": 5.0}) == {}


def test_the_tables_count_right_wrong_claimed_and_passed() -> None:
    text = StringIO()
    console = Console(file=text, width=160)
    print_draws(console, [make_row(), make_row(name="b", found=None, exercise_ok=False)])
    print_photos(
        console,
        [
            Photo("1", "kneeling", frozenset({"half-kneeling"}), "half-kneeling", "pass"),
            Photo("2", "kneeling", frozenset({"half-kneeling"}), "-", "not_seen"),
            Photo("3", "chair", frozenset({"-"}), "prayer-squat", "pass"),
            Photo("4", "chair", frozenset({"-"}), "prayer-squat", "fix"),
            Photo("5", "chair", frozenset({"-", "prayer-squat"}), "prayer-squat", "fix"),
        ],
    )
    told = text.getvalue()
    assert "right in every respect: 1 of 2, 50.0 %" in told
    assert "recognised: 1 of 2" in told
    assert "claimed: 2 of 2" in told
    assert "passed: 1 of 2" in told
    assert "answered so: 1 of 1" in told
