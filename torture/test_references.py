"""Files that name others, by a host that would answer: nobody asks it, and nothing is opened."""

from __future__ import annotations

import os
import shutil
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import av
import pytest

from formcheck.errors import FormcheckError
from formcheck.video.clip import Clip
from formcheck.video.metadata import read_created
from torture.run import find_trouble, run

SUFFIXES: Final = (".mp4", ".mkv", ".png", ".m3u8", ".txt")
"""Right names and wrong ones: what a file is found from its contents."""


class _Hits(BaseHTTPRequestHandler):
    server: _Listener

    def do_GET(self) -> None:
        self.server.hits.append(self.path)
        clip = self.server.clip
        self.send_response(200)
        self.send_header("Content-Length", str(len(clip)))
        self.end_headers()
        self.wfile.write(clip)

    do_HEAD = do_POST = do_OPTIONS = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


class _Listener(ThreadingHTTPServer):
    """Gives a clip to whoever asks, and remembers that somebody did."""

    def __init__(self, clip: bytes) -> None:
        self.clip, self.hits = clip, list[str]()
        super().__init__(("127.0.0.1", 0), _Hits)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/kneel.mp4"


@contextmanager
def listen(clip: Path) -> Iterator[_Listener]:
    with _Listener(clip.read_bytes()) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def listener(base: Path) -> Iterator[_Listener]:
    with listen(base) as server:
        yield server


@pytest.fixture(autouse=True)
def _nobody_asked(listener: _Listener) -> Iterator[None]:
    """Whoever asked would be heard, though other cases have cut the pose library off by a proxy.

    FFmpeg obeys the same variables, of which ``os.environ`` does not know.
    """
    for name in ("http_proxy", "https_proxy", "no_proxy", "NO_PROXY"):
        os.unsetenv(name)
    listener.hits.clear()
    yield
    assert not listener.hits


def name_elsewhere(url: str, clip: Path) -> dict[str, bytes]:
    """Files that name a clip elsewhere, in every format that can."""
    found: dict[str, bytes] = {}
    places = {"url": url, "file": clip.as_uri(), "path": str(clip), "name": clip.name}
    for kind, place in places.items():
        hls = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:4,\n{place}\n#EXT-X-ENDLIST\n"
        key = f'#EXT-X-KEY:METHOD=AES-128,URI="{place}"\n'
        init = f'#EXT-X-MAP:URI="{place}"\n'
        texts = {
            "hls": hls,
            "hls with a key": hls.replace("#EXTINF", key + "#EXTINF"),
            "hls with a beginning": hls.replace("#EXTINF", init + "#EXTINF"),
            "hls of streams": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\n{place}\n",
            "m3u": f"#EXTM3U\n#EXTINF:4,kneel\n{place}\n",
            "bare m3u": f"{place}\n",
            "pls": f"[playlist]\nFile1={place}\nLength1=4\nNumberOfEntries=1\nVersion=2\n",
            "ffconcat": f"ffconcat version 1.0\nfile '{place}'\n",
            "ffconcat with options": (
                f"ffconcat version 1.0\nfile '{place}'\noption safe 0\n"
                "option protocol_whitelist file,http,tcp\n"
            ),
            "dash": _DASH.format(place=place),
            "smil": f'<smil><body><video src="{place}"/></body></smil>',
            "asx": f'<asx version="3.0"><entry><ref href="{place}"/></entry></asx>',
            "xspf": (
                '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/">'
                f"<trackList><track><location>{place}</location></track></trackList></playlist>"
            ),
            "svg": _SVG.format(place=place),
            "asf reference": f"[Reference]\nRef1={place}\nRef2={place}\n",
            "rtsptext": f"rtsptext\n{place}\n",
            "ffmetadata": f";FFMETADATA1\ntitle={place}\n",
            "subtitles": f'1\n00:00:00,000 --> 00:00:04,000\n<img src="{place}">\n',
            "page": f'<html><video src="{place}"></video></html>',
            "a name of several": f"concat:{place}|{place}",
            "a name of a part": f"subfile,,start,0,end,0,,:{place}",
            "image pattern": "%03d.jpg\n",
        }
        found |= {f"{name} by {kind}": text.encode() for name, text in texts.items()}
    host, _, port = url.split("/")[2].partition(":")
    sdp = f"v=0\no=- 0 0 IN IP4 {host}\ns=-\nu={url}\nc=IN IP4 {host}\nt=0 0\n"
    sdp += f"m=video {port} RTP/AVP 96\n"
    found["sdp"] = (sdp + "a=rtpmap:96 H264/90000\n").encode()
    for protocol in ("concat:", "subfile,,start,0,end,9,,:", "crypto:", "cache:", "async:", "tee:"):
        found[f"hls by {protocol}"] = b"#EXTM3U\n#EXTINF:4,\n" + f"{protocol}{url}\n".encode()
    return found


