"""How large a picture the model is given."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.pose.shrink import choose_side_px, prepare


@pytest.mark.parametrize(
    ("size", "side_px", "given"),
    [
        ((1920, 1080), 640, (640, 360)),
        ((1080, 1920), 640, (360, 640)),
        ((1280, 674), 640, (640, 337)),
        ((400, 300), 640, (400, 300)),
        ((1920, 540), 1280, (1280, 360)),
        ((2560, 1080), 853, (853, 360)),
        ((6000, 600), 1280, (1280, 128)),
        ((640, 180), 1280, (640, 180)),
        ((3000, 1), 1280, (1280, 16)),
    ],
)
def test_wide_pictures_keep_their_height(
    size: tuple[int, int], side_px: int, given: tuple[int, int]
) -> None:
    assert choose_side_px(*size) == side_px
    assert prepare(np.zeros((size[1], size[0], 3), np.uint8)).shape == (*given[::-1], 3)


def test_a_file_that_says_no_height_is_left_to_its_decoder() -> None:
    assert choose_side_px(65535, 0) == choose_side_px(0, 0) == 640
