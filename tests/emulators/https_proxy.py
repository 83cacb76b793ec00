"""An HTTPS proxy with a certificate of its own: an emulator behind it answers at the hosts of its provider.

Client libraries that have no setting for a URL, or only one for https, reach an emulator by it. Its ``environment``
names the proxy and its certificate to httpx and to requests.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import trustme

TIMEOUT_S = 60.0
BLOCK = 1 << 16
NAMES = ("HTTPS_PROXY", "https_proxy")
CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def make_certificate(folder: Path, hosts: tuple[str, ...]) -> Path:
    """Write a certificate for ``hosts`` with its key, and that of the authority which signs it; return the file."""
    authority = trustme.CA()
    own = authority.issue_cert(*hosts).private_key_and_cert_chain_pem.bytes()
    certificate = folder / "certificate.pem"
    certificate.write_bytes(own + authority.cert_pem.bytes())
    return certificate


class HttpsProxy:
    """Decrypts what is sent to ``hosts`` and hands it to the HTTP server at ``port`` of this machine."""

    def __init__(self, port: int, certificate: Path, hosts: tuple[str, ...]) -> None:
        self.hosts = hosts
        self._target = ("127.0.0.1", port)
        self._certificate = certificate
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> HttpsProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone does not wake the thread that waits for a connection.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def environment(self) -> dict[str, str]:
        """The variables by which clients use this proxy and trust its certificate."""
        return dict.fromkeys(NAMES, self.url) | {name: str(self._certificate) for name in CERTIFICATES}

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(TIMEOUT_S)
        with suppress(OSError), client:
            method, target = _request_line(client)
            if method != "CONNECT" or target.rpartition(":")[0] not in self.hosts:
                client.sendall(b"HTTP/1.1 502 Not a host of the provider\r\nContent-Length: 0\r\n\r\n")
                return
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with (
                self._context.wrap_socket(client, server_side=True) as secure,
                socket.create_connection(self._target, TIMEOUT_S) as server,
            ):
                _relay(secure, server)


def _request_line(client: socket.socket) -> tuple[str, str]:
    """Read the head of a request to the proxy; return its method and its target."""
    head = b""
    while b"\r\n\r\n" not in head:
        block = client.recv(BLOCK)
        if not block:
            raise ConnectionError("the client closed the connection")
        head += block
    method, target, _ = head.partition(b"\r\n")[0].decode().split(" ")
    return method, target


def _relay(secure: ssl.SSLSocket, server: socket.socket) -> None:
    """Copy in both directions until an end closes; in one thread, because two may not use a TLS connection at once."""
    with selectors.DefaultSelector() as selector:
        for end in (secure, server):
            selector.register(end, selectors.EVENT_READ)
        while True:
            # What is decrypted already does not make the socket readable.
            waiting = [secure] if secure.pending() else [key.fileobj for key, _ in selector.select(TIMEOUT_S)]
            for source in waiting:
                block = source.recv(BLOCK)
                if not block:
                    return
                (server if source is secure else secure).sendall(block)
            if not waiting:
                return