_DASH: Final = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S"
 profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4">
<Representation id="1" bandwidth="9000"><BaseURL>{place}</BaseURL></Representation>
</AdaptationSet></Period></MPD>
"""
_SVG: Final = """<?xml version="1.0"?>
<!DOCTYPE svg [<!ENTITY other SYSTEM "{place}">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="640" height="480"><image xlink:href="{place}" width="640" height="480"/>&other;</svg>
"""


@pytest.fixture
def beside(base: Path, tmp_path: Path) -> Path:
    """A clip that would be judged, were a reference to it followed, where it is looked for."""
    return Path(shutil.copy(base, tmp_path / "secret.mp4"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_names_another_is_no_clip(
    suffix: str, beside: Path, listener: _Listener, tmp_path: Path
) -> None:
    """Neither what is on a host nor what is on this disk is read through it."""
    opened = []
    for number, (name, content) in enumerate(name_elsewhere(listener.url, beside).items()):
        path = tmp_path / f"list{number}{suffix}"
        path.write_bytes(content)
        read_created(path)
        if (said := find_refusal(path)) is None:
            opened.append(name)
        else:
            assert path.name in said
    assert not opened


def find_refusal(path: Path) -> str | None:
    """What is said of a file that is no clip; None for one that is."""
    try:
        with Clip(path) as clip:
            list(clip.frames())
    except FormcheckError as error:
        return str(error)
    return None


@pytest.mark.parametrize("suffix", [".mp4", ".m3u8"])
def test_the_command_refuses_them_too(
    suffix: str, beside: Path, listener: _Listener, tmp_path: Path
) -> None:
    paths = []
    for number, content in enumerate(name_elsewhere(listener.url, beside).values()):
        paths.append(tmp_path / f"list{number}{suffix}")
        paths[-1].write_bytes(content)
    done = run("analyze", *paths, folder=tmp_path)
    assert done.code == 2
    lines = done.stderr.splitlines()
    assert len(lines) == len(paths)
    assert all(path.name in line for path, line in zip(paths, lines, strict=True))
    done = run("calibrate", "me.json", "--clip", paths[0], "--quiet", folder=tmp_path)
    assert find_trouble(done) is None


def name_address(place: str) -> bytes:
    """A data reference to an address, of which FFmpeg takes no notice."""
    return _box(b"url ", bytes(4) + place.encode() + b"\0")


def name_alias(path: Path, *, is_beside: bool) -> bytes:
    """A data reference as QuickTime writes it, which FFmpeg follows where it is told to."""
    place = str(path).encode()
    place += bytes(len(place) % 2)
    levels = struct.pack(">HH", is_beside, is_beside)
    parts = struct.pack(">hH", 2, len(place)) + place + struct.pack(">hH", -1, 0)
    return _box(b"alis", bytes(4 + 130) + levels + bytes(16) + parts)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def refer_elsewhere(clip: bytes, entry: bytes) -> bytes:
    """A movie whose pictures are said to be elsewhere; where its own were there is nothing."""
    at = clip.index(b"mdat") + 4
    end = at - 8 + int.from_bytes(clip[at - 8 : at - 4])
    clip = clip[:at] + bytes(end - at) + clip[end:]
    at = clip.index(b"dref") - 4
    end = at + int.from_bytes(clip[at : at + 4])
    table = _box(b"dref", struct.pack(">II", 0, 1) + entry)
    whole = clip[:at] + table + clip[end:]
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        size_at = whole.rindex(name, 0, at + 8) - 4
        longer = int.from_bytes(whole[size_at : size_at + 4]) + len(table) - (end - at)
        whole = whole[:size_at] + longer.to_bytes(4) + whole[size_at + 4 :]
    return whole


def list_movies_elsewhere(beside: Path, url: str) -> dict[str, bytes]:
    entries = {
        "an address": name_address(url),
        "a file's address": name_address(beside.as_uri()),
        "an alias of what is beside it": name_alias(beside, is_beside=True),
        "an alias of a path": name_alias(beside, is_beside=False),
    }
    return {name: refer_elsewhere(beside.read_bytes(), entry) for name, entry in entries.items()}


def test_a_movie_whose_pictures_are_elsewhere(
    beside: Path, listener: _Listener, tmp_path: Path
) -> None:
    """An address, or another file of this machine, in the place of its own bytes."""
    for name, content in list_movies_elsewhere(beside, listener.url).items():
        clip = tmp_path / "elsewhere.mp4"
        clip.write_bytes(content)
        assert "none of its pictures" in str(find_refusal(clip)), name
        done = run("analyze", clip, "--model", "lite", "--out", tmp_path / "out", folder=tmp_path)
        assert find_trouble(done) is None, name
        assert not (tmp_path / "out").exists()


def test_an_alias_would_be_followed(beside: Path, listener: _Listener, tmp_path: Path) -> None:
    """By whoever asks FFmpeg to: the references are right, and only not being asked stops it."""
    asked = {"enable_drefs": "1", "use_absolute_path": "1"}
    clip = tmp_path / "elsewhere.mp4"
    movies = list_movies_elsewhere(beside, listener.url)
    for name in ("an alias of what is beside it", "an alias of a path"):
        clip.write_bytes(movies[name])
        with av.open(str(clip), options=asked) as container:
            assert sum(1 for _ in container.decode(video=0)) > 60, name


@pytest.mark.parametrize(
    "name",
    ["http:", "file:secret.mp4", "concat:secret.mp4|secret.mp4", "data:video,x", "kneel.m3u8",
     "pattern%d.mp4", "a%d.ffconcat"],
)  # fmt: skip
def test_a_name_is_no_address(name: str, beside: Path, listener: _Listener, tmp_path: Path) -> None:
    """Not of what there is, and its sound goes into the video by the same file."""
    shutil.copy(beside, tmp_path / "pattern1.mp4")
    place = Path(name)
    if name == "http:":
        place = Path("http:") / listener.url.split("/")[2] / "kneel.mp4"
    asked = ("analyze", str(place), "--model", "lite", "--rate", "5", "--out", "out")
    done = run(*asked, folder=tmp_path)
    assert find_trouble(done) is None
    assert "no such file" in done.stderr
    clip = tmp_path / place
    clip.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(beside, clip)
    done = run(*asked, folder=tmp_path)
    assert done.code == 0, done.stderr
    with av.open(str(tmp_path / "out" / "annotated.mp4")) as video:
        assert len(video.streams.audio) == 1


def test_the_pages_ask_for_nothing(base: Path, tmp_path: Path) -> None:
    """Neither page loads anything from anywhere."""
    done = run("analyze", base, "--out", "out", "--remember", "--model", "lite", folder=tmp_path)
    assert done.code == 0, done.stderr
    done = run("history", "plot", "--out", "history.html", folder=tmp_path)
    assert done.code == 0, done.stderr
    for path in (tmp_path / "out" / "report.html", tmp_path / "history.html"):
        text = path.read_text("utf-8")
        for reach in ("<script src", "<link", "@import", "url(http", 'src="http', "//fonts"):
            assert reach not in text, (path.name, reach)


def test_the_listener_hears(base: Path, listener: _Listener) -> None:
    """It would be noticed if anybody asked: the address works, for FFmpeg too."""
    with av.open(listener.url) as container:
        assert container.streams.video
    assert listener.hits
    listener.hits.clear()
    path = base.with_name("list.m3u8")
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:4,\n{listener.url}\n#EXT-X-ENDLIST\n"
    path.write_text(text)
    options = {"protocol_whitelist": "file,http,tcp", "extension_picky": "0"}
    with av.open(str(path), options=options) as container:
        assert container.format.name == "hls"
    assert listener.hits
    listener.hits.clear()
