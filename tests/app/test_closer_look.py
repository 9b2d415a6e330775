"""A closer look where the person is quick: what every frame finds is found at the default rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import formcheck.app.closer_look
from formcheck.app.closer_look import find_track, is_closer
from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.exercises.load import list_exercises
from formcheck.pose.estimation import estimate_track
from formcheck.pose.track import PoseTrack
from formcheck.video.clip import Clip
from tests.support import media
from tests.support.builders import join_tracks, judge_track, pick_frames, resample_track

EXERCISES = list_exercises()
Within = Sequence[tuple[float, float]] | None


class Whole:
    """Every frame of a clip, from which any look takes its own."""

    def __init__(self, track: PoseTrack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.track = track
        self.looks: list[tuple[float | None, Within]] = []
        monkeypatch.setattr(formcheck.app.closer_look, "estimate_track", self.look)

    def look(
        self, _: Clip, *, rate_hz: float | None, within: Within = None, **__: Any
    ) -> PoseTrack:
        self.looks.append((rate_hz, within))
        keep = np.ones(len(self.track), dtype=np.bool_)
        if rate_hz is not None:
            ticks = np.floor((self.track.time_s + 1e-6) * rate_hz)
            keep = np.diff(ticks, prepend=-1) > 0
        if within is not None:
            times = self.track.time_s
            keep &= np.any([(times >= a) & (times <= b) for a, b in within], axis=0)
        return pick_frames(self.track, keep)

    def find(self, rate_hz: float | None = DEFAULT_RATE_HZ) -> PoseTrack:
        return find_track(cast(Clip, None), EXERCISES.values(), model="full", rate_hz=rate_hz)


def quicken(track: PoseTrack, factor: float, rate_hz: float) -> PoseTrack:
    """The same movement so many times as fast, at that frame rate."""
    fast = replace(
        track, time_s=track.time_s / factor, duration_s=track.duration_s / factor, outline=None
    )
    return resample_track(fast, rate_hz)


def list_reps(track: PoseTrack) -> list[tuple[str | None, float]]:
    result = judge_track(track, EXERCISES)
    return [(rep.side, rep.peak_s) for one in result.sets for rep in one.reps]


@pytest.mark.parametrize("rate_hz", [24.0, 30.0])
@pytest.mark.parametrize("factor", [1.0, 1.5, 2.0, 2.5])
@pytest.mark.parametrize("clip", ["donkey-kick_good", "donkey-kick_low", "knee-drops_good"])
def test_no_repetition_is_lost(
    sample_tracks: dict[str, PoseTrack], monkeypatch: pytest.MonkeyPatch, clip: str,
    factor: float, rate_hz: float,
) -> None:  # fmt: skip
    whole = Whole(quicken(sample_tracks[clip], factor, rate_hz), monkeypatch)
    assert list_reps(whole.find()) == list_reps(whole.track)


def test_at_the_default_rate_alone_some_are_lost(
    sample_tracks: dict[str, PoseTrack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the test above shows nothing."""
    whole = Whole(quicken(sample_tracks["donkey-kick_low"], 2.4, 30.0), monkeypatch)
    first = whole.look(cast(Clip, None), rate_hz=DEFAULT_RATE_HZ)
    assert len(list_reps(first)) < len(list_reps(whole.track)) == 3


