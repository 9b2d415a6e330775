"""One clip scored: the result of ``analyze``, what it is filed under, and the poses kept."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import formcheck
from formcheck.app.batch import work
from formcheck.app.batch.content import read_stamp
from formcheck.app.batch.job import ClipOutcome, Job, Known, Options
from formcheck.app.batch.work import score
from formcheck.exercises.load import CATALOGUE_DIR
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import load_track
from formcheck.result.models import Result
from tests.support import media
from tests.support.series_files import read_series
from tests.support.stand_ins import locate_file, make_result
from tests.support.web_server import serve

OPTIONS = Options(rate_hz=5.0)


@pytest.fixture(scope="module")
def clip(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four good seconds."""
    frames = media.read_frames(samples / "half-kneeling_good25.mp4", 8.0, 12.0)
    return media.write_clip(tmp_path_factory.mktemp("clip") / "kneel.mp4", frames)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as untouched however young they are."""
    monkeypatch.setattr("formcheck.app.batch.content._SETTLED_S", 0.0)


@pytest.fixture
def no_video(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Whatever opens a clip, or reads its content, fails; from when it is armed."""
    with monkeypatch.context() as patch:
        yield patch


def forbid_video(patch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the clip was opened")

    patch.setattr("formcheck.video.clip.Clip.__init__", refuse)
    patch.setattr("formcheck.app.batch.work.hash_file", refuse)
    patch.setattr("formcheck.app.batch.work.is_track", refuse)


def make_job(path: Path | str, **said: object) -> Job:
    return replace(Job(str(path), "clips/one.mp4"), **said)  # type: ignore[arg-type]


def read(outcome: ClipOutcome) -> Result:
    assert outcome.error is None
    assert outcome.result is not None
    return Result.model_validate_json(outcome.result)


def test_it_is_what_analyze_says(clip: Path) -> None:
    outcome = score(make_job(clip, person="Ann", side="right"), OPTIONS)
    alone = formcheck.analyze(clip, rate_hz=5.0, person="Ann", side="right")
    assert read(outcome) == alone
    assert alone.verdict == "pass"
    assert outcome.status == "ok"


def test_a_damaged_clip_has_the_warning_of_analyze(clip: Path, tmp_path: Path) -> None:
    content = bytearray(clip.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(content)
    options = replace(OPTIONS, poses_dir=str(tmp_path / "poses"))
    results = [read(score(make_job(damaged), options)) for _ in range(2)]
    assert "damaged" in [note.code for note in results[0].warnings]
    assert results == 2 * [formcheck.analyze(damaged, rate_hz=5.0)]


@pytest.mark.parametrize("kind", media.BAD)
def test_what_is_no_clip_is_told_on_one_line_with_its_name(
    kind: str, clip: Path, tmp_path: Path
) -> None:
    make, words = media.BAD[kind]
    path = make(tmp_path, clip)
    outcome = score(make_job(path, name=f"clips/{path.name}"), OPTIONS)
    assert outcome.status == "failed"
    assert outcome.result is None
    assert outcome.error is not None
    assert path.name not in outcome.error
    assert words in f"{path.name}: {outcome.error}"
    assert "\n" not in outcome.error


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"exercise": "half-knelling"}, "did you mean half-kneeling"),
        ({"neutral": "@5-3"}, "before the end"),
        ({"neutral": "@50-60"}, "there is no frame"),
        ({"neutral": "/no/such.json"}, "/no/such.json: no such file"),
    ],
)
def test_what_is_asked_wrongly_is_told(clip: Path, said: dict[str, str], words: str) -> None:
    outcome = score(make_job(clip, **said), OPTIONS)
    assert outcome.error is not None
    assert words in outcome.error
    assert not outcome.error.startswith("clips/one.mp4")


def test_a_password_is_in_no_message() -> None:
    outcome = score(Job("http://ann:secret@127.0.0.1:9/a.mp4", "a.mp4"), OPTIONS)
    assert outcome.error is not None
    assert "secret" not in outcome.error


def test_jobs_and_the_work_go_through_pickle(clip: Path) -> None:
    sent = score, make_job(clip), OPTIONS, Known("key", None)
    assert pickle.loads(pickle.dumps(sent)) == sent


