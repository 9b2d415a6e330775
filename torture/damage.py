"""Ways to spoil bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

Rng = np.random.Generator
_EDGE_BYTES: Final = 4096
"""Formats keep their index within so many bytes of one end or the other."""


def truncate(rng: Rng, data: bytes, donor: bytes) -> bytes:
    """Cut off the end, as a full card or a broken download does."""
    return data[: int(rng.integers(0, len(data)))]


def behead(rng: Rng, data: bytes, donor: bytes) -> bytes:
    """Cut off some of the beginning."""
    return data[int(rng.integers(1, min(len(data), _EDGE_BYTES))) :]


def flip(rng: Rng, data: bytes, donor: bytes) -> bytes:
    """Flip single bits anywhere."""
    return _flip(rng, data, 0, len(data), int(2 ** rng.uniform(0, 8)))


def flip_index(rng: Rng, data: bytes, donor: bytes) -> bytes:
    """Flip single bits at the beginning or the end, where sizes, times and places are."""
    begin = 0 if rng.random() < 0.5 else max(0, len(data) - _EDGE_BYTES)
    return _flip(rng, data, begin, min(len(data), begin + _EDGE_BYTES), int(2 ** rng.uniform(0, 5)))


def overwrite(rng: Rng, data: bytes, donor: bytes) -> bytes:
    """Write a stretch over with noise, zeros or ones, as a bad sector does."""
    begin, end = _stretch(rng, len(data))
    kind = rng.integers(3)
    filling = rng.bytes(end - begin) if kind == 0 else (b"\0" if kind == 1 else b"\xff") * (
        end - begin
    )  # fmt: skip
    return data[:begin] + filling + data[end:]


def splice(rng: Rng, data: bytes, donor: bytes) -> bytes:
    """Put a stretch of another file in the place of a stretch of this one."""
    begin, end = _stretch(rng, len(data))
    first, last = _stretch(rng, len(donor))
    return data[:begin] + donor[first:last] + data[end:]


def repeat(rng: Rng, data: bytes, donor: bytes) -> bytes:
    """Have a stretch twice."""
    begin, end = _stretch(rng, len(data))
    return data[:end] + data[begin:]


def poke(rng: Rng, data: bytes, donor: bytes) -> bytes:
    """Set numbers of 4 bytes to values on the edge of what they hold."""
    spoilt = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        at = int(rng.integers(0, max(1, len(data) - 4)))
        if rng.random() < 0.7:
            at %= _EDGE_BYTES
        value = int(rng.choice([0, 1, 0x7F, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))
        spoilt[at : at + 4] = value.to_bytes(4, "big" if rng.random() < 0.5 else "little")
    return bytes(spoilt)


Damage = Callable[[Rng, bytes, bytes], bytes]
DAMAGES: Final[tuple[Damage, ...]] = (
    truncate, behead, flip, flip_index, overwrite, splice, repeat, poke,
)  # fmt: skip


def spoil(rng: Rng, data: bytes, donor: bytes, case: int) -> tuple[str, bytes]:
    """Damage of a kind that goes round with the case, now and then two kinds; their names."""
    first = DAMAGES[case % len(DAMAGES)]
    names, spoilt = first.__name__, first(rng, data, donor)
    if rng.random() < 0.15 and len(spoilt) > 16:
        second = DAMAGES[int(rng.integers(len(DAMAGES)))]
        names, spoilt = f"{names}+{second.__name__}", second(rng, spoilt, donor)
    return names, spoilt


def _flip(rng: Rng, data: bytes, begin: int, end: int, n: int) -> bytes:
    spoilt = bytearray(data)
    for at in rng.integers(begin, end, n):
        spoilt[at] ^= 1 << int(rng.integers(8))
    return bytes(spoilt)


def _stretch(rng: Rng, n: int) -> tuple[int, int]:
    begin = int(rng.integers(0, max(1, n - 1)))
    length = int(2 ** rng.uniform(0, np.log2(max(2, n / 2))))
    return begin, min(n, begin + length)
