"""What pages send is bounded, and looked at before anything is decoded."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.web.protocol import (
    MAX_FRAME_BYTES,
    MAX_TEXT_BYTES,
    BadMessageError,
    Hello,
    Press,
    Start,
    describe_messages,
    find_jpeg_size,
    pack_frame,
    read_frame,
    read_message,
)
from tests.support.filmed import encode_jpeg

PICTURE = encode_jpeg(np.full((48, 64, 3), 90, np.uint8))
HELLO = {"type": "hello", "version": 1, "role": "camera", "page": "a" * 24}


def test_messages_are_read() -> None:
    assert read_message(json.dumps(HELLO)) == Hello(
        type="hello", version=1, role="camera", page="a" * 24
    )
    assert read_message('{"type": "key", "key": "space"}') == Press(type="key", key="space")
    start = read_message('{"type": "start", "exercise": "half-kneeling", "hold_s": 20}')
    assert isinstance(start, Start)
    assert start.hold_s == 20


@pytest.mark.parametrize(
    "change",
    [
        {"page": "../../etc/passwd"}, {"page": ""}, {"role": "owner"}, {"since": -1},
        {"more": 1}, {"type": "start", "exercise": "../secret"}, {"type": "start", "hold_s": 1e9},
        {"type": "start", "exercise": "mine.toml"}, {"type": "nothing"},
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadMessageError):
        read_message(json.dumps({**HELLO, **change}))


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_garbage_is_refused_in_words(text: str | bytes) -> None:
    with pytest.raises(BadMessageError) as told:
        read_message(text)
    assert str(told.value)


def test_a_long_message_is_not_parsed() -> None:
    with pytest.raises(BadMessageError, match=str(MAX_TEXT_BYTES)):
        read_message("[" * (MAX_TEXT_BYTES + 1))


def test_a_frame_brings_its_number_its_time_and_its_size() -> None:
    sent = read_frame(pack_frame(7, 12.5, PICTURE))
    assert sent == (7, 12.5, PICTURE, 64, 48)


def make_header(width: int, height: int) -> bytes:
    """A JPEG that says it is of that size, and ends there."""
    head = struct.pack("!BBHBHHB", 0xFF, 0xC0, 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8" + struct.pack("!BBH", 0xFF, 0xE0, 4) + b"xx" + head


@pytest.mark.parametrize(
    "data",
    [
        b"", b"short", pack_frame(1, float("nan"), PICTURE), pack_frame(1, -1.0, PICTURE),
        pack_frame(1, 1.0, b"\x89PNG\r\n\x1a\n" + bytes(100)), pack_frame(1, 1.0, PICTURE[:20]),
        pack_frame(1, 1.0, PICTURE + bytes(MAX_FRAME_BYTES)),
        pack_frame(1, 1.0, make_header(4097, 100)), pack_frame(1, 1.0, make_header(65535, 65535)),
        pack_frame(1, 1.0, make_header(0, 100)),
    ],
)  # fmt: skip
def test_a_bad_frame_is_refused_before_it_is_decoded(data: bytes) -> None:
    with pytest.raises(BadMessageError):
        read_frame(data)


def test_the_size_is_found_behind_other_segments() -> None:
    assert find_jpeg_size(PICTURE) == (64, 48)
    assert find_jpeg_size(make_header(4096, 2160)) == (4096, 2160)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_header_reader(data: bytes) -> None:
    size = find_jpeg_size(b"\xff\xd8\xff" + data)
    assert size is None or len(size) == 2


def test_the_schema_names_every_message() -> None:
    told = json.dumps(describe_messages())
    for name in ("hello", "start", "key", "ended", "state", "line", "welcome", "over", "problem"):
        assert f'"{name}"' in told