def test_a_stretch_that_is_held_is_looked_at_once(
    sample_tracks: dict[str, PoseTrack], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Whole(resample_track(sample_tracks["half-kneeling_good25"], 24.0), monkeypatch)
    track = whole.find()
    assert whole.looks == [(DEFAULT_RATE_HZ, None)]
    assert not is_closer(track, DEFAULT_RATE_HZ)


def test_a_rate_that_was_asked_for_is_kept_to_and_said(
    sample_tracks: dict[str, PoseTrack], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Whole(quicken(sample_tracks["donkey-kick_good"], 1.0, 24.0), monkeypatch)
    for rate_hz in (10.0, None):
        track = whole.find(rate_hz)
        assert whole.looks.pop() == (rate_hz, None)
        assert not whole.looks
        codes = [w.code for w in judge_track(track, EXERCISES).warnings]
        assert ("reps_sampled" in codes) == (rate_hz is not None)
    closer = judge_track(whole.find(), EXERCISES)
    assert "reps_sampled" not in [w.code for w in closer.warnings]


@pytest.mark.parametrize("asked", ["auto", "donkey-kick"])
@pytest.mark.parametrize("factor", [None, 1.5, 3.0])
def test_at_the_default_rate_no_frames_are_missing(
    sample_tracks: dict[str, PoseTrack], monkeypatch: pytest.MonkeyPatch,
    factor: float | None, asked: str,
) -> None:  # fmt: skip
    """Of a hold, alone or before kicks that count or are too quick for it, most are left out."""
    track = resample_track(replace(sample_tracks["half-kneeling_good25"], outline=None), 24.0)
    if factor is not None:
        track = join_tracks(track, quicken(sample_tracks["donkey-kick_good"], factor, 24.0))
    whole = Whole(track, monkeypatch)
    result = judge_track(whole.find(), EXERCISES, exercise=asked)
    assert "reps_sampled" not in [one.code for one in result.warnings]
    thin = whole.look(cast(Clip, None), rate_hz=DEFAULT_RATE_HZ)
    codes = [one.code for one in judge_track(thin, EXERCISES, exercise=asked).warnings]
    may_miss = factor == 1.5 or (factor == 3.0 and asked == "donkey-kick")
    assert ("reps_sampled" in codes) == may_miss


def test_only_the_quick_part_of_a_long_clip(
    sample_tracks: dict[str, PoseTrack], monkeypatch: pytest.MonkeyPatch
) -> None:
    kneeling = resample_track(replace(sample_tracks["half-kneeling_good25"], outline=None), 24.0)
    kicks = quicken(sample_tracks["donkey-kick_good"], 1.5, 24.0)
    whole = Whole(join_tracks(kneeling, kicks), monkeypatch)
    track = whole.find()
    (_, none), (rate_hz, within) = whole.looks
    assert (none, rate_hz) == (None, None)
    assert within is not None
    [(start_s, end_s)] = within
    assert start_s == pytest.approx(kneeling.duration_s, abs=3)
    assert end_s >= whole.track.time_s[-1]
    quick = track.time_s >= start_s
    assert track.time_s[quick] == pytest.approx(
        whole.track.time_s[whole.track.time_s >= start_s], abs=1e-9
    )
    assert np.median(np.diff(track.time_s[~quick])) == pytest.approx(0.125)
    assert is_closer(track, DEFAULT_RATE_HZ)
    found = [s.exercise for s in judge_track(track, EXERCISES).sets]
    assert found == ["half-kneeling", "donkey-kick"]
    assert len(list_reps(track)) == 4


def test_a_high_speed_clip_is_not_looked_at_frame_by_frame(
    sample_tracks: dict[str, PoseTrack], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Whole(quicken(sample_tracks["donkey-kick_good"], 2.0, 240.0), monkeypatch)
    track = whole.find()
    assert whole.looks[1] == (60.0, None)
    sides, peaks_s = zip(*list_reps(track), strict=True)
    all_sides, all_peaks_s = zip(*list_reps(whole.track), strict=True)
    assert sides == all_sides
    assert peaks_s == pytest.approx(all_peaks_s, abs=0.05)


def test_frames_within_some_stretches(tmp_path: Path, samples: Path) -> None:
    frames = media.read_frames(samples / "half-kneeling_knee-lean.mp4", 0.0, 4.0)
    path = media.write_clip(tmp_path / "kneel.mp4", frames)
    within = [(0.5, 1.0), (3.0, 3.5)]
    part = estimate_track(Clip(path), model="lite", rate_hz=None, within=within, outlines=False)
    expected = [t for t, _ in frames if any(a <= t <= b for a, b in within)]
    assert part.time_s == pytest.approx(expected, abs=1e-3)
    assert part.n_frames == len(frames)
