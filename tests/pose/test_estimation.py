"""A clip's poses are the same however many parts of it are worked on at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pytest

import formcheck.pose.estimation
from formcheck.errors import ModelError, SourceError
from formcheck.pose.estimation import estimate_track
from formcheck.pose.follow import LARGEST
from formcheck.pose.model import Estimate, PoseEstimator
from formcheck.pose.track import Pose, PoseTrack
from formcheck.video.clip import Clip
from formcheck.video.frame import Frame
from tests.support import media

PART, HEAD = 40, 6


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """Ninety analysed frames: three parts, and four as that is even."""
    frames = media.read_frames(samples / "half-kneeling_knee-lean.mp4", 0.0, 9.0)
    return media.write_clip(tmp_path_factory.mktemp("clip") / "kneel.mp4", frames)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formcheck.pose.estimation, "PART_FRAMES", PART)
    monkeypatch.setattr(formcheck.pose.estimation, "_HEAD_FRAMES", HEAD)


def track(clip: Path, n_threads: int) -> PoseTrack:
    return estimate_track(Clip(clip), model="lite", rate_hz=10, n_threads=n_threads)


def assert_same(one: PoseTrack, other: PoseTrack) -> None:
    for name in ("time_s", "xy_px", "xyz_m", "visibility", "n_people", "outline"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_the_number_of_threads_changes_nothing(clip: Path) -> None:
    one = track(clip, 1)
    assert len(one) > 2 * PART
    for n_threads in (2, 3):
        assert_same(track(clip, n_threads), one)


def test_parts_give_what_the_whole_gives_but_for_noise(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = track(clip, 2)
    monkeypatch.setattr(formcheck.pose.estimation, "PART_FRAMES", 1000)
    whole = track(clip, 2)
    part = (90 + HEAD) // 4
    np.testing.assert_array_equal(parts.xy_px[:part], whole.xy_px[:part])
    assert (parts.xy_px[part:] != whole.xy_px[part:]).any(axis=(1, 2)).all()
    size_px = np.hypot(*np.ptp(whole.xy_px, axis=1).T)
    apart = np.linalg.norm(parts.xy_px - whole.xy_px, axis=2) / size_px[:, None]
    assert 0 < np.median(apart[part:], axis=1).max() < 0.01
    assert np.percentile(apart[part:], 95) < 0.02


def test_parts_that_do_not_fit_are_done_in_one_go(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formcheck.pose.estimation, "_MAX_APART", 0.0)
    unfit = track(clip, 2)
    monkeypatch.setattr(formcheck.pose.estimation, "PART_FRAMES", 1000)
    assert_same(unfit, track(clip, 1))


def test_several_people_are_followed_in_one_go(
    tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is followed hangs on who was there before."""
    one = media.read_frames(samples / "standing-stretch_good.mp4", 2.0, 8.0)
    pair = [(at, np.hstack([image[:, 330:690]] * 2)) for at, image in one]
    clip = media.write_clip(tmp_path / "two.mp4", pair)
    crowded = track(clip, 2)
    assert crowded.n_people.max() > 1
    monkeypatch.setattr(formcheck.pose.estimation, "PART_FRAMES", 1000)
    assert_same(crowded, track(clip, 1))


def test_who_waits_for_frames_is_told_when_others_halt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second person is seen in the first part, when all fed of the second one is used up."""
    last = PART + 4
    is_used_up, may_see_two = threading.Event(), threading.Event()

    class Slow:
        name, is_still, width_px, height_px, duration_s = "slow", False, 4, 4, None
        n_frames_hint, n_decoded = 1000, 0

        def frames(self, **_: object) -> Iterator[Frame]:
            for index in range(last + 9):
                self.n_decoded = index + 1
                yield Frame(np.zeros((4, 4, 3), np.uint8), index / 10, index)

    class Seer:
        model_name = "seer"

        def __init__(self, *_: object, **__: object) -> None: ...

        def estimate(self, frame: Frame, *_: object) -> Estimate:
            if frame.index == 5:
                may_see_two.wait(10)
            if frame.index == last:
                is_used_up.set()
            return Estimate(Pose.missing(frame.time_s), 2 if frame.index == 5 else 1)

        def restart(self) -> None: ...

        def close(self) -> None: ...

    def progress(stage: str, done: int, total: int | None) -> None:
        if source.n_decoded == last + 1 and not may_see_two.is_set():
            is_used_up.wait(10)
            may_see_two.set()
            look._halt.wait(10)

    monkeypatch.setattr(formcheck.pose.estimation, "PoseEstimator", Seer)
    source = Slow()
    look = formcheck.pose.estimation._Look(
        cast(Clip, source), "full", 10.0, False, LARGEST, False, None, None, progress
    )
    ended: list[object] = []
    running = threading.Thread(
        target=lambda: ended.append(look._estimate_parts(2, PART)), daemon=True
    )
    running.start()
    running.join(8)
    assert ended
    assert look._is_crowded


def test_a_model_that_fails_in_a_part_is_told(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: PoseEstimator) -> None:
        raise ModelError("model lite", "it failed on a frame")

    monkeypatch.setattr(PoseEstimator, "restart", fail)
    with pytest.raises(ModelError, match="failed on a frame"):
        track(clip, 1)


def test_stopping_leaves_nobody_at_work(clip: Path) -> None:
    def stop(stage: str, done: int, total: int | None) -> None:
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        estimate_track(Clip(clip), model="lite", rate_hz=10, n_threads=2, progress=stop)
    assert not [one for one in threading.enumerate() if one.name.startswith("poses")]


def test_progress_ends_at_the_end(clip: Path) -> None:
    told: list[int] = []
    source = Clip(clip)
    estimate_track(
        source, model="lite", rate_hz=10, n_threads=2,
        progress=lambda stage, done, total: told.append(done),
    )  # fmt: skip
    assert told[-1] == max(told) == source.n_decoded
    assert len(set(told)) > 10


def test_what_cannot_be_decoded_is_told(tmp_path: Path, samples: Path) -> None:
    whole = (samples / "half-kneeling_knee-lean.mp4").read_bytes()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(whole[:4000] + bytes(len(whole) - 4000))
    with pytest.raises(SourceError):
        track(broken, 2)


def test_an_estimator_that_cannot_be_made_ends_the_work(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one, in a thread of its own."""
    make = PoseEstimator.__init__

    def fail(self: PoseEstimator, *args: object, **options: object) -> None:
        if options["looks_with"] is not None:
            raise ModelError("model lite", "there is no memory left for it")
        make(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(PoseEstimator, "__init__", fail)
    with pytest.raises(ModelError, match="no memory"):
        track(clip, 2)
