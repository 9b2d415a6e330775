"""What of a clip was lost is said, with a code, and nothing is said of a sound one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest

from formcheck.app.closer_look import list_losses
from formcheck.video.clip import Clip
from formcheck.video.frame_times import Doubt

SOUND: dict[str, Any] = {
    "n_damaged": 0, "n_dropped_times": 0, "is_still": False, "missing_s": 0.0, "gaps_s": 0.0,
    "duration_s": 20.0, "n_shapes": 1,
}  # fmt: skip


def find_codes(doubt: str | None = None, **changed: Any) -> dict[str, str]:
    clock = SimpleNamespace(doubt=doubt, shown_hz=25.0, scale=0.25)
    source = SimpleNamespace(**{**SOUND, **changed}, clock=clock)
    return {note.code: note.text for note in list_losses(cast(Clip, source))}


def test_a_sound_clip_has_none() -> None:
    assert find_codes() == {}


@pytest.mark.parametrize(
    ("changed", "code", "number"),
    [
        ({"n_damaged": 3}, "damaged", "3"),
        ({"n_dropped_times": 4}, "bad_times", "4"),
        ({"missing_s": 5.0}, "cut_short", "5.0 s"),
        ({"gaps_s": 2.5}, "gaps", "2.5 s"),
        ({"n_shapes": 2}, "shape_changed", ""),
    ],
)
def test_each_loss_has_its_code_and_its_number(
    changed: dict[str, Any], code: str, number: str
) -> None:
    [(found, text)] = find_codes(**changed).items()
    assert found == code
    assert number in text


def test_sound_that_goes_on_a_little_is_no_loss() -> None:
    assert find_codes(missing_s=1.9) == {}


def test_a_clip_that_is_mostly_gaps_has_too_few_pictures_rather_than_gaps() -> None:
    assert "gaps" not in find_codes(gaps_s=12.0)


def test_a_photo_has_no_times_to_doubt() -> None:
    assert find_codes("no_times", is_still=True, missing_s=9.0, n_shapes=2) == {}
    assert set(find_codes(is_still=True, n_damaged=1)) == {"damaged"}


@pytest.mark.parametrize(
    ("doubt", "code"),
    [("no_times", "rate_guessed"), ("slow_motion", "slow_motion"),
     ("maybe_slow_motion", "maybe_slow_motion"), ("maybe_time_lapse", "maybe_time_lapse")],
)  # fmt: skip
def test_what_is_doubtful_of_the_times_is_said(doubt: str, code: str) -> None:
    assert set(find_codes(doubt)) == {code}


def test_every_doubt_is_said() -> None:
    doubts = get_args(Doubt)
    assert len(doubts) >= 4
    assert all(len(find_codes(doubt)) == 1 for doubt in doubts)
