"""Requests to providers: each reply and each failure as the right error, and no key where it does not belong."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing
from email.utils import formatdate

import pytest
import requests

from app.core import http
from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused, SubmitUnknown
from app.core.http import ProviderClient, reason_in, retry_after_s
from tests.emulators.base import DROP, Call, Emulator, Reply, route

KEY = "sk-very-secret-0123456789"


class Echo(Emulator):
    """A server that gives the reply that a test sets, and keeps the requests."""

    reply = Reply(200, {"ok": True})
    film_bytes = b"x" * 5000

    @route("GET", r"/file")
    def _file(self, call: Call, match) -> Reply:
        return Reply(200, self.film_bytes, {"Content-Type": "video/mp4; codecs=avc1"})

    def not_found(self, call: Call) -> Reply:
        return self.reply


@pytest.fixture
def server():
    with Echo() as emulator:
        yield emulator


@pytest.fixture
def client(server):
    return ProviderClient("vendor", server.url, {"Authorization": f"Bearer {KEY}"}, read_s=1.0)


def replying(server: Echo, status: int, body=None, **headers: str) -> None:
    server.reply = Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


# -- statuses --------------------------------------------------------------------------------------------------------

REQUEST = {200: None, 204: None, 400: ProviderRefused, 404: ProviderRefused, 422: ProviderRefused}
REQUEST |= dict.fromkeys((401, 402, 403), ProviderClosed)
REQUEST |= dict.fromkeys((301, 302, 303, 307, 308, 408, 425, 429, 500, 502, 503, 504, 524, 529), ProviderBusy)
SUBMIT = {**REQUEST, **dict.fromkeys((302, 303, 408, 500, 502, 504, 524), SubmitUnknown)}
SUBMIT |= dict.fromkeys((301, 307, 308), ProviderRefused)


def error_of(call) -> Exception | None:
    try:
        call()
    except Exception as error:  # noqa: BLE001 - its class is what is tested
        return error
    return None


def outcome_of(call) -> type[Exception] | None:
    error = error_of(call)
    return error and type(error)


@pytest.mark.parametrize(("status", "expected"), REQUEST.items())
def test_each_status_of_a_request_that_may_be_repeated_is_one_kind_of_error(server, client, status, expected) -> None:
    replying(server, status, {"error": "why"}, Location=f"{server.url}/elsewhere")
    assert outcome_of(lambda: client.get("/x")) is expected
    assert len(server.calls) == 1


@pytest.mark.parametrize(("status", "expected"), SUBMIT.items())
def test_each_status_of_a_paid_request_says_whether_it_was_accepted(server, client, status, expected) -> None:
    replying(server, status, {"error": "why"}, Location=f"{server.url}/elsewhere")
    assert outcome_of(lambda: client.submit("/x", json={})) is expected
    assert len(server.calls) == 1


def test_an_allowed_status_is_returned(server, client) -> None:
    replying(server, 404, {"error": "gone"})
    assert client.get("/x", allow=(404,)).status_code == 404
    assert client.submit("/x", allow=(404,), json={}).status_code == 404


# -- connections -----------------------------------------------------------------------------------------------------


def test_a_connection_that_is_cut_leaves_the_outcome_of_a_paid_request_unknown(server, client) -> None:
    server.reply = DROP
    assert outcome_of(lambda: client.submit("/x", json={})) is SubmitUnknown
    assert outcome_of(lambda: client.get("/x")) is ProviderBusy
    server.reply = Reply(200, {"id": "0123456789"}, cut_after=5)
    assert outcome_of(lambda: client.submit("/x", json={})) is SubmitUnknown
    server.reply = Reply(200, {"id": "1"}, delay_s=1.5)
    assert outcome_of(lambda: client.submit("/x", json={})) is SubmitUnknown
    assert len(server.calls) == 4


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://no-such-host.invalid", "ftp://127.0.0.1", "http://"])
def test_a_paid_request_that_was_not_sent_can_be_sent_later(url) -> None:
    error = error_of(lambda: ProviderClient("vendor", url).submit("/x", json={}))
    assert isinstance(error, ProviderBusy)
    assert "cannot be reached" in str(error)


def test_a_paid_request_that_cannot_be_built_was_not_sent(server) -> None:
    client = ProviderClient("vendor", server.url, {"Authorization": "Bearer one\ntwo"})
    assert outcome_of(lambda: client.submit("/x", json={})) is ProviderBusy
    assert outcome_of(lambda: ProviderClient("vendor", server.url).submit("/x", json=float("nan"))) is ProviderBusy
    assert server.calls == []


# -- bodies ----------------------------------------------------------------------------------------------------------


def test_a_reply_that_is_not_json_is_repeated_or_leaves_the_outcome_unknown(server, client) -> None:
    server.reply = Reply(200, b"<html>")
    assert outcome_of(lambda: client.json(client.get("/x"))) is ProviderBusy
    assert outcome_of(lambda: client.accepted(client.submit("/x", json={}))) is SubmitUnknown


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": "the prompt is empty"}, "the prompt is empty"),
        ({"error": {"message": "too long", "code": 3}}, "too long"),
        ({"detail": [{"loc": ["body", "prompt"], "msg": "is required"}]}, "prompt: is required"),
        ({"detail": [{"loc": 3, "msg": "is odd"}]}, "is odd"),
        ({"errors": 1, "message": "  two\n words "}, "two words"),
        ({"error": None, "title": "a title"}, "a title"),
        (["a", "b", "c", "d"], "a; b; c"),
        ({}, ""),
        (7, ""),
        (None, ""),
    ],
)
def test_the_reason_of_a_provider_is_read_in_its_usual_forms(body, reason) -> None:
    assert reason_in(body) == reason


def test_no_error_has_the_key_even_if_the_provider_repeats_it(server, client) -> None:
    for body in ({"error": f"the key {KEY} is wrong"}, f"the key {KEY} is wrong".encode()):
        server.reply = Reply(401, body)
        error = error_of(lambda: client.get("/x"))
        assert KEY not in str(error) + repr(error)
        assert "401" in str(error)
    server.reply = Reply(500, b"<html>nothing to read</html>", {"Content-Type": "text/html"})
    assert "html" not in str(error_of(lambda: client.get("/x")))
    server.reply = Reply(400, {"error": "x" * 10_000})
    assert len(str(error_of(lambda: client.get("/x")))) < 400


# -- waiting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "999999"}, 3600),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"retry-after-ms": "soon"}, None),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
    ],
)
def test_the_time_to_wait_is_read_in_each_form(headers, seconds) -> None:
    assert retry_after_s(headers) == seconds


def test_the_time_to_wait_can_be_a_date(server, client) -> None:
    replying(server, 429, {}, Retry_After=formatdate(time.time() + 90, usegmt=True))
    error = error_of(lambda: client.submit("/x", json={}))
    assert isinstance(error, ProviderBusy) and error.wait_s is not None
    assert 80 < error.wait_s <= 91


# -- redirects and the key -------------------------------------------------------------------------------------------


def test_a_redirect_of_a_call_is_not_followed_with_the_key(server, client) -> None:
    with Echo() as other:
        replying(server, 307, None, Location=f"{other.url}/x")
        assert outcome_of(lambda: client.get("/x")) is ProviderBusy
        assert outcome_of(lambda: client.submit("/x", json={})) is ProviderRefused
        assert other.calls == []


def test_the_key_is_sent_to_the_api_only(server, client) -> None:
    with Echo() as other:
        client.get("/x")
        client.get(f"{other.url}/x")
        client.request("POST", f"{other.url}/upload", data=b"picture")
        assert server.calls[0].headers["Authorization"] == f"Bearer {KEY}"
        assert [call.headers["Authorization"] for call in other.calls] == [None, None]


def test_no_password_of_netrc_is_sent(server, tmp_path, monkeypatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    ProviderClient("vendor", server.url).get("/x")
    assert server.calls[0].headers["Authorization"] is None


# -- downloads -------------------------------------------------------------------------------------------------------


def test_a_download_is_stored_whole_and_its_type_returned(server, client, tmp_path) -> None:
    assert client.download("/file", tmp_path / "clip", 10_000) == "video/mp4"
    assert (tmp_path / "clip").read_bytes() == server.film_bytes


@pytest.mark.parametrize("with_key", [False, True])
def test_the_key_follows_a_download_to_the_api_only_and_only_if_it_is_wanted(
    server, client, tmp_path, with_key
) -> None:
    with Echo() as other:
        server.fail("GET", "/file", Reply(302, None, {"Location": f"{other.url}/file"}))
        client.download("/file", tmp_path / "clip", 10_000, with_key=with_key)
        assert server.calls[0].headers["Authorization"] == (f"Bearer {KEY}" if with_key else None)
        assert other.calls[0].headers["Authorization"] is None


def test_a_download_that_is_redirected_for_ever_is_refused(server, client, tmp_path) -> None:
    server.fail("GET", "/file", Reply(302, None, {"Location": "/file"}), times=99)
    assert outcome_of(lambda: client.download("/file", tmp_path / "clip", 10_000)) is ProviderRefused
    assert len(server.calls) == 5


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1/x", "https:///clip"])
def test_only_http_addresses_are_downloaded(client, tmp_path, url) -> None:
    assert outcome_of(lambda: client.download(url, tmp_path / "clip", 10_000)) is ProviderRefused


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.7", "169.254.169.254", "[::1]", "0.0.0.0"])
def test_a_public_api_cannot_name_a_private_address(server, tmp_path, host) -> None:
    public = ProviderClient("vendor", "https://192.0.1.1")
    url = f"http://{host}:{server.port}/file"
    error = error_of(lambda: public.download(url, tmp_path / "clip", 10_000))
    assert isinstance(error, ProviderRefused)
    assert "private" in str(error)
    assert server.calls == []


def test_a_download_that_is_too_large_is_refused_whether_it_says_so_or_not(server, client, tmp_path) -> None:
    assert outcome_of(lambda: client.download("/file", tmp_path / "clip", 4999)) is ProviderRefused
    with closing(raw_server(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 100_000)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        assert outcome_of(lambda: client.download(url, tmp_path / "clip", 5000)) is ProviderRefused


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500])
def test_a_download_that_fails_can_succeed_with_another_link(server, client, tmp_path, status) -> None:
    server.fail("GET", "/file", Reply(status, {"error": "expired"}))
    assert outcome_of(lambda: client.download("/file", tmp_path / "clip", 10_000)) is ProviderBusy


@pytest.mark.parametrize("changes", [{"cut_after": 100}, {"drop": True}, {"body": b""}], ids=str)
def test_a_download_that_is_cut_or_empty_can_be_repeated(server, client, tmp_path, changes) -> None:
    server.change("GET", "/file", **changes)
    assert outcome_of(lambda: client.download("/file", tmp_path / "clip", 10_000)) is ProviderBusy


def test_a_download_that_is_too_slow_is_given_up_even_if_each_part_arrives_in_time(
    client, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(http, "DOWNLOAD_S", 0.3)
    parts = [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", *([b"x"] * 200)]
    with closing(raw_server(*parts, pause_s=0.05)) as listening:
        begun = time.monotonic()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        error = error_of(lambda: client.download(url, tmp_path / "clip", 200_000))
    assert isinstance(error, ProviderBusy)
    assert "too slow" in str(error)
    assert time.monotonic() - begun < 5


def raw_server(*parts: bytes, pause_s: float = 0.0) -> socket.socket:
    """A server that sends the parts to its first client; the listening socket."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(10_000)
            for part in parts:
                try:
                    connection.sendall(part)
                except OSError:
                    return
                time.sleep(pause_s)

    threading.Thread(target=serve, daemon=True).start()
    return listening


def test_threads_share_a_client_but_no_connection(client) -> None:
    sessions: list[requests.Session] = []
    threads = [threading.Thread(target=lambda: sessions.append(client._session())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(session) for session in [*sessions, client._session()]}) == 4
