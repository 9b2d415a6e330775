"""Sounds read from files, written to files, and played through the machine's output, mixed."""

from __future__ import annotations

import threading
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""float32 (n,) in [-1, 1], mono."""

_FULL_SCALE: Final = 32767
_FADE_S: Final = 0.03
"""A sound that is cut off fades this long, as an abrupt end is heard as a click."""


@dataclass(frozen=True, slots=True)
class NoSound:
    """Why nothing can be played."""

    missing: Literal["library", "device"]
    """PortAudio itself, or an output that it can play through."""
    reason: str
    """In PortAudio's words."""


@dataclass(slots=True, eq=False)
class Playing:
    """A sound under way."""

    samples: Samples
    at: int = 0
    """How many samples were played."""


class Player:
    """The default sound output, held open so that no device falls asleep between two sentences.

    Raises:
        OSError: PortAudio is not installed.
        sounddevice.PortAudioError: there is no output, or it cannot be opened.
    """

    def __init__(self) -> None:
        import sounddevice  # type: ignore[import-untyped]

        device = sounddevice.query_devices(kind="output")
        # A device may know one rate only: it gets the rate it asks for.
        self._rate_hz = round(device["default_samplerate"])
        self._lock = threading.Lock()
        self._playing: list[Playing] = []
        self._stream = sounddevice.OutputStream(
            samplerate=self._rate_hz,
            channels=min(2, device["max_output_channels"]),
            dtype="float32",
            callback=self._fill,
        )
        self._stream.start()

    @property
    def latency_s(self) -> float:
        """How much later than it was handed over a sound is heard."""
        return float(self._stream.latency)

    def play(self, samples: Samples, rate_hz: int) -> Playing:
        """Begin to play, beside what is being played.

        Raises:
            OSError: the output was lost, as when headphones are pulled out.
        """
        if not self._stream.active:
            raise OSError("the sound output was lost")
        playing = Playing(resample(samples, rate_hz, self._rate_hz))
        with self._lock:
            self._playing.append(playing)
        return playing

    def cut(self, playing: Playing) -> None:
        """Fade a sound out at once."""
        n_fade = round(_FADE_S * self._rate_hz)
        with self._lock:
            rest = playing.samples[playing.at : playing.at + n_fade]
            fade = np.linspace(1, 0, len(rest), dtype=np.float32)
            playing.samples, playing.at = rest * fade, 0

    def is_over(self, playing: Playing) -> bool:
        """Whether the whole sound was handed to the device."""
        return playing.at >= len(playing.samples)

    def _fill(self, out: NDArray[np.float32], n_frames: int, time: Any, status: Any) -> None:
        """Called by PortAudio, in a thread of its own, for the next ``n_frames``."""
        mixed = np.zeros(n_frames, np.float32)
        with self._lock:
            for playing in self._playing:
                piece = playing.samples[playing.at : playing.at + n_frames]
                mixed[: len(piece)] += piece
                playing.at += len(piece)
            self._playing = [one for one in self._playing if one.at < len(one.samples)]
        out[:] = np.clip(mixed, -1, 1)[:, None]


def open_player() -> Player | NoSound:
    """The machine's sound output, or why there is none."""
    try:
        return Player()
    except OSError as error:
        return NoSound("library", str(error))
    except Exception as error:  # PortAudioError, whose class is unknown without the library
        return NoSound("device", str(error))


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """The same sound at another rate, interpolated linearly: good enough for speech."""
    if from_hz == to_hz or not len(samples):
        return samples
    time_s = np.arange(round(len(samples) * to_hz / from_hz)) / to_hz
    return np.interp(time_s, np.arange(len(samples)) / from_hz, samples).astype(np.float32)


def read_wav(path: Path) -> tuple[Samples, int]:
    """The samples of a 16-bit WAV file, its channels averaged, and their rate in Hz.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not a 16-bit WAV file.
    """
    try:
        with wave.open(str(path), "rb") as file:
            width, n_channels = file.getsampwidth(), file.getnchannels()
            rate_hz, data = file.getframerate(), file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path}: not a WAV file ({error})") from error
    if width != 2:
        raise ValueError(f"{path}: samples of {8 * width} bits, not of 16")
    values = np.frombuffer(data, "<i2").reshape(-1, n_channels).mean(axis=1)
    return (values / _FULL_SCALE).clip(-1, 1).astype(np.float32), rate_hz


def write_wav(path: Path, samples: Samples, rate_hz: int) -> None:
    """Write a 16-bit mono WAV file.

    Raises:
        OSError: it cannot be written.
    """
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((samples * _FULL_SCALE).round().astype("<i2").tobytes())
