"""Every English text has its German one, with the same values, and none is left over."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import jinja2
import pytest
from jinja2 import nodes

import formcheck
from formcheck import language
from formcheck.cli.exercise_page import CAUTION
from formcheck.coach.cues import Cue
from formcheck.coach.live_state import HandAsks
from formcheck.defaults import STOP_AT_PAIN
from formcheck.errors import ArgumentError
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import list_routines
from formcheck.exercises.schema import Assessment
from formcheck.language import (
    LANGUAGES,
    find_language,
    read_phrases,
    translate,
    translate_note,
    use_language,
)
from formcheck.measure.reason import OF_JOINTS, Reason, ReasonCode, name_joint
from formcheck.measure.registry import MEASURES
from formcheck.measure.view import VIEW_TEXT, View
from formcheck.notation import name_words
from formcheck.pose.landmarks import SIDES
from formcheck.report.words import DISCLAIMER
from formcheck.result.models import Status
from formcheck.screen.from_afar import Letters, plan_banner
from formcheck.screen.live_scene import COME_OUT, STAY_OUT, TUCK_NOW
from formcheck.screen.scene import TuckWord
from formcheck.video.camera import BLACK, COVERED
from tests.support.german import list_english

GERMAN = read_phrases("de")
EXERCISES = list_exercises()
PACKAGE = Path(formcheck.__file__).parent
OF_A_SCRIPT = re.compile(r'\btranslate\(\s*("(?:[^"\\]|\\.)*")')


def list_phrases(room: str = "") -> Iterator[str]:
    """What stands in the code as ``phrase("...")`` or ``translate("...")``."""
    for path in (PACKAGE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Name("phrase" | "translate"), [ast.Constant(str(text)), *_]):
                    yield text


def list_page_phrases() -> Iterator[str]:
    """The same of templates and scripts."""
    for path in PACKAGE.rglob("templates/*.html"):
        template = jinja2.Environment().parse(path.read_text(encoding="utf-8"))
        for call in template.find_all(nodes.Call):
            match call:
                case nodes.Call(
                    node=nodes.Name(name="phrase" | "translate"), args=[nodes.Const(value=text), *_]
                ):
                    yield text
    for path in PACKAGE.rglob("static/*.js"):
        yield from map(json.loads, OF_A_SCRIPT.findall(path.read_text(encoding="utf-8")))


def list_data() -> Iterator[str]:
    """What is shown of the catalogue, and the words that stand for values."""
    for one in EXERCISES.values():
        yield from filter(None, (one.name, one.short_name, one.stretched, *one.instructions))
        for rule in one.rules:
            yield name_words(rule.id)
            yield from filter(None, (rule.cue_low, rule.cue_high, rule.never))
        if isinstance(one.count, Assessment):
            yield from (reading.text for reading in one.count.readings)
        if one.count.kind == "question":
            yield one.count.question
            yield from (text for of in one.count.answers for text in (of.answer, of.meaning))
        yield from filter(None, (one.camera, getattr(one.count, "caveat", None)))
        if one.near == "other":
            yield "the front leg"
        for name in one.measures:
            joints = MEASURES[name].joints if name in MEASURES else ()
            for joint, side in product(joints, SIDES):
                which, _, rest = joint.partition("_")
                own = f"{side}_{rest}" if which in ("rear", "front") else joint
                yield from (f"the {name_joint(one)}" for one in (joint, own))
    yield from (routine.name for routine in list_routines().values())
    for words in (HandAsks, TuckWord, Status, View):
        yield from get_args(words)
    yield from ("extra", "left", "right", "s", "reps", ".", STOP_AT_PAIN, CAUTION, DISCLAIMER)
    yield from VIEW_TEXT.values()


def list_values(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("english", sorted({*list_phrases(), *list_page_phrases(), *list_data()}))
def test_every_text_has_its_german(english: str) -> None:
    assert english in GERMAN
    assert list_values(GERMAN[english]) == list_values(english)


def test_nothing_is_translated_that_is_not_said() -> None:
    codes = {name for name in GERMAN if name.replace("_", "").isalpha() and name.islower()}
    assert {*GERMAN} - {
        *list_phrases(),
        *list_page_phrases(),
        *list_data(),
    } - codes == set()


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280)])
def test_german_cues_are_read_from_three_metres(size: tuple[int, int]) -> None:
    rules = [rule for one in EXERCISES.values() for rule in one.rules]
    cues = {text for rule in rules for text in (rule.cue_low, rule.cue_high) if text}
    cues |= {text for text in list_phrases("coach") if "{" not in text}
    cues |= {TUCK_NOW, COME_OUT, STAY_OUT, BLACK, COVERED}
    large = Letters.of_window(*size).large
    banners = [plan_banner(Cue(GERMAN[cue], "fix"), None, *size) for cue in sorted(cues)]
    assert [banner.lines for banner in banners if banner.size < large] == []


def test_every_reason_is_told_in_german(monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = dict.fromkeys(OF_JOINTS, ("rear_knee",)) | {
        ReasonCode.VIEW: ("side", "oblique"),
        ReasonCode.NEVER: ("one camera from the front cannot measure a knee's angle",),
    }
    reasons = [Reason(code, subjects.get(code, ())) for code in ReasonCode]
    english = [str(reason) for reason in reasons]
    assert [reason.tell() for reason in reasons] == english
    monkeypatch.setattr(language, "_used", "de")
    assert list_english(*(reason.tell() for reason in reasons)) == []
    assert Reason(ReasonCode.HIDDEN, ("rear_knee",)).tell().startswith("das hintere Knie ist")
    assert [str(reason) for reason in reasons] == english, "what is kept stays English"


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"LANG": "de_AT.UTF-8"}, "de"), ({"LC_ALL": "de"}, "de"), ({"LANG": "fr_FR"}, "en"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "de_DE"}, "en"), ({}, "en"), ({"LANG": "C"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "de_CH", "LANG": "en_US"}, "de"),
    ],
)  # fmt: skip
def test_the_system_tells_the_language(environ: dict[str, str], found: str) -> None:
    assert find_language(environ) == found


def test_one_that_there_is_not_is_refused() -> None:
    assert LANGUAGES == ("en", "de")
    with pytest.raises(ArgumentError, match="give en or de"):
        use_language("xx")


def test_what_has_no_german_stays_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_used", "de")
    assert translate("My own cue {not a value}") == "My own cue {not a value}"
    assert translate("Next: {turn}", turn="x") == GERMAN["Next: {turn}"].format(turn="x")
    assert translate_note("nothing like it", "As it was.") == "As it was."
