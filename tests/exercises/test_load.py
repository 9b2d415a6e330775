"""A mistake in a file is named with its key and reason."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from formcheck import ExerciseError
from formcheck.errors import ExerciseWarning
from formcheck.exercises.load import CATALOGUE_DIR, list_exercises, load_exercise, read_exercise

GOOD = (CATALOGUE_DIR / "half-kneeling.toml").read_text(encoding="utf-8")


def test_thresholds_are_those_of_the_catalogue() -> None:
    rule = load_exercise("half-kneeling").rule("front_knee")
    assert (rule.low, rule.high, rule.slack, rule.required) == (80, 105, 3, True)
    tuck = load_exercise("half-kneeling").rule("pelvis_tuck")
    assert (tuck.high, tuck.high + tuck.slack) == (-5, 4)
    assert load_exercise("lunge-stretch").rule("front_knee").required is False


def test_a_cue_says_which_way() -> None:
    rule = load_exercise("half-kneeling").rule("front_knee")
    assert rule.cue_for(60) == "Slide your front foot forward"
    assert rule.cue_for(120) == "Bring your front foot closer"
    assert rule.cue_for(math.nan) is None


def test_an_unknown_exercise_offers_the_nearest() -> None:
    with pytest.raises(ExerciseError, match=r"'half-kneling': is not known: did you mean half-kne"):
        load_exercise("half-kneling")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("low = 80", "low = 180"), "rules.0: low 180 must be below high 105"),
        (('measure = "front_knee_deg"', 'measure = "front_nee_deg"'), "did you mean 'front_knee"),
        (("required = true", "requird = true"), "did you mean 'required'"),
        (('cue_low = "Slide your front foot forward"\n', ""), "'low' and 'cue_low' go together"),
        (('"Slide your front foot forward"', f'"{"long " * 9}"'), "rules.0.cue_low: String should"),
        (('id = "half-kneeling"', 'id = "Half Kneeling"'), "id: String should match"),
        (('id = "half-kneeling"', 'id = "other"'), "must be the file's name"),
        (("target_s = 30", "target_s = 0"), "count.target_s: Input should be greater than 0"),
        (('id = "thigh_parallel"', 'id = "front_knee"'), "two rules have the same id"),
        (('views = ["side"]', 'views = ["top"]'), "views.0: Input should be"),
        (("[count]", "[count"), "not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = tmp_path / "half-kneeling.toml"
    assert change[0] in GOOD
    path.write_text(GOOD.replace(*change, 1), encoding="utf-8")
    with pytest.raises(ExerciseError) as caught:
        read_exercise(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "half-kneeling.toml"
    path.write_text(GOOD.replace("target_s = 30", "target_s = 0").replace("low = 80", "low = 180"))
    with pytest.raises(ExerciseError) as caught:
        read_exercise(path)
    assert "count.target_s" in str(caught.value)
    assert "rules.0" in str(caught.value)


def test_a_folder_of_ones_own_joins_the_catalogue(tmp_path: Path) -> None:
    own = GOOD.replace('id = "half-kneeling"', 'id = "my-stretch"')
    (tmp_path / "my-stretch.toml").write_text(own, encoding="utf-8")
    assert "my-stretch" in list_exercises(tmp_path)
    with pytest.raises(ExerciseError, match="no such folder"):
        list_exercises(tmp_path / "missing")


def test_a_shared_position_must_exist(tmp_path: Path) -> None:
    reach = (CATALOGUE_DIR / "half-kneeling-reach.toml").read_text(encoding="utf-8")
    changed = reach.replace('same_position_as = "half-kneeling"', 'same_position_as = "kneeling"')
    (tmp_path / "half-kneeling-reach.toml").write_text(changed, encoding="utf-8")
    said = "'kneeling' is not an exercise with a position"
    with pytest.raises(ExerciseError, match=said):
        load_exercise("half-kneeling-reach", tmp_path)
    with pytest.warns(ExerciseWarning, match=said):
        assert "half-kneeling-reach" not in list_exercises(tmp_path)


def test_a_file_that_is_wrong_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    own = GOOD.replace('id = "half-kneeling"', 'id = "my-stretch"')
    (tmp_path / "my-stretch.toml").write_text(own, encoding="utf-8")
    (tmp_path / "bad.toml").write_text(own.replace("low = 80", "low = 180"), encoding="utf-8")
    with pytest.warns(ExerciseWarning) as caught:
        found = list_exercises(tmp_path)
    [warning] = caught
    assert str(warning.message).startswith(f"left out: {tmp_path / 'bad.toml'}: ")
    assert "rules.0: low 180 must be below high 105" in str(warning.message)
    assert "my-stretch" in found
    assert "bad" not in found
    with pytest.warns(ExerciseWarning):
        assert load_exercise("my-stretch", tmp_path).id == "my-stretch"
    with pytest.raises(ExerciseError, match="low 180 must be below high 105"):
        load_exercise("bad", tmp_path)
