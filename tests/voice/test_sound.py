"""Chimes, and the player that mixes them with speech."""

from __future__ import annotations

import sys
import types
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from formcheck.voice.sound import (
    RATE_HZ,
    Chime,
    Player,
    read_wav,
    resample,
    synthesize_chime,
    write_wav,
)

KINDS: tuple[Chime, ...] = get_args(Chime)
NOTES_HZ: dict[Chime, tuple[float, ...]] = {
    "start": (523, 784),
    "good": (1046,),
    "fix": (330, 262),
    "end": (523, 659, 784),
    "seen": (880,),
}


def find_pitch(samples: np.ndarray, rate_hz: int) -> float:
    padded = np.zeros(1 << 17)
    padded[: len(samples)] = samples * np.hanning(len(samples))
    return float(np.abs(np.fft.rfft(padded)).argmax() * rate_hz / len(padded))


def find_notes(samples: np.ndarray) -> list[float]:
    """The pitch at three moments, each in one note of chimes of one, two and three notes."""
    parts = np.array_split(samples, 10)
    return [find_pitch(np.concatenate(parts[k : k + 2]), RATE_HZ) for k in (0, 3, 7)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_chime_is_short_heard_and_does_not_click(kind: Chime) -> None:
    samples = synthesize_chime(kind)
    assert 0.2 < len(samples) / RATE_HZ < 0.4
    assert np.abs(samples).max() <= 1
    assert np.sqrt(np.mean(samples**2)) > 0.05
    assert np.abs(samples[[0, -1]]).max() < 1e-3
    assert np.abs(np.diff(samples)).max() < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_a_chime_has_the_notes_it_is_told_by(kind: Chime) -> None:
    pitches = find_notes(synthesize_chime(kind))
    assert {min(NOTES_HZ[kind], key=lambda note: abs(note - pitch)) for pitch in pitches} == set(
        NOTES_HZ[kind]
    )
    for pitch in pitches:
        assert min(abs(pitch - note) for note in NOTES_HZ[kind]) < 12


def test_chimes_are_told_apart_by_where_they_go() -> None:
    steps = {kind: [b - a for a, b in pairwise(NOTES_HZ[kind])] for kind in KINDS}
    assert all(step > 0 for step in steps["start"] + steps["end"])
    assert all(step < 0 for step in steps["fix"])
    assert len({len(NOTES_HZ[kind]) for kind in ("start", "good", "end")}) == 3
    assert max(NOTES_HZ["fix"]) < min(note for kind in ("start", "good") for note in NOTES_HZ[kind])


def test_wav_files_keep_the_sound(tmp_path: Path) -> None:
    samples = synthesize_chime("end")
    write_wav(tmp_path / "end.wav", samples, RATE_HZ)
    read, rate_hz = read_wav(tmp_path / "end.wav")
    assert rate_hz == RATE_HZ
    assert read == pytest.approx(samples, abs=1e-4)


def test_a_file_that_is_no_wav_says_so(tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    path.write_bytes(b"FORM\0\0\0\0AIFF")
    with pytest.raises(ValueError, match=r"speech\.wav: not a WAV file"):
        read_wav(path)


def test_resampling_keeps_pitch_and_length() -> None:
    samples = synthesize_chime("good")
    again = resample(samples, RATE_HZ, 48000)
    assert len(again) / 48000 == pytest.approx(len(samples) / RATE_HZ, abs=1e-4)
    assert find_pitch(again, 48000) == pytest.approx(1046.5, abs=5)
    assert np.sqrt(np.mean(again**2)) == pytest.approx(np.sqrt(np.mean(samples**2)), rel=0.05)


class FakeStream:
    active = True
    latency = 0.0

    def __init__(self, channels: int, callback: Any, **_: Any) -> None:
        self._channels, self._callback = channels, callback

    def start(self) -> None:
        pass

    def take(self, n_frames: int) -> np.ndarray:
        out = np.full((n_frames, self._channels), np.nan, np.float32)
        self._callback(out, n_frames, None, None)
        return out


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch) -> Player:
    output = types.ModuleType("sounddevice")
    device = {"default_samplerate": 1000.0, "max_output_channels": 8}
    vars(output).update(OutputStream=FakeStream, query_devices=lambda kind: device)
    monkeypatch.setitem(sys.modules, "sounddevice", output)
    return Player()


def take(player: Player, n_frames: int) -> np.ndarray:
    stream: Any = player._stream
    frames: np.ndarray = stream.take(n_frames)
    assert frames.shape == (n_frames, 2)
    assert (frames[:, 0] == frames[:, 1]).all()
    return frames[:, 0]


def test_sounds_are_mixed_and_end(player: Player) -> None:
    speech = player.play(np.full(250, 0.25, np.float32), 1000)
    assert take(player, 100) == pytest.approx(np.full(100, 0.25))
    player.play(np.full(50, 0.5, np.float32), 500)
    assert take(player, 100) == pytest.approx(np.full(100, 0.75))
    assert not speech.is_over
    assert take(player, 100) == pytest.approx(np.repeat([0.25, 0.0], 50))
    assert speech.is_over


def test_a_loud_sum_is_clipped(player: Player) -> None:
    for _ in range(2):
        player.play(np.full(10, -0.8, np.float32), 1000)
    assert take(player, 10) == pytest.approx(np.full(10, -1.0))


def test_a_sound_that_is_cut_fades(player: Player) -> None:
    speech = player.play(np.full(900, 0.5, np.float32), 1000)
    take(player, 100)
    player.cut(speech)
    rest = take(player, 100)
    assert rest[0] == pytest.approx(0.5)
    assert (np.diff(rest) <= 0).all()
    assert not rest[30:].any()
    assert speech.is_over


def test_an_output_that_is_lost_is_noticed(player: Player) -> None:
    stream: Any = player._stream
    stream.active = False
    with pytest.raises(OSError, match="output was lost"):
        player.play(np.zeros(5, np.float32), 1000)
