"""What of a clip was lost, or is not to be relied on, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from formcheck.result.models import Note
from formcheck.video.clip import Clip

_MISSING_S: Final = 2.0
"""Sound may go on a little longer than the pictures."""


def list_losses(source: Clip) -> tuple[Note, ...]:
    """What of a clip could not be used, or not be relied on, once all of it was decoded."""
    return tuple(Note(code=code, text=text) for code, text in _tell_losses(source))


def _tell_losses(source: Clip) -> Iterator[tuple[str, str]]:
    """Codes and texts."""
    if n := source.n_damaged:
        text = f"Damaged parts of the clip: {n}; what they show may be wrong or missing."
        yield "damaged", text
    if n := source.n_dropped_times:
        yield "bad_times", f"Frames left out as their time did not go forward: {n}."
    if source.is_still:
        return
    if source.missing_s >= _MISSING_S:
        text = f"The clip ends {source.missing_s:.1f} s earlier than its file says."
        yield "cut_short", text
    if source.gaps_s and source.gaps_s < (source.duration_s or 0.0) / 2:
        text = f"No picture came for {source.gaps_s:.1f} s: what was done then is not counted."
        yield "gaps", text
    if source.n_shapes > 1:
        text = "The picture changes its shape within the clip: the rest was fitted in, with bars."
        yield "shape_changed", text
    clock = source.clock
    if clock.doubt == "no_times":
        text = (
            f"The file has no times: {clock.shown_hz:.3g} pictures a second were assumed. If it "
            "was another rate, all seconds are wrong: give it with --fps."
        )
        yield "rate_guessed", text
    elif clock.doubt == "slow_motion":
        text = f"Slow motion: the seconds are the true ones, {clock.scale:.3g} of those it plays."
        yield "slow_motion", text
    elif clock.doubt == "maybe_slow_motion":
        text = (
            "This may be slow motion, with all seconds too long: then give the rate at which it "
            "was taken with --fps."
        )
        yield "maybe_slow_motion", text
    elif clock.doubt == "maybe_time_lapse":
        text = (
            "This may be a time-lapse, with all seconds too short: then give the rate at which it "
            "was taken with --fps."
        )
        yield "maybe_time_lapse", text
