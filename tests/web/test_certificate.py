"""The server's own certificate: for which names, for how long, and who can read its key."""

from __future__ import annotations

import http.client
import ssl
import stat
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from formcheck.errors import ArgumentError
from formcheck.web import certificate as module
from formcheck.web.certificate import load_certificate, provide_certificate
from tests.support.served import serve_app

NAMES = ("192.168.1.20", "laptop.local", "localhost", "127.0.0.1")


def test_it_is_for_the_names_and_a_browser_that_trusts_it_is_content(tmp_path: Path) -> None:
    found = provide_certificate(tmp_path, NAMES)
    assert set(found.names) == set(NAMES)
    assert found.is_own
    days = (found.ends - datetime.now(UTC)).days
    assert 300 < days <= 825, "as long as Apple's devices take"
    assert len(found.fingerprint.split(":")) == 32
    trusting = ssl.create_default_context(cafile=str(found.file))
    with serve_app(tmp_path, found.make_tls()) as context:
        asked = http.client.HTTPSConnection("localhost", context.port, context=trusting)
        with closing(asked):
            asked.request("GET", f"/?token={context.token}")
            answer = asked.getresponse()
            assert answer.status == 200
            assert "Secure" in (answer.getheader("Set-Cookie") or "")
            assert answer.getheader("Strict-Transport-Security") is None
            assert f"wss://localhost:{context.port}" in str(
                answer.getheader("Content-Security-Policy")
            )


def reach(kind: type[http.client.HTTPConnection], port: int) -> None:
    with closing(kind("localhost", port)) as asked:
        asked.request("GET", "/")
        asked.getresponse()


def test_one_who_does_not_trust_it_costs_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = provide_certificate(tmp_path, NAMES)
    with serve_app(tmp_path, found.make_tls()) as context:
        for kind in (http.client.HTTPSConnection, http.client.HTTPConnection):
            with pytest.raises((ssl.SSLError, http.client.HTTPException, OSError)):
                reach(kind, context.port)
        trusting = ssl.create_default_context(cafile=str(found.file))
        asked = http.client.HTTPSConnection("localhost", context.port, context=trusting)
        with closing(asked):
            asked.request("GET", "/static/style.css")
            assert asked.getresponse().status == 200
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_nobody_else_reads_its_key(tmp_path: Path) -> None:
    found = provide_certificate(tmp_path, NAMES)
    assert stat.S_IMODE(found.key.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {module.CERTIFICATE, module.KEY}


def test_it_lasts_until_the_names_change(tmp_path: Path) -> None:
    first = provide_certificate(tmp_path, NAMES)
    assert provide_certificate(tmp_path, NAMES[1:]).fingerprint == first.fingerprint
    moved = provide_certificate(tmp_path, ("10.0.0.7", *NAMES[1:]))
    assert moved.fingerprint != first.fingerprint
    assert "10.0.0.7" in moved.names


def test_it_is_made_anew_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VALID_FOR", module.RENEWED_BEFORE - timedelta(hours=1))
    first = provide_certificate(tmp_path, NAMES)
    monkeypatch.undo()
    assert provide_certificate(tmp_path, NAMES).ends > first.ends + timedelta(days=100)


@pytest.mark.parametrize("damaged", [module.CERTIFICATE, module.KEY])
def test_a_damaged_one_is_made_anew(tmp_path: Path, damaged: str) -> None:
    first = provide_certificate(tmp_path, NAMES)
    (tmp_path / damaged).write_text("nonsense")
    assert provide_certificate(tmp_path, NAMES).fingerprint != first.fingerprint


def test_ones_own_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = (provide_certificate(tmp_path / name, NAMES) for name in ("mine", "other"))
    assert load_certificate(mine.file, mine.key).fingerprint == mine.fingerprint
    locked = tmp_path / "locked.pem"
    lock = BestAvailableEncryption(b"secret")
    private = load_pem_private_key(mine.key.read_bytes(), None)
    locked.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    monkeypatch.setattr(module, "VALID_FOR", timedelta(hours=-1))
    expired = provide_certificate(tmp_path / "expired", NAMES)
    monkeypatch.setattr(module, "VALID_FOR", timedelta(days=9))
    monkeypatch.setattr(module, "_SKEW", timedelta(days=-2))
    early = provide_certificate(tmp_path / "early", NAMES)
    for file, key, subject, problem in (
        (mine.file, other.key, other.key, f"is not the key of {mine.file}"),
        (mine.key, mine.key, mine.key, "is not a PEM certificate"),
        (mine.file, mine.file, mine.file, "is not a PEM private key"),
        (mine.file, locked, locked, "is locked by a password"),
        (tmp_path / "none", mine.key, tmp_path / "none", "cannot be read"),
        (mine.file, tmp_path, tmp_path, "cannot be read"),
        (expired.file, expired.key, expired.file, "expired on"),
        (early.file, early.key, early.file, "is not valid before"),
    ):
        with pytest.raises(ArgumentError) as caught:
            load_certificate(file, key)
        assert caught.value.subject == str(subject)
        assert problem in caught.value.problem
        assert caught.value.advice


def test_of_its_own_one_is_made_anew_while_it_is_not_valid_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the clock was set back."""
    monkeypatch.setattr(module, "_SKEW", timedelta(days=-2))
    early = provide_certificate(tmp_path, NAMES)
    monkeypatch.undo()
    assert provide_certificate(tmp_path, NAMES).begins < early.begins - timedelta(days=2)
