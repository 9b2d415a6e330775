"""Real people: what the eye sees against what is said of them.

The photos may not travel with the project. They are read from the folder that
``FORMCHECK_REAL_PEOPLE`` names (default: ``../shared/real`` beside the repository), and the tests
skip, saying so, where it is absent.

What the eye sees: kneeling_hip_flexor_0, a man kneeling on his right knee, facing right, seen from
the side and a little from behind, rocked far forward over the front foot, trunk upright or leaning
back a little, hands at the thigh: a kneeling lunge, rear thigh well behind. His front knee was
first guessed at 75 to 80°; hip, knee and ankle marked in the picture give 45°.
standing_hip_flexors_1, a long lunge facing left, left leg back, its knee hovering above the mat.
plank_0 (before a plank), kneeling on his right knee, facing right, leaning on the front knee,
sitting towards the heel. split_squats_1, a split squat seen obliquely from the front.
childs_pose_0, a child's pose seen from the side and a little from the front, hips on the heels,
head down, forearms flat on the mat with the elbows clearly bent. glute_kickback_1, the top of a
kick: one picture shows no repetition. one_knee_to_chest_0 and glute_kickback_0 are the starts,
before the knee comes up or the leg kicks. The others hold no exercise of the catalogue.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import formcheck
from formcheck.app.closer_look import estimate_clip
from formcheck.measure.body import track_body
from formcheck.measure.pelvis import view_backs
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.result.models import Result

FOLDER = Path(
    os.environ.get("FORMCHECK_REAL_PEOPLE", Path(__file__).parents[2] / "shared" / "real")
)
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real people in {FOLDER}")

NOTHING = (
    "P_bodyweight_squat_1.jpg",
    "P_glute_kickback_0.jpg",
    "P_glute_kickback_1.jpg",
    "P_knee_across_the_body_1.jpg",
    "P_one_knee_to_chest_0.jpg",
    "P_split_squats_1.jpg",
    "S_balance_pose2sim_cam01.mp4",
    "S_walk_sagittal_sports2d.mp4",
)


def look(name: str) -> Result:
    return formcheck.analyze(FOLDER / name)


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_invented(name: str) -> None:
    result = look(name)
    assert result.verdict == "not_seen"
    assert result.sets == ()
    assert result.exercise is None


def test_a_kneeling_hip_flexor_stretch_is_recognised() -> None:
    result = look("P_kneeling_hip_flexor_0.jpg")
    [one] = result.sets
    assert (one.exercise, one.side, one.verdict) == ("lunge-stretch", "right", "pass")
    assert result.view.seen == "side"
    knee, thigh, trunk = (
        one.rules[rule].median for rule in ("front_knee", "rear_thigh_back", "trunk_upright")
    )
    assert knee is not None
    assert thigh is not None
    assert trunk is not None
    assert 35 <= knee <= 60
    assert 20 <= thigh <= 45
    assert -15 <= trunk <= 5
    assert one.good_hold_s == 0


def test_a_hovering_rear_knee_passes_for_kneeling() -> None:
    """A side view cannot tell: docs/limits.md says so."""
    [one] = look("P_standing_hip_flexors_1.jpg").sets
    assert (one.exercise, one.side) == ("lunge-stretch", "left")


def test_a_slumped_kneeling_is_to_be_mended() -> None:
    [one] = look("P_plank_0.jpg").sets
    assert (one.exercise, one.side, one.verdict) == ("half-kneeling", "right", "fix")
    assert {"trunk_upright", "rear_hip"} <= {fault.rule for fault in one.faults}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("P_bodyweight_squat_1.jpg", {ReasonCode.NOT_SIDE_ON}),
        ("P_knee_across_the_body_1.jpg", {ReasonCode.NOT_SIDE_ON}),
        ("P_split_squats_1.jpg", {ReasonCode.NOT_SIDE_ON, ReasonCode.ARM, ReasonCode.NOT_CLEAN}),
    ],
)
def test_an_outline_that_is_not_the_backs_is_not_used(name: str, reason: set[ReasonCode]) -> None:
    """Drawn on the photo it is a flank, a flank, and an arm that swings over the pelvis."""
    [back] = view_backs(track_body(estimate_clip(FOLDER / name, (), model="full")))
    assert back.why in reason


@pytest.mark.parametrize("name", ["P_kneeling_hip_flexor_0.jpg", "P_plank_0.jpg"])
def test_no_neutral_no_verdict_on_the_tuck(name: str) -> None:
    """The outline is right, but one photo shows no neutral."""
    result = look(name)
    [one] = result.sets
    assert one.rules["pelvis_tuck"].outcome == "unknown"
    assert result.baseline.source == "none"


def test_the_neutral_of_somebody_upright_says_nothing_of_somebody_slumped() -> None:
    neutral = Path(__file__).parents[1] / "sample_videos" / "half-kneeling_good25.mp4"
    result = formcheck.analyze(FOLDER / "P_plank_0.jpg", neutral=f"{neutral}@4-6")
    tuck = result.sets[0].rules["pelvis_tuck"]
    assert (tuck.outcome, tuck.reason) == ("unknown", Reason(ReasonCode.LEAN))


def test_a_childs_pose_is_recognised_and_its_bent_elbows_are_seen() -> None:
    [one] = look("P_childs_pose_0.jpg").sets
    assert (one.exercise, one.side, one.verdict) == ("childs-pose", None, "fix")
    assert [fault.rule for fault in one.faults] == ["arms_reach"]
    assert one.rules["hips_to_heels"].outcome == one.rules["head_low"].outcome == "pass"
