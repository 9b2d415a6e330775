"""What of a clip was lost, or is not to be relied on, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from formcheck.result.models import Note
from formcheck.video.clip import Clip
from formcheck.video.frame_times import Doubt

_MISSING_S: Final = 2.0
"""Sound may go on a little longer than the pictures."""


_OF_CLOCK: Final[dict[Doubt, tuple[str, str]]] = {
    "no_times": (
        "rate_guessed",
        "The file has no times: {0.shown_hz:.3g} pictures a second were assumed. If it was another "
        "rate, all seconds are wrong: give it with --fps.",
    ),
    "slow_motion": (
        "slow_motion",
        "Slow motion: the seconds are the true ones, {0.scale:.3g} of those it plays.",
    ),
    "maybe_slow_motion": (
        "maybe_slow_motion",
        "This may be slow motion, with all seconds too long: then give the rate at which it was "
        "taken with --fps.",
    ),
    "maybe_time_lapse": (
        "maybe_time_lapse",
        "This may be a time-lapse, with all seconds too short: then give the rate at which it was "
        "taken with --fps.",
    ),
}
"""Code and text of what is doubtful about a clip's clock."""


def list_losses(source: Clip) -> tuple[Note, ...]:
    """What of a clip could not be used, or not be relied on, once all of it was decoded."""
    return tuple(Note(code=code, text=text) for code, text in _tell_losses(source))


def _tell_losses(source: Clip) -> Iterator[tuple[str, str]]:
    """Codes and texts."""
    if n := source.n_damaged:
        yield "damaged", f"Damaged parts of the clip: {n}; what they show may be wrong or missing."
    if n := source.n_dropped_times:
        yield "bad_times", f"Frames left out as their time did not go forward: {n}."
    if source.is_still:
        return
    if (lost_s := source.missing_s) >= _MISSING_S:
        yield "cut_short", f"The clip ends {lost_s:.1f} s earlier than its file says."
    if (lost_s := source.gaps_s) and lost_s < (source.duration_s or 0.0) / 2:
        yield "gaps", f"No picture came for {lost_s:.1f} s: what was done then is not counted."
    if source.n_shapes > 1:
        text = "The picture changes its shape within the clip: the rest was fitted in, with bars."
        yield "shape_changed", text
    if source.clock.doubt is not None:
        code, text = _OF_CLOCK[source.clock.doubt]
        yield code, text.format(source.clock)
