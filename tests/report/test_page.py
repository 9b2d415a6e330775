"""The report page: what it says, that it says it of any clip, and that it stays one small file."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from formcheck.errors import StoreError
from formcheck.exercises.routine import make_routine
from formcheck.files import write_text
from formcheck.report.page import render_page
from formcheck.report.time_strip import make_timeline
from formcheck.report.traces import Trace
from formcheck.result.build import TUCK_NOT_JUDGED
from formcheck.result.models import Baseline, Nearest, Note, Result
from formcheck.result.plan import compare_plan
from tests.support.builders import OUT
from tests.support.html_pages import (
    EXERCISES,
    KNEE,
    kneel,
    make_picture,
    make_result,
    make_trace,
)
from tests.support.played_session import UNJUDGED, make_session

VOID = {"meta", "br", "img", "input", "link"}


@dataclass
class Reader(HTMLParser):
    """Text, tags and attributes of a page; that every tag is closed."""

    text: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)


def read(html: str) -> tuple[str, list[tuple[str, dict[str, str | None]]]]:
    """The words of a page, blanks squeezed, and its tags."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return " ".join(" ".join(reader.text).split()), reader.tags


def render(result: Result | None = None, **options: object) -> str:
    result = result or make_result()
    trace = make_trace(result)
    return render_page(result, EXERCISES, **{"trace": trace, **options})  # type: ignore[arg-type]


def test_verdict_score_and_what_to_do_come_first_in_words() -> None:
    text, _ = read(render())
    head = text[: text.index("What happened when")]
    assert "Something to correct" in head
    assert "Good hold: 16.1 of 30 s, left side." in head
    assert "To correct: Slide your front foot forward; Lift your chest." in head
    assert re.search(r"Score \d+ out of 100", head)
    assert "54 %" in head


def test_each_fault_is_listed_with_when_how_far_and_what_is_right() -> None:
    text, _ = read(render())
    assert "Slide your front foot forward 1 × 7.0 to 9.0 s front knee 66° at worst" in text
    assert "Lift your chest 1 × 12.0 to 14.0 s trunk upright 40° at worst, 2.0 s in all" in text


def test_faults_of_one_rule_stand_together_with_all_their_times() -> None:
    result = make_result()
    [one] = result.sets
    first, lean = one.faults
    later = [first.model_copy(update={"start_s": t, "end_s": t + 1}) for t in (15.0, 18.0)]
    sets = (one.model_copy(update={"faults": (first, lean, *later)}),)
    text, tags = read(render(result.model_copy(update={"sets": sets}), video="annotated.mp4"))
    whens = "7.0 to 9.0 s 15.0 to 16.0 s 18.0 to 19.0 s"
    assert f"Slide your front foot forward 3 × {whens} front knee 66° at worst, 4.0 s" in text
    asked = [attrs["data-seek"] for _, attrs in tags if attrs.get("class") == "seek"]
    assert {"7.0", "15.0", "18.0"} <= set(asked), "each can be gone to"


def test_each_rule_has_its_band_and_its_plot() -> None:
    html = render()
    text, tags = read(html)
    rules = EXERCISES["half-kneeling"].rules
    assert sum(attrs.get("class") == "plot" for _, attrs in tags) == len(rules)
    assert "Pelvis tuck ✓ met in range: at most −5° from neutral (required)" in text
    assert html.count("var(--band)") >= len(rules)


def test_what_was_not_seen_is_said_with_the_reason() -> None:
    warning = Note(code=TUCK_NOT_JUDGED, text="The pelvic tuck was not judged (no outline).")
    result = make_result(warnings=(warning,))
    text, _ = read(render(result))
    unseen = text[text.index("What was not seen, and why") : text.index("How it was measured")]
    assert "The pelvic tuck was not judged (no outline)." in unseen
    assert "2.9 to 4.4 s pelvis tuck: the back is hidden" in unseen
    assert "0.0 to 1.0 s nobody was seen" in unseen


def test_a_tuck_that_was_not_confirmed_is_said_beside_the_verdict() -> None:
    warning = Note(code=TUCK_NOT_JUDGED, text="The pelvic tuck was not clear.")
    result = make_result(lambda t: {} if t >= 2.9 else OUT, warnings=(warning,))
    text, _ = read(render(result))
    assert "Nothing to correct, 22.1 of 30 s, the pelvic tuck not confirmed" in text
    assert "Striped: good hold, but not all of it could be confirmed." in text


