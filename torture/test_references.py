"""Files that name others, by a host that would answer: nobody asks it, and nothing is opened."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from formcheck.errors import FormcheckError
from torture.run import find_trouble, run

SUFFIXES: Final = (".mp4", ".m3u8", ".txt")
"""A right name and wrong ones: what a file is found from its contents."""


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
    for kind, place in (("url", url), ("file", clip.as_uri()), ("path", str(clip))):
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
            "image pattern": "%03d.jpg\n",
        }
        found |= {f"{name} by {kind}": text.encode() for name, text in texts.items()}
    host, _, port = url.split("/")[2].partition(":")
    sdp = f"v=0\no=- 0 0 IN IP4 {host}\ns=-\nc=IN IP4 {host}\nt=0 0\nm=video {port} RTP/AVP 96\n"
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


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_names_another_is_no_clip(
    suffix: str, base: Path, listener: _Listener, tmp_path: Path
) -> None:
    """Neither what is on a host nor what is on this disk is read through it."""
    from formcheck.capture.clip import Clip
    from formcheck.capture.created import read_created

    opened = []
    for number, (name, content) in enumerate(name_elsewhere(listener.url, base).items()):
        path = tmp_path / f"list{number}{suffix}"
        path.write_bytes(content)
        read_created(path)
        try:
            with Clip(path) as clip:
                list(clip.frames())
            opened.append(name)
        except FormcheckError as error:
            assert path.name in str(error)  # noqa: PT017
    assert not opened


@pytest.mark.parametrize("suffix", [".mp4", ".m3u8"])
def test_the_command_refuses_them_too(
    suffix: str, base: Path, listener: _Listener, tmp_path: Path
) -> None:
    names = ("hls by url", "ffconcat with options by url", "sdp", "svg by url", "dash by url")
    files = name_elsewhere(listener.url, base)
    paths = [tmp_path / f"list{number}{suffix}" for number in range(len(names))]
    for path, name in zip(paths, names, strict=True):
        path.write_bytes(files[name])
    done = run("analyze", *paths, folder=tmp_path)
    assert done.code == 2
    lines = done.stderr.splitlines()
    assert len(lines) == len(paths)
    assert all(path.name in line for path, line in zip(paths, lines, strict=True))
    done = run("calibrate", "me.json", "--clip", paths[0], "--quiet", folder=tmp_path)
    assert find_trouble(done) is None


def refer_elsewhere(clip: bytes, url: str) -> bytes:
    """A movie whose pictures are said to be at an address: its data reference names it."""
    at = clip.index(b"dref") - 4
    [size] = struct.unpack(">I", clip[at : at + 4])
    place = b"\0\0\0\0" + url.encode() + b"\0"
    entry = struct.pack(">I", 8 + len(place)) + b"url " + place
    table = struct.pack(">I", 16 + len(entry)) + b"dref" + struct.pack(">II", 0, 1) + entry
    longer = len(table) - size
    whole = clip[:at] + table + clip[at + size :]
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        place_of = whole.rindex(name, 0, at + 8) - 4
        [old] = struct.unpack(">I", whole[place_of : place_of + 4])
        whole = whole[:place_of] + struct.pack(">I", old + longer) + whole[place_of + 4 :]
    return whole


def test_a_movie_whose_pictures_are_elsewhere(
    base: Path, listener: _Listener, tmp_path: Path
) -> None:
    """An address, or another file of this machine, in the place of its own bytes."""
    for number, place in enumerate((listener.url, base.as_uri())):
        clip = tmp_path / f"elsewhere{number}.mp4"
        clip.write_bytes(refer_elsewhere(base.read_bytes(), place))
        assert b"dref" in clip.read_bytes()
        done = run("analyze", clip, "--model", "lite", "--out", tmp_path / "out", "--force",
                   folder=tmp_path)  # fmt: skip
        assert done.code in (0, 2)
        assert find_trouble(done) is None or done.code == 0


@pytest.mark.parametrize("name", ["http:", "concat:a.mp4|b.mp4", "kneel.m3u8", "a%d.ffconcat"])
def test_a_name_is_no_address(name: str, base: Path, listener: _Listener, tmp_path: Path) -> None:
    """Its sound goes into the video by the same file, whatever that is called."""
    place = Path(name)
    if name == "http:":
        place = Path("http:") / listener.url.split("/")[2] / "kneel.mp4"
    clip = tmp_path / place
    clip.parent.mkdir(parents=True, exist_ok=True)
    clip.write_bytes(base.read_bytes())
    done = run("analyze", str(place), "--model", "lite", "--rate", "5", "--out", "out",
               folder=tmp_path)  # fmt: skip
    assert done.code == 0, done.stderr
    import av

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
    import av

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
