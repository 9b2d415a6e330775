"""Text from outside made plain: a name or a cell steers no terminal and turns no page around."""

from __future__ import annotations

from typing import Final

_STEERING: Final = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x0A
} | {
    code: f"\\u{code:04x}"
    # They change the direction of writing, so that a name reads as another.
    for code in (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def make_plain(text: str, *, one_line: bool = False) -> str:
    r"""The text with its control characters as escapes, such as ``\x1b``.

    Args:
        text: anything.
        one_line: new lines are escaped as well.
    """
    plain = text.translate(_STEERING)
    return plain.replace("\n", "\\n") if one_line else plain
