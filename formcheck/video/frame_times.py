"""When a picture is shown, where the file gets its times wrong or has none."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, pairwise
from statistics import median
from typing import TYPE_CHECKING, Final, Literal, cast

import av
from av.format import Flags

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

N_PEEKED: Final = 48
"""Packets looked at beforehand: two seconds of most videos."""
_NO_TIMES: Final = cast("int", Flags.no_timestamps.value)
_NOMINAL_HZ: Final = 30.0
_CAPTURED: Final = "com.android.capture.fps"
"""Frames a second at which an Android phone's camera filmed, however fast they are played."""
_SLOWED: Final = 1.25
"""A clip filmed at so many times the rate it is played at is in slow motion."""
_WHOLE: Final = 0.03
"""A stretch this close to a whole number is taken for it: phones stretch 2, 4, 8 times."""
_SLOWEST_HZ: Final = 10.0
"""Slow motion is played at 24 or more: a rate below this means the tags are misread."""
_FILMED_HZ: Final = 20.0
"""Phones film at 24 or more: a clip filmed at less and played at more is a time-lapse."""
_FAST_HZ: Final = 100.0
_FASTEST_HZ: Final = 1000.0
"""An encoder set to a rate between these was filming slow motion; above, it is no rate."""

Doubt = Literal["no_times", "slow_motion", "maybe_slow_motion", "maybe_time_lapse"]


@dataclass(frozen=True, slots=True)
class Clock:
    """How a file's times become true seconds."""

    scale: float = 1.0
    """True seconds in one of the file's."""
    step_s: float = 1 / _NOMINAL_HZ
    """Between two pictures where the file gives no times, in its own seconds."""
    has_times: bool = True
    in_order: bool = True
    """False where its times are those of decoding, which is not the order of showing."""
    doubt: Doubt | None = None
    """What the user should know about these times."""

    @property
    def shown_hz(self) -> float:
        """True pictures a second, as far as known."""
        return 1 / (self.step_s * self.scale)


TRUE: Final = Clock()
"""For files whose times are right."""


def find_clock(container: InputContainer, stream: VideoStream, true_hz: float | None) -> Clock:
    """How a file's times are to be read, going by its first packets and its tags.

    The file is read no further than its first picture, which the decoder of ``stream`` has seen.
    ``true_hz`` is at how many pictures a second it was filmed, where the user knows; else None.
    """
    times_s = list(_peek_times(container, stream))
    has_times = bool(times_s) and not container.format.flags & _NO_TIMES
    guessed = stream.guessed_rate
    stored_hz = float(guessed) if guessed else _NOMINAL_HZ
    if has_times and (found_hz := _measure_rate(times_s)):
        stored_hz = found_hz
    in_order = not stream.codec_context.has_b_frames or any(b <= a for a, b in pairwise(times_s))
    scale, doubt = _find_stretch(container, stream, stored_hz) if has_times else (1.0, "no_times")
    if true_hz is not None:
        scale, doubt = stored_hz / true_hz, None
    return Clock(scale, 1 / stored_hz, has_times, in_order, doubt)


def _peek_times(container: InputContainer, stream: VideoStream) -> Iterator[float]:
    """Times of the next packets, as far as they can be read."""
    with suppress(av.FFmpegError, OSError):
        for packet in islice(container.demux(stream), N_PEEKED):
            at_s = _tell_packet_s(packet)
            if packet.size and at_s is not None:
                yield at_s


def _tell_packet_s(packet: Packet[VideoStream]) -> float | None:
    at = packet.dts if packet.pts is None else packet.pts
    return None if at is None or not packet.time_base else float(at * packet.time_base)


def _measure_rate(times_s: Sequence[float]) -> float | None:
    """Pictures a second, not counting gaps, from times in whole milliseconds; None for one time."""
    steps_s = [b - a for a, b in pairwise(sorted(times_s)) if b > a]
    if not steps_s:
        return None
    usual_s = median(steps_s)
    whole = [(step_s, round(step_s / usual_s)) for step_s in steps_s if step_s < 8 * usual_s]
    n_steps = sum(n for _, n in whole)
    return n_steps / sum(step_s for step_s, n in whole if n)


def _find_stretch(
    container: InputContainer, stream: VideoStream, stored_hz: float
) -> tuple[float, Doubt | None]:
    """True seconds in one of the file's, and what is doubtful about it."""
    coded = stream.codec_context.framerate
    coded_hz = float(coded) if coded else 0.0
    try:
        tags = {**container.metadata, **stream.metadata}
        taken_hz = float(tags.get(_CAPTURED, "nan"))
    except ValueError:
        taken_hz = math.nan
    if not math.isfinite(taken_hz) or taken_hz <= 0:
        is_slowed = _FAST_HZ <= coded_hz <= _FASTEST_HZ and coded_hz >= 2 * stored_hz
        return 1.0, "maybe_slow_motion" if is_slowed else None
    if taken_hz < _SLOWED * stored_hz:
        is_hastened = _SLOWED * taken_hz < stored_hz and taken_hz < _FILMED_HZ
        return 1.0, "maybe_time_lapse" if is_hastened else None
    # Where the encoder was told at what rate the frames would be played, that is more reliable.
    is_told = stored_hz <= coded_hz and _SLOWED * coded_hz <= taken_hz
    stretch = taken_hz / (coded_hz if is_told else stored_hz)
    if taken_hz / stretch < _SLOWEST_HZ:
        return 1.0, "maybe_slow_motion"
    if abs(stretch - round(stretch)) < _WHOLE * stretch:
        stretch = round(stretch)
    return 1 / stretch, "slow_motion"


class DecodingTimes:
    """Decoding times, given out in the order of showing: each picture gets the earliest left."""

    def __init__(self) -> None:
        self._waiting: list[float] = []

    def add(self, packet: Packet[VideoStream]) -> None:
        """A packet goes to the decoder, which returns one picture for it."""
        at_s = _tell_packet_s(packet)
        if packet.size and not packet.is_discard and at_s is not None:
            heapq.heappush(self._waiting, at_s)

    def drop(self, packet: Packet[VideoStream]) -> None:
        """The decoder returned none for it."""
        at_s = _tell_packet_s(packet)
        if at_s in self._waiting:
            self._waiting.remove(at_s)
            heapq.heapify(self._waiting)

    def take(self) -> float | None:
        """The time of the next picture."""
        return heapq.heappop(self._waiting) if self._waiting else None


def tell_time_s(picture: VideoFrame) -> float | None:
    """Its presentation time on the file's own clock; None where it has none."""
    if picture.pts is None or not picture.time_base:
        return None
    return float(picture.pts * picture.time_base)
