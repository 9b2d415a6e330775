"""Short tones that are told apart without words, made from sines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Chime = Literal["start", "good", "fix", "end"]
"""Begin now; the seconds count again; something to correct; a set is over."""

RATE_HZ: Final = 44100

_NOTES: Final[Mapping[Chime, tuple[tuple[float, float], ...]]] = {
    "start": ((523.25, 0.14), (783.99, 0.20)),
    "good": ((1046.50, 0.32),),
    "fix": ((329.63, 0.15), (261.63, 0.21)),
    "end": ((523.25, 0.10), (659.26, 0.10), (783.99, 0.18)),
}
"""Each note's frequency in Hz and length in seconds. None is lower than small speakers can play."""
_ATTACK_S: Final = 0.012
_RELEASE_S: Final = 0.05
_DECAY_S: Final = 0.15
_OVERTONE: Final = 0.2
"""How strong the octave above is: it makes a low note heard on a laptop, and a tone warmer."""
_PEAK: Final = 0.4
"""Of full scale, so that speech that is under way is still understood and the sum rarely clips."""


def synthesize_chime(kind: Chime) -> NDArray[np.float32]:
    """The samples of a chime.

    Returns:
        float32 (n,) in [-1, 1], mono at ``RATE_HZ``, shorter than 0.4 s, beginning and ending at 0.
    """
    notes = [_synthesize_note(pitch_hz, length_s) for pitch_hz, length_s in _NOTES[kind]]
    samples = np.concatenate(notes)
    return np.asarray(samples * (_PEAK / np.abs(samples).max()), np.float32)


def _synthesize_note(pitch_hz: float, length_s: float) -> NDArray[np.float64]:
    time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    left_s = time_s[-1] - time_s
    turn = 2 * np.pi * pitch_hz * time_s
    tone = np.sin(turn) + _OVERTONE * np.sin(2 * turn)
    # Cosine slopes at both ends: a tone that begins or ends abruptly is heard as a click.
    attack = 0.5 - 0.5 * np.cos(np.pi * np.minimum(time_s / _ATTACK_S, 1))
    release = 0.5 - 0.5 * np.cos(np.pi * np.minimum(left_s / _RELEASE_S, 1))
    shaped: NDArray[np.float64] = tone * np.exp(-time_s / _DECAY_S) * attack * release
    return shaped