def test_left_is_set_against_right() -> None:
    result = make_result()
    other = result.sets[0].model_copy(update={"side": "right", "good_hold_s": 8.0})
    text, _ = read(render(result.model_copy(update={"sets": (*result.sets, other)})))
    assert "Half-kneeling hip flexor stretch: good hold 16.1 s 8.0 s" in text
    assert "front knee, median 90° 90°" in text
    alone, _ = read(render(result))
    assert "Only the left side was done" in alone


def test_how_it_was_measured_and_the_disclaimer_are_there() -> None:
    result = make_result(baseline=Baseline(source="assumed", start_s=3.0, end_s=4.5))
    text, _ = read(render(result))
    assert "assumed from the first steady upright moment at 3.0 to 4.5 s" in text
    assert "not a medical measurement" in text
    assert "a medical assessment" in text
    assert "stop if it hurts" in text


def test_the_documents_that_an_exercise_comes_from_are_named() -> None:
    result = make_result()
    text, _ = read(render_page(result, EXERCISES))
    for exercise in {one.exercise for one in result.sets}:
        assert all(source in text for source in EXERCISES[exercise].sources)


def test_names_stay_text() -> None:
    evil = '"><script>alert(1)</script>'
    result = make_result(clip=evil, person=evil, warnings=(Note(code="x", text=evil),))
    html = render(result, video=f"{evil}.mp4")
    text, tags = read(html)
    assert text.count("alert(1)") >= 3
    assert sum(tag == "script" for tag, _ in tags) == 1
    [video] = [attrs for tag, attrs in tags if tag == "video"]
    assert video["src"] == "%22%3E%3Cscript%3Ealert%281%29%3C/script%3E.mp4"


def test_a_name_that_is_no_utf8_is_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_text(path, render_page(make_result(clip="kn\udcffeel.mp4"), EXERCISES))
    assert "kn?eel.mp4" in path.read_text(encoding="utf-8")


def test_it_loads_nothing_but_the_video_beside_it() -> None:
    html = render(pictures=[make_picture()], video="annotated.mp4")
    _, tags = read(html)
    links = {attrs[name] for _, attrs in tags for name in ("src", "href") if name in attrs}
    assert {str(link)[:22] for link in links if not str(link).startswith("#")} == {
        "annotated.mp4", "data:image/jpeg;base64",
    }  # fmt: skip
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html)


def test_the_picture_of_a_photo_is_shown_and_allowed() -> None:
    html = render(picture="annotated.jpg")
    _, tags = read(html)
    [image] = [attrs for tag, attrs in tags if tag == "img"]
    assert image["src"] == "annotated.jpg"
    policy = next(str(a["content"]) for t, a in tags if t == "meta" and "http-equiv" in a)
    assert "img-src data: 'self' file:" in policy


