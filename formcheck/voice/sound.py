"""Chimes made from sines, WAV files, and the machine's sound output, which mixes what it plays."""

from __future__ import annotations

import threading
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""float32 (n,) in [-1, 1], mono."""
Chime = Literal["start", "good", "fix", "end", "seen"]
"""Begin now; the seconds count again; something to correct; a set is over;
a raised hand was seen."""

RATE_HZ: Final = 44100
"""Of chimes."""
_NOTES: Final[Mapping[Chime, tuple[tuple[float, float], ...]]] = {
    "start": ((523.25, 0.14), (783.99, 0.20)),
    "good": ((1046.50, 0.32),),
    "fix": ((329.63, 0.15), (261.63, 0.21)),
    "seen": ((880.00, 0.10), (880.00, 0.14)),
    "end": ((523.25, 0.10), (659.26, 0.10), (783.99, 0.18)),
}
"""Each note's frequency in Hz and length in seconds; none is too low for small speakers."""
_ATTACK_S: Final = 0.012
_RELEASE_S: Final = 0.05
_DECAY_S: Final = 0.15
_OVERTONE: Final = 0.2
"""How strong the octave above is: it makes a low note audible on a laptop, and a tone warmer."""
_PEAK: Final = 0.4
"""Of full scale: speech under way is still understood, and the sum rarely clips."""
_FULL_SCALE: Final = 32767
_FADE_S: Final = 0.03
"""How long a sound that is cut off takes to fade: an abrupt end is heard as a click."""


def synthesize_chime(kind: Chime) -> Samples:
    """A chime at ``RATE_HZ``, shorter than 0.4 s, beginning and ending at 0."""
    samples = np.concatenate([_synthesize_note(*note) for note in _NOTES[kind]])
    return np.asarray(samples * (_PEAK / np.abs(samples).max()), np.float32)


def _synthesize_note(pitch_hz: float, length_s: float) -> NDArray[np.float64]:
    time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    left_s = time_s[-1] - time_s
    turn = 2 * np.pi * pitch_hz * time_s
    tone = np.sin(turn) + _OVERTONE * np.sin(2 * turn)
    # Cosine slopes at both ends: a tone that begins or ends abruptly is heard as a click.
    attack = 0.5 - 0.5 * np.cos(np.pi * np.minimum(time_s / _ATTACK_S, 1))
    release = 0.5 - 0.5 * np.cos(np.pi * np.minimum(left_s / _RELEASE_S, 1))
    return np.asarray(tone * np.exp(-time_s / _DECAY_S) * attack * release)


@dataclass(slots=True, eq=False)
class Playing:
    """A sound that is being played."""

    samples: Samples
    n_played: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the whole sound was handed to the device."""
        return self.n_played >= len(self.samples)


class Player:
    """The default sound output, held open so that the device does not sleep between sentences.

    Raises:
        OSError: PortAudio is not installed.
        sounddevice.PortAudioError: there is no output, or it cannot be opened.
    """

    def __init__(self) -> None:
        import sounddevice  # type: ignore[import-untyped]

        device = sounddevice.query_devices(kind="output")
        # A device may support only one rate: it gets the rate it asks for.
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
        """How long after it was handed over a sound is heard."""
        return float(self._stream.latency)

    def play(self, samples: Samples, rate_hz: int) -> Playing:
        """Begin to play, mixed with what is already playing.

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
            rest = playing.samples[playing.n_played :][:n_fade]
            fade = np.linspace(1, 0, len(rest), dtype=np.float32)
            playing.samples, playing.n_played = rest * fade, 0

    def _fill(self, out: NDArray[np.float32], n_frames: int, time: Any, status: Any) -> None:
        """Called by PortAudio, in a thread of its own, for the next ``n_frames``."""
        mixed = np.zeros(n_frames, np.float32)
        with self._lock:
            for playing in self._playing:
                piece = playing.samples[playing.n_played :][:n_frames]
                mixed[: len(piece)] += piece
                playing.n_played += len(piece)
            self._playing = [one for one in self._playing if not one.is_over]
        out[:] = np.clip(mixed, -1, 1)[:, None]


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
    """Write a 16-bit mono WAV file; an OSError if that fails."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((samples * _FULL_SCALE).round().astype("<i2").tobytes())
