"""Files written byte by byte, with times that no library would write."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Sequence
from typing import Final

import cv2

from torture.kinds import Image

WIDTH, HEIGHT = 480, 270
Write = Callable[[Sequence[bytes], Sequence[int]], bytes]
"""JPEG pictures and the time of each in ms to a file."""


def encode_jpeg(image: Image) -> bytes:
    ok, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert ok
    return data.tobytes()


def write_matroska(jpegs: Sequence[bytes], times_ms: Sequence[int]) -> bytes:
    """Each picture in a cluster of its own; what is before zero is told by the block."""
    header = _element(
        0x1A45DFA3,
        _element(0x4282, b"matroska") + _number(0x4287, 4) + _number(0x4285, 2),
    )
    info = _element(0x1549A966, _number(0x2AD7B1, 1_000_000) + _element(0x4D80, b"torture"))
    video = _element(0xE0, _number(0xB0, WIDTH) + _number(0xBA, HEIGHT))
    track = _number(0xD7, 1) + _number(0x73C5, 1) + _number(0x83, 1) + _element(0x86, b"V_MJPEG")
    tracks = _element(0x1654AE6B, _element(0xAE, track + video))
    clusters = b"".join(
        _cluster(jpeg, time_ms) for jpeg, time_ms in zip(jpegs, times_ms, strict=True)
    )
    return header + _element(0x18538067, info + tracks + clusters)


def _cluster(jpeg: bytes, time_ms: int) -> bytes:
    begin_ms = max(0, time_ms) % (1 << 64)
    offset_ms = max(-(1 << 15), min(0, time_ms))
    block = b"\x81" + struct.pack(">hB", offset_ms, 0x80) + jpeg
    return _element(0x1F43B675, _number(0xE7, begin_ms) + _element(0xA3, block))


def _element(name: int, content: bytes) -> bytes:
    length = (len(content) | 1 << 56).to_bytes(8, "big")
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + length + content


def _number(name: int, value: int) -> bytes:
    return _element(name, value.to_bytes(8, "big"))


def write_mp4(jpegs: Sequence[bytes], times_ms: Sequence[int]) -> bytes:
    """Times are steps from one picture to the next in 32 bits, taken as they come out."""
    steps = [after - before for before, after in itertools.pairwise(times_ms)]
    steps_ms = [step & 0xFFFFFFFF for step in [*steps, 67]]
    kind = _box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
    media = _box(b"mdat", b"".join(jpegs))
    places, place = [], len(kind) + 8
    for jpeg in jpegs:
        places.append(place)
        place += len(jpeg)
    samples = _box(
        b"stbl",
        _table(b"stsd", [_box(b"jpeg", _visual_entry())])
        + _table(b"stts", [struct.pack(">II", 1, step) for step in steps_ms])
        + _table(b"stsc", [struct.pack(">III", 1, 1, 1)])
        + _box(b"stsz", struct.pack(">III", 0, 0, len(jpegs)) + _pack([len(j) for j in jpegs]))
        + _table(b"stco", [struct.pack(">I", one) for one in places]),
    )
    length_ms = sum(steps_ms) & 0xFFFFFFFF
    handler = _box(b"hdlr", bytes(8) + b"vide" + bytes(12) + b"v\0")
    reference = _box(b"dinf", _table(b"dref", [_box(b"url ", b"\0\0\0\1")]))
    minf = _box(b"minf", _box(b"vmhd", bytes(12)) + reference + samples)
    head = _box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, length_ms, 0x55C4, 0))
    matrix = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    track_head = struct.pack(">IIIIII", 7, 0, 0, 1, 0, length_ms) + bytes(16) + matrix
    track_head += struct.pack(">II", WIDTH << 16, HEIGHT << 16)
    track = _box(b"trak", _box(b"tkhd", track_head) + _box(b"mdia", head + handler + minf))
    movie_head = struct.pack(">IIIII", 0, 0, 0, 1000, length_ms)
    movie_head += struct.pack(">IH", 1 << 16, 0x100) + bytes(10) + matrix + bytes(24)
    return kind + media + _box(b"moov", _box(b"mvhd", movie_head + b"\0\0\0\2") + track)


def _visual_entry() -> bytes:
    size = struct.pack(">HHIIIH", WIDTH, HEIGHT, 72 << 16, 72 << 16, 0, 1)
    return bytes(6) + b"\0\1" + bytes(16) + size + bytes(32) + struct.pack(">Hh", 24, -1)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def _table(name: bytes, rows: Sequence[bytes]) -> bytes:
    return _box(name, struct.pack(">II", 0, len(rows)) + b"".join(rows))


def _pack(numbers: Sequence[int]) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


WRITERS: Final[dict[str, Write]] = {".mkv": write_matroska, ".mp4": write_mp4}
