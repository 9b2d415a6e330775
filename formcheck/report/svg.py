"""Matplotlib's SVG made fit for a page with a strict policy and two colour schemes.

Styles become attributes, as the page allows no inline style; stand-in colours become the page's
variables; identifiers that nothing refers to are dropped, the others made the plot's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET

_SVG: Final = "http://www.w3.org/2000/svg"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_DROPPED: Final = frozenset({f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"})
_NUMBER: Final = re.compile(r"-?\d+\.\d+")
_REFERENCE: Final = re.compile(r"url\(#([^)]+)\)")


def clean_svg(text: str, prefix: str, colours: Mapping[str, str]) -> ET.Element:
    """What matplotlib wrote, as an element to lay into the page.

    Args:
        text: the SVG file.
        prefix: begins its identifiers, so that no two plots of a page share one.
        colours: stand-in colour (``#rrggbb``) to what the page shows, as ``var(--line)``.
    """
    root = ET.fromstring(text)
    for parent in root.iter():
        for child in [child for child in parent if child.tag in _DROPPED]:
            parent.remove(child)
    used = set(_REFERENCE.findall(text)) | set(re.findall(r'href="#([^"]+)"', text))
    for element in root.iter():
        _spread_style(element, colours)
        _rename(element, used, prefix)
        for name in ("d", "x", "y", "transform"):
            if name in element.attrib:
                element.set(name, _NUMBER.sub(_shorten, element.attrib[name]))
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    return root


def write_svg(root: ET.Element) -> str:
    """The element as text for an HTML page, where no namespace is named."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        if _HREF in element.attrib:
            element.set("href", element.attrib.pop(_HREF))
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _spread_style(element: ET.Element, colours: Mapping[str, str]) -> None:
    style = element.attrib.pop("style", "")
    for part in style.split(";"):
        name, _, value = part.partition(":")
        name, value = name.strip(), value.strip()
        if name == "font":  # of a text: its size alone; the face is the page's
            size = re.search(r"[\d.]+(?=px)", value)
            name, value = "font-size", size.group() if size else "9"
        if name:
            element.set(name, value)
    for name in ("fill", "stroke"):
        if element.get(name) in colours:
            element.set(name, colours[element.attrib[name]])


def _rename(element: ET.Element, used: set[str], prefix: str) -> None:
    if element.get("id") in used:
        element.set("id", prefix + element.attrib["id"])
    else:
        element.attrib.pop("id", None)
    for name, value in element.attrib.items():
        if name == _HREF:
            element.set(name, f"#{prefix}{value[1:]}")
        elif "url(#" in value:
            element.set(name, _REFERENCE.sub(rf"url(#{prefix}\1)", value))


def _shorten(match: re.Match[str]) -> str:
    """A number to a hundredth: a plot is 300 units wide, and a screen shows no more."""
    return f"{float(match.group()):.2f}".rstrip("0").rstrip(".")
