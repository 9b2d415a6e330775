"""Under which addresses the machine is reached at home, and the QR code that tells a phone."""

from __future__ import annotations

import io
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Final

import segno
from markupsafe import Markup

_SIOCGIFADDR: Final = 0x8915
"""From Linux's sockios.h: the address of an interface."""
_ROUTES: Final = Path("/proc/net/route")
_IFCONFIG_S: Final = 5.0
_INET: Final = re.compile(r"^\s+inet (\d+\.\d+\.\d+\.\d+)", re.MULTILINE)


def list_addresses() -> list[str]:
    """The machine's IPv4 addresses in its networks at home, likeliest first; loopback is none.

    The system is asked, and no other machine.
    """
    found = dict.fromkeys(_ask_system())
    return [one for one in found if is_at_home(one) and not ip_address(one).is_loopback]


def is_at_home(address: str) -> bool:
    """Whether an address is one of a home network or of this machine, and none of the internet."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return not (mapped or ip).is_global


def name_machine() -> list[str]:
    """The machine's name, and as phones find it in a network without a name server."""
    name = socket.gethostname().lower()
    if not re.fullmatch(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", name) or name == "localhost":
        return []
    return [name] if "." in name else [name, f"{name}.local"]


def _ask_system() -> Iterator[str]:
    if sys.platform == "linux":
        yield from _ask_linux()
    elif sys.platform == "darwin":
        with suppress(OSError, subprocess.SubprocessError):
            said = subprocess.run(
                ["/sbin/ifconfig", "-a"], capture_output=True, text=True, timeout=_IFCONFIG_S,
                check=True,
            )  # fmt: skip
            yield from _INET.findall(said.stdout)
    else:
        with suppress(OSError):
            yield from socket.gethostbyname_ex(socket.gethostname())[2]


def _ask_linux() -> Iterator[str]:
    import fcntl

    first = _find_way_out()
    names = sorted((name for _, name in socket.if_nameindex()), key=lambda name: name != first)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for name in names:
            request = struct.pack("256s", name.encode()[:15])
            with suppress(OSError):  # it has no address
                yield str(IPv4Address(fcntl.ioctl(asked, _SIOCGIFADDR, request)[20:24]))


def _find_way_out() -> str | None:
    """The interface that leads to other networks: a phone at home is beyond it."""
    with suppress(OSError):
        for line in _ROUTES.read_text(encoding="ascii").splitlines()[1:]:
            name, target = line.split()[:2]
            if int(target, 16) == 0:
                return name
    return None


def draw_code(text: str, *, in_colour: bool) -> str:
    """A QR code as lines for a terminal, black on white whatever its colours if ``in_colour``."""
    lines = io.StringIO()
    segno.make_qr(text, error="m").terminal(out=lines, compact=True, border=2)
    drawn = lines.getvalue().rstrip("\n").split("\n")
    return "\n".join(f"\x1b[97;40m{line}\x1b[0m" if in_colour else line for line in drawn)


def draw_code_svg(text: str, label: str) -> Markup:
    """A QR code as SVG for a page, with a label for screen readers."""
    svg = segno.make_qr(text, error="m").svg_inline(scale=5, border=3, light="#fff", omitsize=True)
    opening = Markup('<svg role="img" aria-label="{}"').format(label)
    return opening + Markup(svg.removeprefix("<svg"))
