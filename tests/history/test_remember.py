"""An analysed clip into the history: dated, told by its contents, replaced when it comes again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import pytest

from formcheck.errors import SourceError, StoreError
from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.history.remember import ClipOrigin, find_origin, remember_clip
from formcheck.history.store import History
from formcheck.result.models import AskedSet, PlanResult, Result, SetResult, ViewSeen
from formcheck.video.metadata import read_created
from tests.support import media
from tests.support.past_sets import make_rep, make_set

WHEN = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
"""In Berlin half past one, half an hour before the clocks go forward."""
APPLE = "com.apple.quicktime.creationdate"


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def make_clip(path: Path, *, change_s: float | None = None, **tags: str) -> Path:
    """A grey clip that says those things of itself."""
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata.update({APPLE if k == "apple" else k: v for k, v in tags.items()})
        stream = container.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _, image in media.plain(64, 48, 3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    if change_s is not None:
        os.utime(path, (change_s, change_s))
    return path


def make_result(*sets: SetResult, plan: PlanResult | None = None, person: str = "Ann") -> Result:
    return Result(
        clip="kneel.mp4", person=person, exercise="mixed", exercise_source="detected",
        model="full", duration_s=60, frames=600, frames_analyzed=600, frames_with_pose=600,
        view=ViewSeen(expected=("side",), seen="side", ok=True, near_side="left"), sets=sets,
        target=None, completion=None, score=None, verdict="fix", plan=plan,
    )  # fmt: skip


@pytest.fixture(scope="module")
def exercises() -> dict[str, Exercise]:
    return list_exercises()


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History(tmp_path / "kept" / "history.sqlite3") as opened:
        yield opened


ORIGIN = ClipOrigin("abc", WHEN, "clip")


# --- when it was recorded ---------------------------------------------------------------------


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv"])
def test_a_clip_that_says_when_is_believed(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, creation_time="2026-03-29T00:30:00Z", change_s=1e9)
    created = read_created(clip)
    assert created == WHEN
    assert created is not None
    assert created.isoformat() == "2026-03-29T01:30:00+01:00"
    origin = find_origin(clip)
    assert (origin.at, origin.dated_by) == (WHEN, "clip")


@pytest.mark.usefixtures("berlin")
def test_the_clock_where_it_was_recorded_is_kept(tmp_path: Path) -> None:
    """A phone in Auckland: its own day is one ahead of the machine's here."""
    clip = make_clip(
        tmp_path / "a.mov", apple="2026-03-29T13:30:00+1300", creation_time="2026-03-29T00:30:00Z"
    )
    created = read_created(clip)
    assert created is not None
    assert created.isoformat() == "2026-03-29T13:30:00+13:00"


@pytest.mark.parametrize(
    "told", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2199-01-01T00:00:00Z", "yesterday"]
)
def test_a_time_that_cannot_be_is_not_believed(tmp_path: Path, told: str) -> None:
    clip = make_clip(tmp_path / "clip.mkv", creation_time=told, change_s=WHEN.timestamp())
    assert read_created(clip) is None
    origin = find_origin(clip)
    assert (origin.at, origin.dated_by) == (WHEN, "file")