def test_the_policy_allows_this_style_and_script_alone() -> None:
    html = render(video="annotated.mp4")
    _, tags = read(html)
    policy = next(str(a["content"]) for t, a in tags if t == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        inside = html.split(f"<{tag}>")[1].split(f"</{tag}>")[0]
        digest = b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not any("style" in attrs for _, attrs in tags), "the policy forbids inline style"
    assert not any(name.startswith("on") for _, attrs in tags for name in attrs)


def test_identifiers_are_not_used_twice() -> None:
    result = make_result()
    twice = result.model_copy(update={"sets": result.sets * 2})
    html = render(twice, video="annotated.mp4")
    _, tags = read(html)
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for reference in re.findall(r"url\(#([^)]+)\)", html):
        assert reference in ids


def test_the_same_input_gives_the_same_bytes() -> None:
    assert render(pictures=[make_picture()]) == render(pictures=[make_picture()])


def test_without_a_video_nothing_seeks() -> None:
    _, tags = read(render())
    assert not {tag for tag, _ in tags} & {"video", "script", "button"}
    [timeline] = [attrs for _, attrs in tags if attrs.get("id") == "timeline"]
    assert timeline["role"] == "img"
    assert str(timeline["aria-label"]).startswith("Timeline of 25.0 s: 3 holds, 2 stretches")


def test_a_picture_stands_beside_the_drawing() -> None:
    text, tags = read(render(pictures=[make_picture()]))
    [image] = [attrs for tag, attrs in tags if tag == "img"]
    assert image["alt"] == "You at 7.0 s: front knee 66°"
    figures = [attrs for tag, attrs in tags if tag == "svg" and attrs.get("class") == "figure"]
    assert [f["aria-label"] for f in figures] == [
        "The correct position: front knee 80 to 105°",
        "The correct position: trunk upright −14 to 16°",
    ]
    assert "1 more fault is listed without a picture" in text


def test_a_live_session_of_which_nothing_is_kept_has_a_page() -> None:
    text, tags = read(render_page(make_result(), EXERCISES))
    assert "Slide your front foot forward" in text
    assert "What was measured" in text
    assert not [attrs for _, attrs in tags if attrs.get("class") == "plot"]


def test_a_live_session_has_a_day_and_a_recording_in_place_of_a_clip() -> None:
    began = datetime(2026, 3, 1, 7, 5).astimezone()
    html = render(video="today.mp4", session_at=began)
    text, _ = read(html)
    assert "At the camera 1 March 2026, 07:05" in text
    assert "The recording is no longer beside this page" in text
    assert 'aria-label="The recording"' in html
    for of_a_clip in ("annotated", "kneel.mp4"):
        assert of_a_clip not in html


@pytest.mark.parametrize("exercise", [None, "half-kneeling"])
def test_a_clip_without_a_set_has_a_page(exercise: str | None) -> None:
    note = Note(code="no_person", text="Nobody was seen.")
    result = make_result(lambda t: OUT, exercise=exercise, warnings=(note,))
    assert result.sets == ()
    text, _ = read(render(result))
    assert "No stretch was seen" in text
    assert "Nobody was seen." in text
    assert "Nothing was done that could be compared." in text
    assert "Striped" not in text


def test_what_was_done_on_the_other_side_is_named() -> None:
    nearest = Nearest(exercise="half-kneeling", condition="side")
    result = make_result(lambda t: OUT, exercise=None).model_copy(update={"nearest": nearest})
    text, _ = read(render(result))
    assert EXERCISES["half-kneeling"].name in text
    assert "Not done on the side asked for" in text
    assert "No exercise recognised" not in text
    assert "No stretch was seen" not in text


def test_a_session_in_which_nothing_was_done_does_not_say_that_all_was_seen() -> None:
    result = make_result(lambda t: OUT)
    assert result.warnings == ()
    text, _ = read(render_page(result, EXERCISES))
    assert "What was not seen, and why There was nothing to judge." in text


def test_a_picture_that_is_all_of_the_clip_has_a_page() -> None:
    one = make_result().sets[0]
    still = one.model_copy(
        update={"start_s": 0.0, "end_s": 0.0, "holds": (), "good_hold_s": 0.0, "faults": ()}
    )
    result = make_result(sets=(still,), duration_s=0.0, frames=1)
    text, _ = read(render_page(result, EXERCISES))
    assert "A photo has no clock" in text
    assert "0 of 30 s" not in text
    assert "Of what is aimed for" not in text
    assert "What happened when" not in text


def test_every_exercise_has_a_page_with_all_its_rules() -> None:
    """Rules of every kind: by the repetition, without an upper bound, that no camera judges."""
    model = make_result()
    for exercise in EXERCISES.values():
        if not exercise.is_seen:
            continue
        rules = {rule.id: model.sets[0].rules["front_knee"] for rule in exercise.rules}
        faults = tuple(
            model.sets[0].faults[0].model_copy(update={"rule": rule.id, "cue": "Do it <better>"})
            for rule in exercise.rules
            if rule.never is None
        )
        one = model.sets[0].model_copy(
            update={"exercise": exercise.id, "rules": rules, "faults": faults}
        )
        result = model.model_copy(update={"exercise": exercise.id, "sets": (one,)})
        text, _ = read(render_page(result, EXERCISES, trace=make_trace(result)))
        assert exercise.name in text
        assert text.count("Do it <better>") >= len(faults)


def test_a_long_session_has_contents_and_folds_with_the_first_bad_set_open() -> None:
    session = make_session()
    text, tags = read(render_page(session, EXERCISES))
    links = [str(a["href"]) for tag, a in tags if tag == "a" and str(a["href"])[0] == "#"]
    assert links == [f"#in-set-{k}" for k in range(1, 45)]
    ids = {attrs["id"] for _, attrs in tags if "id" in attrs}
    assert {link[1:] for link in links} <= ids
    inside = [attrs for tag, attrs in tags if tag == "details"][:44]
    bad = next(i for i, one in enumerate(session.sets) if one.verdict == "fix")
    assert [i for i, attrs in enumerate(inside) if "open" in attrs] == [bad]
    contents = text[text.index("Contents") :]
    for number, one in enumerate(session.sets, start=1):
        assert f"Set {number}: {EXERCISES[one.exercise].name}" in contents
    assert "Contents" not in read(render())[0], "a short one has none"


def test_what_could_not_be_judged_shows_no_score() -> None:
    session = make_session()
    one = session.sets[UNJUDGED].model_copy(update={"score": 100.0})
    result = session.model_copy(update={"sets": (one,), "score": 100.0})
    text, _ = read(render_page(result, EXERCISES))
    assert "of 100" not in text
    assert "There is no score" in text


def test_a_test_shows_its_reading_and_is_not_held_well() -> None:
    session = make_session()
    read_sets = tuple(one for one in session.sets if one.measured is not None)[:2]
    result = session.model_copy(update={"sets": read_sets, "verdict": "pass"})
    text, _ = read(render_page(result, EXERCISES))
    assert "Measured: left tight and right tight" in text
    assert text.count("= tight") == 2
    before = text[: text.index("How it was measured")]
    assert not re.search(r"held well|nothing to correct|✓", before, re.IGNORECASE)


def test_with_a_routine_its_share_stands_in_place_of_the_exercises_own() -> None:
    plan = make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=16.0)
    result = make_result()
    result = result.model_copy(update={"plan": compare_plan(result, plan, EXERCISES)})
    text, _ = read(render(result))
    assert "Of what is aimed for" not in text
    assert "Good hold: 16.1 of 16 s" in text
    assert "of 30 s" not in text