def key_of(job: Job, options: Options = OPTIONS) -> str:
    """The key alone: the video is not decoded for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "_judge", lambda *_: SimpleNamespace(result=make_result("a.mp4")))
        outcome = score(job, options)
    assert outcome.key, outcome.error
    return outcome.key


def test_the_key_tells_all_that_decides_the_result(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = key_of(make_job(clip))
    same = shutil.copy(clip, tmp_path / "same.mp4")
    assert key_of(make_job(same, name="other name")) == base
    assert key_of(make_job(clip), replace(OPTIONS, poses_dir=str(tmp_path / "poses"))) == base
    longer = tmp_path / "longer.mp4"
    longer.write_bytes(clip.read_bytes() + b"\0")
    neutral, model = tmp_path / "neutral.mp4", tmp_path / "mine.task"
    shutil.copy(clip, neutral)
    model.write_bytes(b"a model")
    others = [
        key_of(make_job(longer)), key_of(make_job(clip, person="Ann")),
        key_of(make_job(clip, exercise="half-kneeling")), key_of(make_job(clip, side="left")),
        key_of(make_job(clip, follow="left")), key_of(make_job(clip, follow=(0.2, 0.5))),
        key_of(make_job(clip, mirrored=True)),
        key_of(make_job(clip, neutral="@0-1")), key_of(make_job(clip, neutral=str(neutral))),
        key_of(make_job(clip, fps=15.0)), key_of(make_job(clip), replace(OPTIONS, rate_hz=None)),
        key_of(make_job(clip), replace(OPTIONS, model="lite")),
        key_of(make_job(clip), replace(OPTIONS, model=str(model))),
    ]  # fmt: skip
    neutral.write_bytes(longer.read_bytes())
    others.append(key_of(make_job(clip, neutral=str(neutral))))
    model.write_bytes(b"another model")
    others.append(key_of(make_job(clip), replace(OPTIONS, model=str(model))))
    monkeypatch.setattr(formcheck, "__version__", "9.9")
    others.append(key_of(make_job(clip)))
    assert len({base, *others}) == 1 + len(others)


RULE = 'measure = "front_knee_deg"\nlow = 80'
POSITION = 'measure = "rear_knee_below_hip_thigh"\nlow = 0.45'


def write_exercise(folder: Path, old: str = RULE, new: str = RULE) -> None:
    """Half-kneeling with something changed."""
    folder.mkdir(exist_ok=True)
    text = (CATALOGUE_DIR / "half-kneeling.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "half-kneeling.toml").write_text(text.replace(old, new), encoding="utf-8")


def test_an_edited_exercise_changes_the_keys_it_concerns(clip: Path, tmp_path: Path) -> None:
    mine = replace(OPTIONS, exercise_dirs=(str(tmp_path / "mine"),))
    asked = ["auto", "half-kneeling", "half-kneeling-reach", "donkey-kick"]

    def keys(old: str, new: str) -> list[str]:
        write_exercise(tmp_path / "mine", old, new)
        return [key_of(make_job(clip, exercise=name), mine) for name in asked]

    before = keys(RULE, RULE)
    assert keys(RULE, f"{RULE} # a remark") == before
    rule = keys(RULE, RULE.replace("80", "81"))
    assert [a != b for a, b in zip(before, rule, strict=True)] == [True, True, False, False]
    # The reach is done in the position of half-kneeling.
    position = keys(POSITION, POSITION.replace("0.45", "0.46"))
    assert [a != b for a, b in zip(before, position, strict=True)] == [True, True, True, False]


def test_what_is_known_is_not_scored_again(
    clip: Path, tmp_path: Path, settled: None, no_video: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kneel.mp4"
    shutil.copy(clip, path)
    first = score(make_job(path), OPTIONS)
    known = Known(first.key, read_stamp(str(path)))
    with no_video.context() as patch:
        forbid_video(patch)
        assert score(make_job(path), OPTIONS, known) == ClipOutcome(first.key, None, None)
        # Another stamp means that its content has to be looked at.
        with pytest.raises(AssertionError, match="the clip was opened"):
            score(make_job(path), OPTIONS, replace(known, stamp="another"))
    assert score(make_job(path), OPTIONS, replace(known, stamp=None)).result is None
    path.write_bytes(path.read_bytes() + b"\0")
    again = score(make_job(path), OPTIONS, known)
    assert again.key != first.key
    assert again.result == first.result


def test_a_file_written_to_a_moment_ago_has_no_stamp(tmp_path: Path) -> None:
    path = tmp_path / "new.mp4"
    path.touch()
    assert read_stamp(str(path)) is None
    assert read_stamp(str(tmp_path / "missing.mp4")) is None
    assert read_stamp("nul\0.mp4") is None


def test_rescoring_after_a_rule_was_changed_opens_no_video(
    clip: Path, tmp_path: Path, settled: None, no_video: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    write_exercise(mine)
    options = replace(OPTIONS, exercise_dirs=(str(mine),), poses_dir=str(tmp_path / "poses"))
    job = make_job(clip, exercise="half-kneeling")
    first = score(job, options)
    write_exercise(mine, RULE, RULE.replace("80", "100"))
    forbid_video(no_video)
    again = score(job, options)
    assert again.key != first.key
    outcomes = [read(one).sets[0].rules["front_knee"].pass_s for one in (first, again)]
    assert outcomes[0] > 3
    assert outcomes[1] == 0


def test_links_and_copies_share_their_poses(
    clip: Path, tmp_path: Path, settled: None, no_video: pytest.MonkeyPatch
) -> None:
    options = replace(OPTIONS, poses_dir=str(tmp_path / "poses"))
    copy = shutil.copy(clip, tmp_path / "copy.mp4")
    first = score(make_job(clip), options)
    no_video.setattr(
        "formcheck.app.closer_look.estimate_track", lambda *_, **__: pytest.fail("decoded")
    )
    again = read(score(make_job(copy), options))
    assert again.clip == "copy.mp4"
    assert again == read(first).model_copy(update={"clip": "copy.mp4"})


def test_the_result_is_the_same_with_and_without_kept_poses(clip: Path, tmp_path: Path) -> None:
    options = replace(OPTIONS, poses_dir=str(tmp_path / "poses"))
    for exercise in ("auto", "donkey-kick"):
        job = make_job(clip, exercise=exercise)
        assert score(job, OPTIONS) == score(job, options) == score(job, options)


@pytest.mark.parametrize("damage", ["cut", "byte", "empty"])
def test_damaged_poses_are_made_again(clip: Path, tmp_path: Path, damage: str) -> None:
    options = replace(OPTIONS, poses_dir=str(tmp_path / "poses"))
    first = score(make_job(clip), options)
    [kept] = (tmp_path / "poses").rglob("*.npz")
    content = kept.read_bytes()
    at = len(content) // 2
    broken = {
        "cut": content[:at],
        "byte": content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :],
        "empty": b"",
    }[damage]
    kept.write_bytes(broken)
    assert score(make_job(clip), options) == first
    assert len(kept.read_bytes()) == pytest.approx(len(content), rel=0.05)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "formcheck.app.closer_look.estimate_track", lambda *_, **__: pytest.fail("decoded")
        )
        assert score(make_job(clip), options) == first


def test_poses_are_kept_for_each_rate_that_a_clip_is_said_to_have(
    clip: Path, tmp_path: Path
) -> None:
    options = replace(OPTIONS, model="lite", poses_dir=str(tmp_path / "poses"))
    lengths_s = []
    for fps in (None, 7.5, None, 7.5):
        outcome = score(make_job(clip, fps=fps), options)
        assert outcome.result is not None
        lengths_s.append(Result.model_validate_json(outcome.result).duration_s)
    assert lengths_s == pytest.approx([4, 8, 4, 8], abs=0.1)
    assert len(list((tmp_path / "poses").rglob("*.npz"))) == 2


def test_poses_are_small_and_of_their_model_and_rate(clip: Path, tmp_path: Path) -> None:
    poses = tmp_path / "poses"
    for options in (OPTIONS, replace(OPTIONS, rate_hz=2.0), replace(OPTIONS, model="lite")):
        assert score(make_job(clip), replace(options, poses_dir=str(poses))).status == "ok"
    files = list(poses.rglob("*.npz"))
    assert len(files) == 3
    n_frames = 20 + 8 + 20
    assert sum(path.stat().st_size for path in files) < 2000 * n_frames
    assert not [path for path in poses.rglob("*") if path.name.startswith(".")]


def test_kept_poses_are_of_whom_was_asked_for(clip: Path, tmp_path: Path) -> None:
    """And a mirrored clip has its own."""
    poses = tmp_path / "poses"
    options = replace(OPTIONS, poses_dir=str(poses))
    for n, follow in enumerate(("largest", "left", (0.2, 0.5)), 1):
        right = read(score(make_job(clip, follow=follow), options))
        assert len(list(poses.rglob("*.npz"))) == n
    left = read(score(make_job(clip, follow=(0.2, 0.5), mirrored=True), options))
    assert len(list(poses.rglob("*.npz"))) == 4
    assert [one.side for one in right.sets] == ["right"]
    assert [one.side for one in left.sets] == ["left"]
    [saved, *_] = sorted(poses.rglob("*.npz"))
    outcome = score(make_job(saved, follow="left"), OPTIONS)
    assert outcome.error is not None
    assert "saved poses are of one person" in outcome.error


def test_poses_that_cannot_be_kept_are_told(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "poses").write_text("a file")
    outcome = score(make_job(clip), replace(OPTIONS, poses_dir=str(tmp_path / "poses")))
    assert outcome.error is not None
    assert str(tmp_path / "poses") in outcome.error


def test_a_series_is_written_once_and_again_when_it_would_be_another(
    clip: Path, tmp_path: Path
) -> None:
    options = replace(OPTIONS, series_dir=str(tmp_path / "frames"), poses_dir=str(tmp_path / "p"))
    job = make_job(clip, name="clips/caf\udce9.mp4")  # a name that is no UTF-8
    first = score(job, options)
    [path] = (tmp_path / "frames").iterdir()
    assert (path.suffix, first.unwritten) == (".csv", {})
    rows = read_series(path)
    assert {row["clip"] for row in rows} == {"clips/caf\\udce9.mp4"}
    times = [row["time_s"] for row in rows]
    pairs = zip(rows, times, times[1:], strict=False)
    held_s = sum(after - time_s for row, time_s, after in pairs if row["clock_runs"])
    assert held_s == pytest.approx(read(first).sets[0].good_hold_s, abs=2e-3)

    known = Known(first.key, None, first.made)
    unchanged = ClipOutcome(first.key, None, None)
    assert score(job, options, known) == unchanged
    assert score(job, OPTIONS, known) == unchanged, "no series is asked for"
    written = path.read_bytes()
    path.write_text("of an older verdict")
    again = score(job, options, Known(first.key, None))
    assert (again, path.read_bytes()) == (first, written)
    more = score(job, replace(options, series_landmarks=True), known)
    assert more.result == first.result
    assert read_series(path)[0]["nose_x_px"] > 0
    assert score(job, options, Known(more.key, None, more.made)) == first
    assert path.read_bytes() == written
    both = score(job, replace(options, report_dir=str(tmp_path / "pages")), known)
    assert set(both.made.values()) == {"page", "series"}
    other = score(job, replace(options, series_format="parquet"), known)
    assert sorted(Path(made).suffix for made in other.made) == [".csv", ".parquet"]
    kept = read_series(path.with_suffix(".parquet"))
    assert [row["phase"] for row in kept] == [row["phase"] for row in rows]


def test_a_page_that_cannot_be_written_costs_no_result(clip: Path, tmp_path: Path) -> None:
    options = replace(OPTIONS, report_dir=str(tmp_path / "pages"), poses_dir=str(tmp_path / "p"))
    job = make_job(clip)
    page = locate_file(job, report_dir=str(tmp_path / "pages"))
    before = score(job, options)
    assert before.unwritten == {}
    assert page.exists()

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("formcheck.files.os.fsync", fail)
        outcome = score(job, options)
    assert (outcome.result, outcome.error) == (before.result, None)
    assert outcome.unwritten["page"] == (
        f"{page}: cannot be written: No space left on device: free some space, or choose another "
        "place"
    )
    assert list(page.parent.iterdir()) == [], "what is there would be taken for this verdict's"
    assert score(job, options, Known(outcome.key, None)) == before, "the page was missing"
    assert page.exists()


def test_saved_poses_are_clips_too(clip: Path, tmp_path: Path) -> None:
    saved = tmp_path / "kneel.npz"
    formcheck.analyze(clip, rate_hz=5.0, poses=saved)
    for options in (OPTIONS, replace(OPTIONS, poses_dir=str(tmp_path / "poses"))):
        result = read(score(make_job(saved), options))
        assert result == formcheck.analyze(saved)


def test_a_clip_far_away_is_fetched_once(clip: Path, tmp_path: Path) -> None:
    shutil.copy(clip, tmp_path / "kneel.mp4")
    with serve(tmp_path) as web:
        outcome = score(make_job(f"{web.url}/kneel.mp4?token=7"), OPTIONS)
    assert read(outcome).clip == "kneel.mp4"
    assert outcome.key == key_of(make_job(clip))
    assert read(outcome).sets == read(score(make_job(clip), OPTIONS)).sets
    assert web.n_bytes == clip.stat().st_size


def test_a_neutral_is_found_once_for_many_clips(
    clip: Path, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = tmp_path / "calm.npz"
    frames = media.read_frames(samples / "half-kneeling_good25.mp4", 3.5, 6.5)
    formcheck.analyze(media.write_clip(tmp_path / "calm.mp4", frames), poses=calm)
    opened: list[Path] = []

    def load(path: Path) -> PoseTrack:
        opened.append(path)
        return load_track(path)

    monkeypatch.setattr("formcheck.app.closer_look.load_track", load)
    job = make_job(clip, exercise="half-kneeling", neutral=f"{calm}@0.5-2.5")
    results = [read(score(job, OPTIONS)) for _ in range(2)]
    assert opened == [calm]
    assert results[0].baseline.source == "given"
    alone = formcheck.analyze(
        clip, rate_hz=5.0, exercise="half-kneeling", neutral=f"{calm}@0.5-2.5"
    )
    assert results == [alone, alone]
