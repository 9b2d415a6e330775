"""The machine's addresses at home, and the code that a phone scans."""

from __future__ import annotations

import re
import socket
from ipaddress import ip_address

import cv2
import numpy as np
import pytest

from formcheck.web import address
from formcheck.web.address import draw_code, draw_code_svg, list_addresses, name_machine

TEXT = "https://192.168.1.20:8642/?token=MiL6lhk3v9kzQYcFvMIHsi_Q0Q613ZKg"


def read_code(cells: np.ndarray) -> str:
    """What a camera reads in black (0) and white (255) cells."""
    large = np.pad(cells, 4, constant_values=255).repeat(8, axis=0).repeat(8, axis=1)
    return cv2.QRCodeDetector().detectAndDecode(large.astype(np.uint8))[0]


def test_a_phone_reads_the_code_in_the_terminal() -> None:
    rows = []
    for line in draw_code(TEXT, in_colour=False).split("\n"):
        rows.append([255 if sign in "█▀" else 0 for sign in line])
        rows.append([255 if sign in "█▄" else 0 for sign in line])
    assert read_code(np.array(rows, np.uint8)) == TEXT


def test_its_colours_are_its_own_in_a_terminal() -> None:
    plain, coloured = draw_code(TEXT, in_colour=False), draw_code(TEXT, in_colour=True)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain
    assert all(line.startswith("\x1b[97;40m") for line in coloured.split("\n"))


def test_the_code_on_a_page_has_a_label_and_no_style() -> None:
    svg = draw_code_svg(TEXT, 'A "label"')
    assert 'aria-label="A &#34;label&#34;"' in svg
    assert "style=" not in svg


def test_the_addresses_are_those_of_home_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["127.0.0.1", "192.168.1.20", "8.8.8.8", "192.168.1.20", "10.1.1.1"]
    monkeypatch.setattr(address, "_ask_system", lambda: iter(asked))
    assert list_addresses() == ["192.168.1.20", "10.1.1.1"]


def test_this_machine_can_be_asked() -> None:
    assert all(ip_address(one).version == 4 for one in list_addresses())


@pytest.mark.parametrize(("name", "names"), [
    ("Laptop", ["laptop", "laptop.local"]), ("a.example", ["a.example"]), ("localhost", []),
    ("what is this", []), ("x" * 64, []),
])  # fmt: skip
def test_the_names_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, name: str, names: list[str]
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    assert name_machine() == names
