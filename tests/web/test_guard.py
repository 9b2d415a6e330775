"""Who is let in, and who is not: tokens, hosts, origins, bodies, paths and rates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from formcheck.web.address import is_at_home
from formcheck.web.context import ServeContext
from formcheck.web.guard import BURST, MAX_BODY_BYTES, WRONG_BURST, RateLimit, name_cookie
from tests.support.served import TOKEN, ServedClient, serve_app

PAGES = ("/", "/exercises", "/history", "/clips", "/setup", "/nowhere", "/static/style.css")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServeContext]:
    with serve_app(tmp_path) as context:
        yield context


@pytest.fixture
def client(served: ServeContext) -> ServedClient:
    return ServedClient(served)


@pytest.fixture
def stranger(served: ServeContext) -> ServedClient:
    return ServedClient(served, {name_cookie(served): "no such token"})


def test_the_token_becomes_a_cookie_and_leaves_the_address(stranger: ServedClient) -> None:
    answer = stranger.ask(f"/exercises?token={TOKEN}&a=1", drop=("Cookie",))
    assert answer.status == 200
    cookie = answer.headers["set-cookie"]
    assert f"{name_cookie(stranger.context)}={TOKEN}" in cookie
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/"))
    assert "url=/exercises?a=1" in answer.text
    assert TOKEN not in answer.text


@pytest.mark.parametrize("path", ["//evil.example/", "///evil.example", "/\\evil.example"])
def test_the_token_leads_to_no_other_site(stranger: ServedClient, path: str) -> None:
    answer = stranger.ask(f"{path}?token={TOKEN}", drop=("Cookie",))
    assert "url=//" not in answer.text
    assert "url=/\\" not in answer.text


@pytest.mark.parametrize("path", [page for page in PAGES if "static" not in page])
def test_without_a_token_there_is_nothing(stranger: ServedClient, path: str) -> None:
    for drop in ((), ("Cookie",)):
        answer = stranger.ask(path, drop=drop)
        assert answer.status == 403
        assert "Open the address again" in answer.text
        assert "<nav" not in answer.text


def test_wrong_tokens_are_refused_for_a_while_and_who_is_in_stays(
    client: ServedClient, stranger: ServedClient
) -> None:
    found = [stranger.ask(f"/?token=guess{k}").status for k in range(WRONG_BURST + 2)]
    assert found == [403] * WRONG_BURST + [429] * 2
    assert stranger.ask(f"/?token={TOKEN}").status == 429
    assert client.ask("/exercises").status == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:1", "192.0.2.77:{port}",
                                  "localhost.evil.example:{port}", "", "[::1"])  # fmt: skip
def test_another_name_of_this_machine_is_not_served(client: ServedClient, host: str) -> None:
    """As a name is that another site has had lead to this machine."""
    answer = client.ask("/", Host=host.format(port=client.context.port))
    assert answer.status in (400, 421)
    assert "Today" not in answer.text


def test_the_address_that_a_connection_came_to_is_served(client: ServedClient) -> None:
    assert client.ask("/", Host=f"127.0.0.1:{client.context.port}").status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost:{port}",
                                    "http://localhost:1", "http://127.0.0.1:{port}"])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_another_site_is_refused(client: ServedClient, origin: str, method: str) -> None:
    origin = origin.format(port=client.context.port)
    answer = client.ask("/setup", method, body=b"volume=3", Origin=origin)
    assert answer.status == 403
    assert not (client.context.data / "settings.json").exists()


def test_what_changes_something_says_where_it_comes_from(client: ServedClient) -> None:
    assert client.ask("/setup", "POST", body=b"volume=3", drop=("Origin",)).status == 403
    socket = client.ask("/", drop=("Origin",), Upgrade="websocket", Connection="Upgrade")
    assert socket.status == 403
    assert client.send_form("/setup", "volume=3").status == 303


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_forbids_other_hosts_and_inline_scripts(
    client: ServedClient, stranger: ServedClient, path: str
) -> None:
    for answer in (client.ask(path), stranger.ask(path), client.ask(path, Host="evil.example")):
        own = f"ws://localhost:{client.context.port}"
        rules = dict(
            rule.strip().split(" ", 1)
            for rule in answer.headers["content-security-policy"].split(";")
        )
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == rules["style-src"] == "'self'"
        assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
        allowed = {source for sources in rules.values() for source in sources.split()}
        assert allowed <= {"'self'", "'none'", "data:", "blob:", own}
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["permissions-policy"].startswith("camera=(self), microphone=()")
        assert "strict-transport-security" not in answer.headers
        assert answer.headers["server"] == "formcheck"


@pytest.mark.parametrize("path", ["/static/../server.py", "/static/..%2fserver.py",
    "/static/%2e%2e/server.py", "/static//etc/passwd", "/summary/..%2f..%2fetc%2fpasswd",
    "/summary/%2e%2e", "/kept/..%2f/annotated.mp4", "/clips/../../etc/passwd",
    "/exercises/..%2f..%2fschema", "/static/style.css%00.py"])  # fmt: skip
def test_no_path_leads_to_a_file(client: ServedClient, path: str) -> None:
    answer = client.ask(path)
    assert answer.status == 404
    assert b"root:" not in answer.body
    assert b"import " not in answer.body


def test_a_body_that_is_too_large_is_refused(client: ServedClient) -> None:
    answer = client.send_form("/setup", "volume=" + "9" * (MAX_BODY_BYTES + 1))
    assert answer.status == 413
    assert client.ask("/setup").status == 200


def test_what_is_no_request_is_answered_and_not_reported(
    client: ServedClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.ask("/", X="a" * 20_000).status == 400
    assert client.ask("/").status == 200
    assert caplog.records == []


def test_too_many_requests_are_refused(client: ServedClient) -> None:
    found: list[int] = []
    while 429 not in found:
        assert len(found) < 6 * BURST
        found.append(client.ask("/static/icon.svg").status)
    assert found[:-1] == [200] * (len(found) - 1)
    assert len(found) > BURST


def test_a_rate_is_counted_in_seconds() -> None:
    limit = RateLimit(2.0, 3)
    assert [limit.allows("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert limit.allows("b", 0.0)
    assert not limit.allows("a", 0.4)
    assert limit.allows("a", 0.5)
    assert [limit.allows("a", 100.0, cost=0) for _ in range(9)] == [True] * 9


def test_addresses_that_come_and_go_take_no_memory() -> None:
    limit = RateLimit(1.0, 1)
    for k in range(2000):
        limit.allows(str(k), 0.0)
    assert limit.allows("0", 0.0)


@pytest.mark.parametrize(("address", "home"), [
    ("127.0.0.1", True), ("192.168.1.7", True), ("10.0.0.3", True), ("172.20.1.1", True),
    ("169.254.3.3", True), ("::1", True), ("fe80::1%eth0", True), ("::ffff:192.168.1.7", True),
    ("8.8.8.8", False), ("::ffff:8.8.8.8", False), ("2001:4860::1", False), ("", False),
])  # fmt: skip
def test_only_machines_at_home_are_served(address: str, home: bool) -> None:
    assert is_at_home(address) is home
