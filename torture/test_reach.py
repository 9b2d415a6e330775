"""A file that somebody sends has no reach: no network, no other file, no code of its own."""

from __future__ import annotations

import ast
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import formcheck
from formcheck.errors import FormcheckError
from torture.cases import ROOT

NAMES = ("", "clip.mp4", "clip.mkv", "clip.png")
"""The file's own name, and names that say that it is something else."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """An address of this machine, and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *args: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}", asked
    listening.shutdown()
    thread.join()
    listening.server_close()


def refer_to(target: str) -> dict[str, bytes]:
    """Files of many kinds that are nothing but a reference to another one."""
    texts = {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n",
        "master.m3u8": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1280000\n{target}\n",
        "list.m3u": f"#EXTM3U\n{target}\n",
        "list.pls": f"[playlist]\nFile1={target}\nNumberOfEntries=1\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile '{target}'\n",
        "list.sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nu={target}\nt=0 0\n"
        "m=video 5004 RTP/AVP 96\n",
        "list.asx": f'<asx version="3.0"><entry><ref href="{target}"/></entry></asx>',
        "list.smil": f'<smil><body><video src="{target}"/></body></smil>',
        "list.xspf": f'<playlist version="1"><trackList><track><location>{target}</location>'
        "</track></trackList></playlist>",
        "list.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S" profiles="urn:mpeg:dash:profile:isoff-main:2011">'
        f'<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
        f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>",
        "page.svg": '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink='
        f'"http://www.w3.org/1999/xlink"><image href="{target}" xlink:href="{target}"/></svg>',
        "page.html": f'<html><video src="{target}"></video></html>',
        "name.txt": f"concat:{target}|{target}",
        "subfile.txt": f"subfile,,start,0,end,0,,:{target}",
    }
    found = {name: text.encode() for name, text in texts.items()}
    found["reference.mov"] = make_reference_movie(target)
    return found


def make_reference_movie(target: str) -> bytes:
    """A QuickTime movie whose data is said to lie elsewhere."""

    def box(kind: bytes, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return struct.pack(">I", 8 + len(body)) + kind + body

    address = target.encode() + b"\0"
    matrix = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    entry = bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HH", 640, 360)
    entry += struct.pack(">IIIH", 0x480000, 0x480000, 0, 1) + bytes(32) + struct.pack(">Hh", 24, -1)
    table = box(
        b"stbl",
        box(b"stsd", bytes(4), struct.pack(">I", 1), box(b"mp4v", entry)),
        box(b"stts", bytes(4), struct.pack(">III", 1, 10, 100)),
        box(b"stsc", bytes(4), struct.pack(">IIII", 1, 1, 10, 1)),
        box(b"stsz", bytes(4), struct.pack(">II", 1000, 10)),
        box(b"stco", bytes(4), struct.pack(">II", 1, 40)),
    )
    reference = box(
        b"dinf", box(b"dref", bytes(4), struct.pack(">I", 1), box(b"url ", bytes(4), address))
    )
    media = box(
        b"mdia",
        box(b"mdhd", bytes(12), struct.pack(">IIHH", 1000, 1000, 0, 0)),
        box(b"hdlr", bytes(8), b"vide", bytes(12), b"\0"),
        box(b"minf", box(b"vmhd", bytes(12)), reference, table),
    )
    track = box(
        b"trak",
        box(b"tkhd", struct.pack(">I", 7), bytes(8), struct.pack(">III", 1, 0, 1000), bytes(16),
            matrix, struct.pack(">II", 640 << 16, 360 << 16)),
        media,
    )  # fmt: skip
    header = box(b"mvhd", bytes(12), struct.pack(">II", 1000, 1000), bytes(80))
    return box(b"ftyp", b"qt  ", bytes(4), b"qt  ") + box(b"moov", header, track)


@pytest.mark.parametrize("name", NAMES)
def test_no_reference_is_followed_to_the_network(
    tmp_path: Path, server: tuple[str, list[str]], name: str
) -> None:
    address, asked = server
    for kind, content in refer_to(f"{address}/clip.mp4").items():
        path = tmp_path / (name or kind)
        path.write_bytes(content)
        with pytest.raises(FormcheckError):
            formcheck.analyze(path, exercise="half-kneeling", model="lite")
        assert asked == [], kind


@pytest.mark.parametrize("name", NAMES)
def test_no_reference_is_followed_to_another_file(tmp_path: Path, base: Path, name: str) -> None:
    """A clip that would be judged, were the reference followed."""
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(base.read_bytes())
    assert formcheck.analyze(secret, exercise="half-kneeling", model="lite").frames > 0
    for target in ("secret.mp4", str(secret), f"file:{secret}", f"file://{secret}"):
        for kind, content in refer_to(target).items():
            path = tmp_path / (name or kind)
            path.write_bytes(content)
            with pytest.raises(FormcheckError):
                formcheck.analyze(path, exercise="half-kneeling", model="lite")


@pytest.mark.parametrize(
    "name", ["concat:secret.mp4|secret.mp4", "file:secret.mp4", "pattern%d.mp4", "data:video,x"]
)
def test_a_name_is_a_name(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """FFmpeg would take such names for protocols and patterns."""
    for other in ("secret.mp4", "pattern1.mp4"):
        (tmp_path / other).write_bytes(base.read_bytes())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FormcheckError, match="no such file"):
        formcheck.analyze(name, exercise="half-kneeling", model="lite")
    Path(name).write_bytes(base.read_bytes())
    assert formcheck.analyze(name, exercise="half-kneeling", model="lite").frames > 0


def test_nothing_that_is_read_can_run() -> None:
    """No pickle, no code made of text, no shell, in all of the program's own source."""
    banned_modules = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "imp"}
    banned_calls = {"eval", "exec", "compile", "__import__"}
    banned_methods = {("os", "system"), ("os", "popen"), ("subprocess", "getoutput")}
    found = []
    sources = sorted((ROOT / "formcheck").rglob("*.py"))
    assert len(sources) > 100
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            where = f"{source.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import):
                found += [where for one in node.names if one.name.split(".")[0] in banned_modules]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found += [where] * (node.module.split(".")[0] in banned_modules)
            elif isinstance(node, ast.Call):
                found += [where] * _is_banned(node, banned_calls, banned_methods)
    assert found == []


def _is_banned(call: ast.Call, names: set[str], methods: set[tuple[str, str]]) -> bool:
    given = {one.arg: one.value for one in call.keywords}
    shell = given.get("shell")
    if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
        return True
    if isinstance(call.func, ast.Name):
        return call.func.id in names
    if not (isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)):
        return False
    owner, method = call.func.value.id, call.func.attr
    if (owner, method) in {("np", "load"), ("numpy", "load")}:
        allow = given.get("allow_pickle")
        return not (isinstance(allow, ast.Constant) and allow.value is False)
    return (owner, method) in methods
