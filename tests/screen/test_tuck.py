"""The small picture of the back: what it says, and that all of it can be read."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import get_args

import cv2
import numpy as np
import pytest

from formcheck.measure.reason import Reason, ReasonCode
from formcheck.pose.outline import LEVELS
from formcheck.screen.drawing import measure_text
from formcheck.screen.overlay import plan_layout
from formcheck.screen.panel import plan_panel
from formcheck.screen.scene import Tuck, TuckWord
from formcheck.screen.signs import BLUE, DARK, ORANGE, YELLOW, Colour
from formcheck.screen.tuck import draw_tuck, fit_words, list_told
from tests.support.builders import BACK_CODES

SIZES = [(640, 360), (960, 540), (1280, 720), (1920, 1080), (540, 960), (1080, 1920), (640, 480)]
WHYS = tuple(str(Reason(code)) for code in BACK_CODES)
WORDS: tuple[TuckWord, ...] = get_args(TuckWord)


def bend(pelvis_deg: float) -> np.ndarray:
    """A back with a hollow, its pelvis turned; the hip stays where it is."""
    below = np.maximum(0.0, LEVELS - 0.6)
    return 0.2 + 0.05 * np.cos(9 * LEVELS) + math.tan(math.radians(pelvis_deg)) * (below - 0.3)


NEUTRAL = Tuck(bend(0), bend(0), 1, 0.0, "NEUTRAL", None, 0.0)
TUCKED = Tuck(bend(-9), bend(0), 1, -9.0, "TUCKED", None, 0.0)
ARCHED = Tuck(bend(12), bend(0), 1, 12.0, "ARCHED", None, 0.0)


def draw(tuck: Tuck, width: int = 280, height: int = 180, size: int = 24) -> np.ndarray:
    image = np.full((height, width, 3), DARK, np.uint8)
    draw_tuck(image, tuck, size, "settling")
    return image


def picture(image: np.ndarray) -> np.ndarray:
    """The left part, in which the back is and no word."""
    return image[:, : round(0.4 * image.shape[1])]


def find_colour(image: np.ndarray, colour: Colour) -> np.ndarray:
    return np.asarray((np.abs(image.astype(int) - colour) < 12).all(axis=2))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("why", [None, *WHYS, str(Reason(ReasonCode.VIEW, ("side",)))])
def test_words_fit_in_every_panel(width: int, height: int, word: TuckWord, why: str | None) -> None:
    places = plan_panel(plan_layout(width, height).panel)
    assert places is not None
    left, top, right, bottom = places.tuck
    tuck = replace(NEUTRAL, word=word, why=why, change_deg=-12.0 if why is None else math.nan)
    image = draw(tuck, right - left, bottom - top, places.letters)
    inside = image[1:-1, 1:-1]
    edge = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    assert (edge == DARK).all(), "nothing is cut off"
    assert (image.max(axis=2) > 140).any()


@pytest.mark.parametrize("width", [80, 160, 320])
@pytest.mark.parametrize("why", [None, *WHYS])
def test_words_are_made_as_small_as_they_must_be(width: int, why: str | None) -> None:
    tuck = replace(NEUTRAL, why=why, change_deg=1.0 if why is None else math.nan, word="CAN'T TELL")
    height = width
    lines, _ = fit_words(tuck, width, height, 100)
    assert max(indent + measure_text(text, size) for text, size, indent in lines) <= width
    assert sum(size for _, size, _ in lines) <= height
    assert min(size for _, size, _ in lines) >= 8
    larger, _ = fit_words(tuck, 4 * width, 4 * height, 100)
    assert larger[0][1] > lines[0][1]


def test_tucked_neutral_and_arched_are_told_apart_without_colour() -> None:
    grey = [cv2.cvtColor(draw(t), cv2.COLOR_BGR2GRAY) for t in (TUCKED, NEUTRAL, ARCHED)]
    for a, b in itertools.combinations(grey, 2):
        differs = np.abs(a.astype(int) - b.astype(int)) > 60
        assert picture(differs).sum() > 300, "the back"
        assert differs[:, round(0.4 * differs.shape[1]) :].sum() > 300, "the words"


def test_every_word_gives_another_picture() -> None:
    drawn = [draw(replace(NEUTRAL, word=word)) for word in WORDS]
    for a, b in itertools.combinations(drawn, 2):
        assert (np.abs(a.astype(int) - b) > 60).any(axis=2).sum() > 80


def test_the_back_has_the_colour_of_the_outcome() -> None:
    assert find_colour(picture(draw(TUCKED)), BLUE).sum() > 200
    assert find_colour(picture(draw(ARCHED)), ORANGE).sum() > 200
    assert not find_colour(draw(ARCHED), BLUE).any()


@pytest.mark.parametrize("tuck", [TUCKED, ARCHED, replace(NEUTRAL, change_deg=math.nan)])
def test_it_looks_where_the_person_looks(tuck: Tuck) -> None:
    """The narrow form has the back in the middle, so that a mirrored one lies on it."""
    one, other = (draw(t, 200, 400)[2:210, 2:-2].astype(int) for t in (tuck, turn(tuck)))
    mirrored = other[:, ::-1]
    apart = [differ(one, np.roll(mirrored, shift, axis=1)) for shift in (-1, 0, 1)]
    assert min(apart) < 0.2 * differ(one, one[:, ::-1])
    assert min(apart) < 0.008


def turn(tuck: Tuck) -> Tuck:
    return replace(tuck, facing=-tuck.facing)


def differ(a: np.ndarray, b: np.ndarray) -> float:
    return float((np.abs(a - b) > 60).any(axis=2).mean())


def test_the_back_lies_behind_the_head() -> None:
    back = np.nonzero(find_colour(picture(draw(TUCKED)), BLUE))[1]
    turned = np.nonzero(find_colour(picture(draw(replace(TUCKED, facing=-1))), BLUE))[1]
    assert back.mean() < picture(draw(TUCKED)).shape[1] / 2 < turned.mean() + 10
    assert turned.mean() > back.mean() + 10


def test_a_pelvis_that_turns_turns_its_line_and_not_the_other() -> None:
    """Seen in the rows of the yellow lines: the upper back's keep their x, the sacrum's move."""
    rows = {}
    for name, tuck in (("tucked", TUCKED), ("arched", ARCHED)):
        y, x = np.nonzero(find_colour(picture(draw(tuck)), YELLOW))
        height = picture(draw(tuck)).shape[0]
        upper, lower = y < 0.5 * height, y > 0.62 * height
        rows[name] = [np.polyfit(y[part], x[part], 1)[0] for part in (upper, lower)]
    assert rows["tucked"][0] == pytest.approx(rows["arched"][0], abs=0.05)
    assert rows["tucked"][1] > rows["arched"][1] + 0.3, "anterior: the line goes back as it falls"


def test_neutral_keeps_its_place_while_the_back_moves() -> None:
    """Both backs share one scale: a back like neutral lies on it, and hides it."""
    known = replace(NEUTRAL, change_deg=math.nan, why="an arm is over the back")
    gone = replace(known, profile=np.full(len(LEVELS), math.nan))
    alone = find_colour(picture(draw(gone)), (190, 190, 190))
    assert alone.sum() > 60
    covered = find_colour(picture(draw(replace(NEUTRAL, word="TUCKED"))), (190, 190, 190))
    assert covered.sum() < 0.2 * alone.sum()
    assert find_colour(picture(draw(TUCKED)), (190, 190, 190)).sum() > 0.2 * alone.sum()


def test_without_a_value_there_are_no_slopes() -> None:
    unknown = replace(
        TUCKED, change_deg=math.nan, word="CAN'T TELL", why=str(Reason(ReasonCode.ARM))
    )
    assert find_colour(draw(TUCKED), YELLOW).sum() > 100
    assert not find_colour(draw(unknown), YELLOW).any()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
def test_levels_that_are_not_seen_are_left_out(share: float) -> None:
    profile = np.where(np.arange(len(LEVELS)) < share * len(LEVELS), math.nan, bend(-9))
    drawn = [
        find_colour(picture(draw(replace(TUCKED, profile=p))), BLUE).sum()
        for p in (bend(-9), profile)
    ]
    assert drawn[1] <= drawn[0] * (1.1 - share)
    draw(replace(TUCKED, profile=profile, neutral=None))


def test_a_video_shows_the_back_anew_ten_times_a_second_and_its_word_at_once() -> None:
    moved = replace(NEUTRAL, profile=bend(-4), change_deg=-4.0)
    assert list_told(replace(moved, time_s=0.09), "running") == list_told(NEUTRAL, "running")
    assert list_told(replace(moved, time_s=0.11), "running") != list_told(NEUTRAL, "running")
    assert list_told(replace(moved, word="TUCKED"), "running") != list_told(NEUTRAL, "running")
