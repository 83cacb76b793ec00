"""Pages of other sites in a browser on this machine: they can neither read the API nor change anything through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from app.api.http import hosts, origins
from app.core.config import Settings
from tests.waiting import REPLY_S
from tests.web_server import WebServer, web_server

STUDIO = "https://studio.example"
ALLOWED = {"PYTOON_ALLOWED_HOSTS": "api, *.films.example", "PYTOON_ALLOWED_ORIGINS": STUDIO}
JOB = {"script": "Bread takes time."}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server as it is without settings."""
    with web_server(tmp_path_factory.mktemp("closed")) as server:
        yield server


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server that lists hosts and an origin."""
    with web_server(tmp_path_factory.mktemp("opened"), **ALLOWED) as server:
        yield server


def send(server: WebServer, method: str = "POST", path: str = "/api/v2/jobs", **headers: str) -> requests.Response:
    """Send a request with headers whose names have underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    form = {"script": (None, JOB["script"])} if method == "POST" else None
    return requests.request(method, f"{server.url}{path}", files=form, headers=named, timeout=REPLY_S)


# -- hosts -----------------------------------------------------------------------------------------------------------

ON_LOOPBACK = Settings(public_url="https://Films.example.com/pytoon", allowed_hosts="api, .lan.example, *.team.example")
LOOPBACK_HOSTS = ["localhost", "LOCALHOST:8080", "localhost.", "a.localhost", "127.0.0.1", "127.0.0.1:80", "127.9.9.9"]
LOOPBACK_HOSTS += ["[::1]:8080", "[::1]"]
LISTED_HOSTS = ["films.example.com", "api:8080", "x.lan.example", "a.b.team.example"]
FOREIGN_HOSTS = ["rebound.example", "localhost.rebound.example", "lan.example", "xlan.example", "127.0.0.1.nip.io"]
FOREIGN_HOSTS += ["notlocalhost", "192.168.1.7", "[fe80::1]", "0x7f000001", "127.1", "2130706433", "team.example"]


@pytest.mark.parametrize("header", [*LOOPBACK_HOSTS, *LISTED_HOSTS])
def test_own_and_listed_hosts_are_allowed(header: str) -> None:
    host = hosts.host_of(header)
    assert host and hosts.is_allowed(host, ON_LOOPBACK)


@pytest.mark.parametrize("header", FOREIGN_HOSTS)
def test_other_hosts_are_refused(header: str) -> None:
    host = hosts.host_of(header)
    assert host and not hosts.is_allowed(host, ON_LOOPBACK)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "a b",
        "a@b",
        "a/b",
        "a:b",
        "a:99999",
        "[::1",
        "a?b",
        "a#b",
        " a",
        "a:80:80",
        "[::1]a",
        "[a]",
        "a:-1",
        "a:\u0661",
        "\u2100",
        "[]",
        ":80",
    ],
)
def test_a_header_that_is_no_host_is_not_valid(header: str) -> None:
    assert hosts.host_of(header) is None


@pytest.mark.parametrize(("host", "is_allowed"), [("192.168.1.7", True), ("2001:db8::7", True), ("box.lan", False)])
def test_server_on_all_addresses_is_reached_by_any_address_and_no_name(host: str, is_allowed: bool) -> None:
    for listening in ("0.0.0.0", "::"):
        assert hosts.is_allowed(host, Settings(host=listening)) is is_allowed


def test_a_server_is_reached_by_the_name_or_address_that_it_listens_on() -> None:
    assert hosts.is_allowed("box.lan", Settings(host="Box.lan"))
    assert hosts.is_allowed("192.168.1.7", Settings(host="192.168.1.7"))
    assert not hosts.is_allowed("192.168.1.8", Settings(host="192.168.1.7"))
    assert hosts.is_allowed(hosts.host_of("[2001:DB8:0::7]:80") or "", Settings(host="2001:db8::7"))


def test_a_star_allows_every_host() -> None:
    assert hosts.is_allowed("any.example", Settings(allowed_hosts="*"))


def test_a_rebound_name_reads_nothing(closed: WebServer) -> None:
    for path in ("/api/v2/jobs", "/api/docs/", "/api/openapi.json", "/health", "/none"):
        response = send(closed, "GET", path, Host="rebound.example")
        assert response.status_code == 421, path
        error = response.json()["error"]
        assert error["code"] == "unknown_host" and "PYTOON_ALLOWED_HOSTS" in error["advice"]
    assert send(closed, Host="rebound.example").status_code == 421
    assert send(closed, "GET", "/health/live", Host="rebound.example").json() == {"live": True}


def test_listed_hosts_are_answered(opened: WebServer) -> None:
    for host in ("api:8080", "eu.films.example", "localhost"):
        assert send(opened, "GET", "/api/v2/jobs", Host=host).status_code == 200
    assert send(opened, "GET", "/api/v2/jobs", Host="films.example.evil").status_code == 421


def test_forwarded_headers_change_nothing(closed: WebServer) -> None:
    forwarded = {"X_Forwarded_Host": "rebound.example", "X_Forwarded_Proto": "https", "X_Forwarded_For": "10.0.0.1"}
    assert send(closed, "GET", "/api/v2/jobs", **forwarded).status_code == 200
    assert send(closed, "GET", "/api/v2/jobs", Host="rebound.example", X_Forwarded_Host="localhost").status_code == 421