def test_an_hour_stays_under_two_megabytes() -> None:
    """Of 36,000 frames, in ten sets."""
    result = make_result(lambda t: kneel(t % 60.0), until_s=600.0)
    assert len(result.sets) == 10
    faults = result.sets[0].faults
    pictures = [make_picture(k % len(faults)) for k in range(6)]
    html = render(result, trace=make_trace(result, n=3600), pictures=pictures)
    assert len(html.encode()) < 2_000_000


def test_the_timeline_parts_what_overlaps_and_shows_what_is_short() -> None:
    both = make_result(lambda t: {**kneel(t), **(KNEE if 12.0 <= t < 13.0 else {})})
    timeline = make_timeline(both, EXERCISES, make_trace(both))
    assert timeline is not None
    lanes = {lane.name: lane for lane in timeline.lanes}
    assert list(lanes) == ["Good hold", "To correct", "Not judged"]
    rows = [(bar.row, bar.text.split(":")[0]) for bar in lanes["To correct"].bars]
    assert rows == [(0, "7.0 to 9.0 s"), (0, "12.0 to 13.0 s"), (1, "12.0 to 14.0 s")]
    assert lanes["To correct"].n_rows == 2
    assert {bar.look for bar in lanes["Good hold"].bars} == {"good", "unsure"}
    for lane in timeline.lanes:
        for bar in lane.bars:
            assert bar.width >= 0.29
            assert bar.left + bar.width <= 100.001
    assert [text for _, text in timeline.ticks] == ["0 s", "5 s", "10 s", "15 s", "20 s", "25 s"]


def test_held_seconds_are_as_long_in_the_timeline_as_in_the_result() -> None:
    result = make_result()
    timeline = make_timeline(result, EXERCISES, Trace())
    assert timeline is not None
    held = next(lane for lane in timeline.lanes if lane.name == "Good hold")
    shown_s = sum(bar.width for bar in held.bars) / 100 * timeline.end_s
    assert shown_s == pytest.approx(result.sets[0].good_hold_s, abs=0.01)


def test_a_page_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"report\.html"):
        write_text(tmp_path / "file" / "report.html", render_page(make_result(), EXERCISES))