@pytest.mark.usefixtures("berlin")
def test_without_a_word_it_is_when_the_file_was_last_changed(tmp_path: Path) -> None:
    summer = datetime(2026, 7, 1, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    clip = make_clip(tmp_path / "clip.mp4", change_s=summer.timestamp())
    origin = find_origin(clip)
    assert origin.at.isoformat() == "2026-07-01T23:30:00+02:00"
    assert origin.dated_by == "file"


@pytest.mark.parametrize("kind", list(media.BAD))
def test_what_is_no_clip_says_nothing(tmp_path: Path, samples: Path, kind: str) -> None:
    make, _ = media.BAD[kind]
    assert read_created(make(tmp_path, samples / "half-kneeling_good25.mp4")) is None


def test_a_playlist_is_not_followed(tmp_path: Path) -> None:
    secret = make_clip(tmp_path / "secret.mp4", creation_time="2026-03-29T00:30:00Z")
    playlist = tmp_path / "clip.ffconcat"
    playlist.write_text(f"ffconcat version 1.0\nfile {secret.name}\n")
    assert read_created(playlist) is None


# --- which clip it is -------------------------------------------------------------------------


def test_a_copy_is_the_same_clip_and_a_change_is_another(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4")
    copy = Path(shutil.copy(clip, tmp_path / "copy.mp4"))
    assert find_origin(copy).content == find_origin(clip).content
    copy.write_bytes(clip.read_bytes() + b"\0")
    assert find_origin(copy).content != find_origin(clip).content


def test_a_clip_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.mp4: cannot be read: No such file"):
        find_origin(tmp_path / "gone.mp4")


# --- what is remembered -----------------------------------------------------------------------


def test_a_set_is_remembered_with_what_it_aimed_for(
    history: History, exercises: dict[str, Exercise]
) -> None:
    kicks = make_set(20, exercise="donkey-kick", reps=(make_rep(20, True),), side=None)
    measured = {"thigh_elevation_deg": 3.0, "verdict": "borderline"}
    test = make_set(40, exercise="thomas-test", measured=measured)
    n = remember_clip(history, make_result(make_set(), kicks, test), ORIGIN, exercises)
    kneel, kick, thomas = history.sets("Ann")
    assert n == 3
    assert (kneel.source, kneel.clip, kneel.session) == ("clip", "kneel.mp4", "abc")
    assert (kneel.target, kneel.unit, kneel.routine) == (30.0, "s", None)
    assert (kick.target, kick.unit, kick.n_good_reps) == (10.0, "reps", 1)
    assert (thomas.target, thomas.unit) == (None, "s")
    assert {one.at for one in (kneel, kick, thomas)} == {WHEN}


def test_a_routine_says_what_was_aimed_for(
    history: History, exercises: dict[str, Exercise]
) -> None:
    asked = AskedSet(
        step=1, exercise="half-kneeling", side="left", set=1, asked=45, done=8.1, unit="s",
        status="short", index=0,
    )  # fmt: skip
    plan = PlanResult(
        routine="mine", name="Mine", sets=(asked,), extra=(), n_asked=1, n_done=0, complete=False
    )
    result = make_result(make_set(), make_set(30), plan=plan)
    remember_clip(history, result, ORIGIN, exercises)
    assert [one.target for one in history.sets("Ann")] == [45.0, 30.0]
    assert {one.routine for one in history.sets("Ann")} == {"mine"}


def test_the_same_clip_again_replaces_whatever_it_was(
    history: History, exercises: dict[str, Exercise]
) -> None:
    other = ClipOrigin("other", WHEN + timedelta(days=1), "file")
    remember_clip(history, make_result(make_set()), other, exercises)
    remember_clip(history, make_result(make_set(), make_set(30)), ORIGIN, exercises)
    again = make_result(make_set(5, exercise="lunge-stretch"), person="Ben")
    assert remember_clip(history, again, ORIGIN, exercises) == 1
    assert [(one.session, one.exercise) for one in history.sets("Ann")] == [
        ("other", "half-kneeling")
    ]
    assert [one.exercise for one in history.sets("Ben")] == ["lunge-stretch"]


def test_a_result_without_a_set_loses_nothing(
    history: History, exercises: dict[str, Exercise]
) -> None:
    remember_clip(history, make_result(make_set()), ORIGIN, exercises)
    assert remember_clip(history, make_result(), ORIGIN, exercises) == 0
    assert len(history.sets("Ann")) == 1


def test_what_cannot_be_written_whole_leaves_what_was(
    history: History, exercises: dict[str, Exercise], monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_clip(history, make_result(make_set()), ORIGIN, exercises)
    add_set = History.add_set

    def fail_at_second(self: History, one: SetResult, **about: object) -> None:
        if one.start_s > 20:
            raise StoreError("history.sqlite3", "the disk is full")
        add_set(self, one, **about)  # type: ignore[arg-type]

    monkeypatch.setattr(History, "add_set", fail_at_second)
    with pytest.raises(StoreError, match="full"):
        remember_clip(history, make_result(make_set(7.0), make_set(30)), ORIGIN, exercises)
    assert [one.start_s for one in history.sets("Ann")] == [2.9]