# -- origins ---------------------------------------------------------------------------------------------------------

PROGRAMS_AND_OWN_PAGES = [
    (None, None),
    (None, "same-origin"),
    (None, "none"),
    ("http://localhost:8080", None),
    ("http://LOCALHOST:8080", None),
    ("http://localhost:8080", "same-origin"),
    ("https://films.example.com", None),
    # Behind a proxy that names another host.
    ("https://films.example.com", "same-origin"),
]
FOREIGN_PAGES = [
    ("https://other.example", "cross-site"),
    ("https://other.example", None),
    ("http://localhost:3000", "same-site"),
    ("http://localhost:3000", None),
    ("http://localhost", None),
    (None, "cross-site"),
    (None, "same-site"),
    (None, "Cross-Site"),
    (None, "unknown"),
    (None, ""),
    ("null", None),
    ("null", "cross-site"),
    ("null", "same-origin"),
    ("", None),
    ("http://localhost:8080.other.example", None),
    ("http://localhost:x", None),
    ("http://localhost:8080@other.example", None),
    ("file://", None),
    ("http://[", None),
    ("localhost:8080", None),
    ("http://localhost:8080,https://other.example", None),
]
OWN = Settings(public_url="https://films.example.com")


@pytest.mark.parametrize(("origin", "site"), PROGRAMS_AND_OWN_PAGES)
def test_programs_and_own_pages_may_change_something(origin: str | None, site: str | None) -> None:
    assert origins.is_own(origin, site, "localhost:8080", OWN)


@pytest.mark.parametrize("chosen", [OWN, Settings()], ids=["public URL", "no public URL"])
@pytest.mark.parametrize(("origin", "site"), FOREIGN_PAGES)
def test_pages_of_other_sites_may_not_change_anything(origin: str | None, site: str | None, chosen: Settings) -> None:
    assert not origins.is_own(origin, site, "localhost:8080", chosen)


def test_default_ports_are_those_of_the_scheme() -> None:
    assert origins.is_own("https://films.example", None, "films.example", Settings())
    assert origins.is_own("http://films.example:80", None, "films.example", Settings())
    assert not origins.is_own("http://films.example:443", None, "films.example", Settings())


def test_a_form_of_another_site_makes_no_job(closed: WebServer) -> None:
    for headers in ({"Origin": "https://other.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "null"}):
        response = send(closed, **headers)
        assert response.status_code == 403
        error = response.json()["error"]
        assert error["code"] == "foreign_origin" and "PYTOON_ALLOWED_ORIGINS" in error["advice"]
    upload = send(closed, path="/api/v1/assets/upload", Sec_Fetch_Site="cross-site")
    cancel = send(closed, path="/api/v2/jobs/job_1/cancel", Origin="https://other.example")
    assert (upload.status_code, cancel.status_code) == (403, 403)
    assert send(closed, "GET").json()["jobs"] == []
    assert send(closed, Origin=closed.url).status_code == 202
    assert send(closed).status_code == 202


def test_pages_of_other_sites_cannot_read_responses(closed: WebServer) -> None:
    response = send(closed, "GET", Origin="https://other.example", Sec_Fetch_Site="cross-site")
    assert not [name for name in response.headers if name.lower().startswith("access-control-")]
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    preflight = send(closed, "OPTIONS", Origin=STUDIO, Access_Control_Request_Method="POST")
    assert not [name for name in preflight.headers if name.lower().startswith("access-control-")]


def test_a_listed_origin_may_send_and_read(opened: WebServer) -> None:
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type,idempotency-key"}
    preflight = send(opened, "OPTIONS", Origin=STUDIO, **asked)
    assert preflight.status_code == 204 and preflight.headers["Access-Control-Allow-Origin"] == STUDIO
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == "content-type,idempotency-key"
    sent = send(opened, Origin=STUDIO, Sec_Fetch_Site="cross-site")
    assert sent.status_code == 202 and sent.headers["Access-Control-Allow-Origin"] == STUDIO
    assert "Origin" in sent.headers["Vary"] and "ETag" in sent.headers["Access-Control-Expose-Headers"]
    refused = send(opened, path="/api/v2/none", Origin=STUDIO)
    assert refused.status_code == 404 and refused.headers["Access-Control-Allow-Origin"] == STUDIO


def test_an_origin_that_is_not_listed_stays_closed(opened: WebServer) -> None:
    for origin in (
        "https://other.example",
        "http://studio.example",
        f"{STUDIO}:8443",
        "https://a.studio.example",
        "null",
    ):
        response = send(opened, Origin=origin, Sec_Fetch_Site="cross-site")
        assert response.status_code == 403 and "Access-Control-Allow-Origin" not in response.headers


def test_own_pages_are_served_with_all_their_files(closed: WebServer) -> None:
    for path in ("/api/docs/", "/api/docs/swagger-ui-bundle.js", "/api/docs/swagger-ui.css", "/api/openapi.json"):
        response = send(closed, "GET", path, Sec_Fetch_Site="same-origin")
        assert response.status_code == 200 and len(response.content) > 500
