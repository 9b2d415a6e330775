"""``formcheck serve`` as a user types it: where it is, whom it serves, how it ends."""

from __future__ import annotations

import hashlib
import http.client
import re
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from formcheck import language
from formcheck.cli import serve_command
from formcheck.cli.main import app
from formcheck.cli.options import EXIT_FAILURE
from formcheck.web import address
from formcheck.web.context import ServeContext
from tests.support.live_process import LiveProcess
from tests.support.served import ServedClient, find_free_port


def split_address(line: str) -> tuple[str, int, str]:
    """Origin, port and token of the address that is printed."""
    origin, _, token = line.partition("/?token=")
    return origin, int(origin.rpartition(":")[2]), token


def serve(folder: Path, *arguments: str) -> LiveProcess:
    port = str(find_free_port())
    return LiveProcess(folder, "serve", "--no-open", "--port", port, "--data", folder, *arguments)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_it_serves_until_it_is_stopped_and_says_who_came(tmp_path: Path) -> None:
    with serve(tmp_path) as process:
        origin, port, token = split_address(process.wait_for_line("token="))
        assert origin == f"http://localhost:{port}"
        client = ServedClient(ServeContext(token=token, data=tmp_path, port=port))
        assert [client.ask(path).status for path in ("/", "/exercises", "/setup")] == [200] * 3
        process.send(signal.SIGTERM)
        assert process.end() == 128 + signal.SIGTERM
        said = process.stderr.splitlines()
    assert [line for line in said if "uses the app" in line] == [
        "formcheck: 127.0.0.1 uses the app"
    ]
    assert any("Ctrl-C stops it" in line for line in said)
    assert "stopped" in said[-1]
    assert "Traceback" not in process.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_a_phone_comes_back_after_the_server_was_started_anew(tmp_path: Path) -> None:
    tokens = []
    for more in ((), (), ("--new-token",)):
        with serve(tmp_path, "--quiet", *more) as process:
            tokens.append(split_address(process.wait_for_line("token="))[2])
            process.send(signal.SIGINT)
            assert process.end() == 128 + signal.SIGINT
    assert tokens[0] == tokens[1] != tokens[2]
    assert all(len(token) >= 32 for token in tokens)


@pytest.mark.parametrize("damaged", [b"", b"\xff\xfe", b"too-short", b"with a space " * 3])
def test_a_damaged_token_is_made_anew(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "serve-token").write_bytes(damaged)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        called = CliRunner().invoke(app, ["serve", "--port", port, "--data", str(tmp_path)])
    assert "is in use" in called.stderr
    assert re.fullmatch(r"[\w-]{32}", (tmp_path / "serve-token").read_text())


@pytest.mark.skipif(
    not address.list_addresses(), reason="this machine is not connected to a network"
)
def test_a_phone_is_told_all_that_it_needs(tmp_path: Path) -> None:
    with serve(tmp_path, "--lan") as process:
        origin, port, token = split_address(process.wait_for_line("token="))
        fingerprint = process.wait_for_line("SHA-256").removeprefix("SHA-256 ")
        assert origin == f"https://{address.list_addresses()[0]}:{port}"
        assert "will warn" in process.stdout
        trusting = ssl.create_default_context(cafile=str(tmp_path / "serve-certificate.pem"))
        host = address.list_addresses()[0]
        with closing(http.client.HTTPSConnection(host, port, context=trusting)) as asked:
            asked.request("GET", f"/?token={token}")
            assert asked.sock is not None
            seen = asked.sock.getpeercert(binary_form=True) or b""
            assert asked.getresponse().status == 200
        assert hashlib.sha256(seen).hexdigest().upper() == fingerprint.replace(":", "")


def test_without_lan_nobody_else_is_served(tmp_path: Path) -> None:
    with serve(tmp_path) as process:
        _, port, _ = split_address(process.wait_for_line("token="))
        for one in address.list_addresses():
            with pytest.raises(OSError, match="refused"), socket.create_connection((one, port), 5):
                pass


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        asked = ["serve", "--no-open", "--port", port, "--data", str(tmp_path)]
        called = CliRunner().invoke(app, asked)
    assert called.exit_code == EXIT_FAILURE
    assert f"port {port}: is in use by another program" in called.stderr
    assert "--port" in called.stderr


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(serve_command, "find_spec", lambda name: None if name == "segno" else 1)
    monkeypatch.setattr(language, "_used", "en")
    called = CliRunner().invoke(app, ["serve", "--data", str(tmp_path), "--language", "de"])
    assert language.current_language() == "de"
    assert called.exit_code == EXIT_FAILURE
    assert called.stderr.count("\n") == 1
    assert "segno" in called.stderr
    assert "pip install 'formcheck[serve]'" in called.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("arguments", "said"), [
    (("--certificate", "a.pem"), "belong together"),
    (("--certificate", "none.pem", "--key", "none.pem"), "none.pem: cannot be read"),
    (("--exercises", "none-such"), "none-such: no such folder of exercises: create it"),
    (("--model", "none-such"), "none-such"),
    (("--port", "0"), "--port"),
    (("--language", "xx"), "give en or de"),
])  # fmt: skip
def test_what_cannot_be_is_told_at_once(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    called = CliRunner().invoke(app, ["serve", "--no-open", "--data", str(tmp_path), *arguments])
    assert called.exit_code == EXIT_FAILURE
    assert said in called.stderr


def test_a_machine_without_a_network_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "_ask_system", lambda: iter(["127.0.0.1"]))
    called = CliRunner().invoke(app, ["serve", "--lan", "--data", str(tmp_path)])
    assert called.exit_code == EXIT_FAILURE
    assert "not connected to a network" in called.stderr


def test_the_help_loads_no_server() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from formcheck.cli.main import app\n"
        "assert CliRunner().invoke(app, ['serve', '--help']).exit_code == 0\n"
        "print(sorted({'aiohttp', 'cryptography', 'segno', 'cv2'} & {*sys.modules}))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
