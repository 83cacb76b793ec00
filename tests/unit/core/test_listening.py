"""The address of the API in the forms that sockets, gunicorn and URLs want."""

from __future__ import annotations

import socket

import pytest

from app.core.addresses import is_loopback, local_url_of, url_of
from app.core.config import Settings
from app.core.errors import Unavailable, Unconfigured
from app.core.listening import bind_address, check_free, resolved


@pytest.mark.parametrize(
    ("host", "bind", "url", "local_url"),
    [
        ("127.0.0.1", "127.0.0.1:80", "http://127.0.0.1:80", "http://127.0.0.1:80"),
        ("0.0.0.0", "0.0.0.0:80", "http://0.0.0.0:80", "http://127.0.0.1:80"),
        ("::1", "[::1]:80", "http://[::1]:80", "http://[::1]:80"),
        ("::", "[::]:80", "http://[::]:80", "http://[::1]:80"),
        ("2001:db8::7", "[2001:db8::7]:80", "http://[2001:db8::7]:80", "http://[2001:db8::7]:80"),
        ("localhost", "127.0.0.1:80", "http://localhost:80", "http://localhost:80"),
        ("unix:/run/pytoon.sock", "unix:/run/pytoon.sock", "http://localhost", "http://localhost"),
    ],
)
def test_each_form_of_an_address(host: str, bind: str, url: str, local_url: str) -> None:
    assert (bind_address(host, 80), url_of(host, 80), local_url_of(host, 80)) == (bind, url, local_url)


def test_the_url_of_the_settings_has_brackets_around_an_ipv6_address() -> None:
    assert Settings(host="::1", port=8080).url == "http://[::1]:8080"
    assert Settings(host="::1", public_url="https://films.example/").url == "https://films.example"


@pytest.mark.parametrize("host", ["fe80::1%eth0", "no.such.host.invalid", "1.2.3.4.5", "a b", ":", "[::1]", "x" * 300])
def test_a_host_that_cannot_be_used_is_named_with_its_setting(host: str) -> None:
    with pytest.raises(Unconfigured, match="PYTOON_HOST"):
        resolved(host, 80)


def test_an_address_of_another_machine_is_named_with_its_setting() -> None:
    with pytest.raises(Unconfigured, match=r"PYTOON_HOST=192\.0\.2\.1: it is not an address of this machine"):
        check_free("192.0.2.1", 0, "PYTOON_PORT")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_port_in_use_is_named_with_its_setting(host: str) -> None:
    family, address = resolved(host, 0)
    with socket.socket(family) as taken:
        taken.bind(address)
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"{port}.*PYTOON_PORT"):
            check_free(host, port, "PYTOON_PORT")
    check_free(host, port, "PYTOON_PORT")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "unix:/tmp/a.sock"])
def test_only_this_machine_reaches_a_loopback_address(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "studio.example", ""])
def test_other_machines_may_reach_any_other_address(host: str) -> None:
    assert not is_loopback(host)
