"""Requests to the APIs of providers: time limits, and their failures as the errors of ``app.core.errors``."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests import Response
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NameResolutionError, NewConnectionError

from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused, SubmitUnknown
from app.core.redaction import public_text

CONNECT_S, READ_S = 5.0, 30.0
# A download that takes longer in all is given up, whatever its rate.
DOWNLOAD_S = 600.0
CHUNK = 1 << 16
# No clip of a scene is larger; what is downloaded must fit on the disk.
MAX_CLIP_BYTES = 1 << 30
MAX_REASON = 300
# Nothing was accepted: the account is refused or without balance, or the same request can succeed later.
CLOSED = (401, 402, 403)
BUSY = (425, 429, 503, 529)
# The server, or one before it, failed after it may have accepted the request.
UNCERTAIN = (408, 500, 502, 504, 520, 521, 522, 523, 524)
# The request must be sent to another address; other redirects may come after an order was accepted.
MOVED = (301, 307, 308)
# The fields in which providers put the reason of an error.
REASONS = ("detail", "message", "error", "failure", "title", "failure_reason", "error_message")
LONGEST_WAIT_S = 3600.0
# Errors of requests that are raised before anything is sent.
NOT_SENT = (
    requests.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidJSONError,
)


class ProviderClient:
    """A client for the API of one provider at ``url``; ``headers`` hold its key.

    Each thread has its own connections. Redirects of API calls are not followed, because they would carry the key
    elsewhere.
    """

    def __init__(
        self, provider: str, url: str, headers: Mapping[str, str] | None = None, read_s: float = READ_S
    ) -> None:
        self.provider = provider
        self.url = url.rstrip("/")
        self._headers = dict(headers or {})
        self._read_s = read_s
        self._local = threading.local()

    def get(self, path: str, **options: Any) -> Response:
        """Return the reply to a GET; ``path`` is relative to ``url``, or a whole URL. Raises as ``request``."""
        return self.request("GET", path, **options)

    def request(self, method: str, path: str, allow: tuple[int, ...] = (), **options: Any) -> Response:
        """Return the reply to a request that may be repeated; ``options`` are those of requests.

        A reply with a status in ``allow`` is returned too. Raises ``ProviderBusy``, ``ProviderClosed`` and
        ``ProviderRefused``.
        """
        try:
            reply = self._send(method, path, options)
        except requests.RequestException as error:
            raise ProviderBusy(self.provider, _reason_of_error(error)) from error
        if _is_success(reply) or reply.status_code in allow:
            return reply
        if reply.status_code in UNCERTAIN or reply.ok:
            raise ProviderBusy(self.provider, self.reason(reply), retry_after_s(reply.headers))
        raise self.error(reply)

    def submit(self, path: str, method: str = "POST", allow: tuple[int, ...] = (), **options: Any) -> Response:
        """Return the reply to a request that costs money and is sent once.

        Raises ``SubmitUnknown`` if it may have been accepted, ``ProviderBusy`` if it was certainly not, and
        ``ProviderClosed`` and ``ProviderRefused``.
        """
        try:
            # A connection that is reused may have been closed by the server: the outcome would look unknown.
            with _new_session() as session:
                reply = self._send(method, path, options, session)
        except requests.RequestException as error:
            reason = _reason_of_error(error)
            raise (ProviderBusy if _was_not_sent(error) else SubmitUnknown)(self.provider, reason) from error
        if _is_success(reply) or reply.status_code in allow:
            return reply
        if reply.status_code in UNCERTAIN or (reply.ok and reply.status_code not in MOVED):
            raise SubmitUnknown(self.provider, self.reason(reply))
        raise self.error(reply)

    def json(self, reply: Response) -> Any:
        """Return the body of a reply as JSON. Raises ``ProviderBusy`` if it is cut off or of another kind."""
        try:
            return reply.json()
        except ValueError as error:
            raise ProviderBusy(self.provider, f"the reply to {_shown(reply.request)} is not JSON") from error

    def accepted(self, reply: Response) -> Any:
        """Return the body of the reply to an order as JSON. Raises ``SubmitUnknown`` if it cannot be read."""
        try:
            return reply.json()
        except ValueError as error:
            raise SubmitUnknown(self.provider, "the reply to the order cannot be read") from error

    def error(self, reply: Response) -> ProviderBusy | ProviderRefused:
        """Return the error for a reply with an error status, with the provider's own reason."""
        reason = self.reason(reply)
        if reply.status_code in BUSY:
            return ProviderBusy(self.provider, reason, retry_after_s(reply.headers))
        return (ProviderClosed if reply.status_code in CLOSED else ProviderRefused)(self.provider, reason)

    def reason(self, reply: Response) -> str:
        """Return the status of a reply and the reason that its body states, without secrets."""
        try:
            stated = reason_in(reply.json())
        except ValueError:
            stated = " ".join(reply.text.split()) if "html" not in reply.headers.get("Content-Type", "") else ""
        words = f"{reply.status_code} {stated or reply.reason or ''}".strip()
        return public_text(self._without_secrets(words))[:MAX_REASON]

    def download(
        self, url: str, path: Path, max_bytes: int, headers: Mapping[str, str] | None = None, with_key: bool = False
    ) -> str:
        """Download the result of an order to ``path``; return its content type.

        Redirects are followed; the key is sent only if ``with_key``, and only to the host of the API. Raises
        ``ProviderBusy`` if the body is cut off or too slow, and ``ProviderRefused`` if it is too large, gone, or at a
        private address although the API is not.
        """
        deadline = time.monotonic() + DOWNLOAD_S
        try:
            with self._following(urljoin(f"{self.url}/", url), headers or {}, with_key) as reply:
                if not reply.ok:
                    raise self.download_error(reply)
                _write(reply, path, max_bytes, deadline, self.provider)
                return reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        except requests.RequestException as error:
            raise ProviderBusy(self.provider, _reason_of_error(error)) from error
        except HTTPError as error:
            raise ProviderBusy(self.provider, "the download of the clip was cut") from error

    def download_error(self, reply: Response) -> ProviderBusy | ProviderRefused:
        """Return the error for a download that failed: a link that has expired can be renewed by another poll."""
        reason = f"the download of the clip failed: {self.reason(reply)}"
        return ProviderBusy(self.provider, reason, retry_after_s(reply.headers))

    # -- sending -----------------------------------------------------------------------------------------------------

    def _send(
        self, method: str, path: str, options: dict[str, Any], session: requests.Session | None = None
    ) -> Response:
        url = path if path.startswith(("http://", "https://")) else f"{self.url}{path}"
        headers = {**(self._headers if self._is_own(url) else {}), **options.pop("headers", {})}
        options.setdefault("timeout", (CONNECT_S, self._read_s))
        return (session or self._session()).request(method, url, headers=headers, allow_redirects=False, **options)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = _new_session()
        return session

    def _is_own(self, url: str) -> bool:
        """Whether a URL is one of the API, whose host may see the key."""
        return urlsplit(url)[:2] == urlsplit(self.url)[:2]

    @contextmanager
    def _following(self, url: str, headers: Mapping[str, str], with_key: bool, most: int = 5) -> Iterator[Response]:
        for _ in range(most):
            self._check_address(url)
            key = self._headers if with_key and self._is_own(url) else {}
            timeout = (CONNECT_S, self._read_s)
            wanted = {"Accept-Encoding": "identity", **key, **headers}
            with self._session().get(url, headers=wanted, stream=True, timeout=timeout, allow_redirects=False) as reply:
                if not reply.is_redirect:
                    yield reply
                    return
                url = urljoin(url, reply.headers["Location"])
        raise ProviderRefused(self.provider, "the download of the clip is redirected too often")

    def _check_address(self, url: str) -> None:
        """Refuse the address of a result on this machine or network, unless the API itself is there."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ProviderRefused(self.provider, "the address of the clip is not an http or https URL")
        if _is_private(parts.hostname) and not _is_private(urlsplit(self.url).hostname or ""):
            raise ProviderRefused(self.provider, "the address of the clip is a private one")

    def _without_secrets(self, text: str) -> str:
        for value in self._headers.values():
            secret = value.split(" ")[-1]
            if len(secret) >= 4:
                text = text.replace(secret, "***")
        return text


def _new_session() -> requests.Session:
    """Return a session that uses the operator's proxies, but no passwords from ``~/.netrc``."""
    session = requests.Session()
    session.auth = _NoAuth()
    return session


class _NoAuth(requests.auth.AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _write(reply: Response, path: Path, max_bytes: int, deadline: float, provider: str) -> None:
    expected = reply.headers.get("Content-Length", "")
    if expected.isdigit() and int(expected) > max_bytes:
        raise ProviderRefused(provider, f"the clip has {expected} bytes; {max_bytes} are allowed")
    written = 0
    with path.open("wb") as file:
        # What has arrived, however little: a larger part could take longer than the whole download may.
        for chunk in iter(partial(reply.raw.read1, CHUNK, decode_content=True), b""):
            written += len(chunk)
            if written > max_bytes:
                raise ProviderRefused(provider, f"the clip has more than {max_bytes} bytes")
            if time.monotonic() > deadline:
                raise ProviderBusy(provider, "the download of the clip is too slow")
            file.write(chunk)
    is_encoded = "Content-Encoding" in reply.headers  # its length is not that of what was written
    if not written or (expected.isdigit() and not is_encoded and written != int(expected)):
        raise ProviderBusy(provider, f"the download of the clip ended after {written} of {expected or 'its'} bytes")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a reply asks to wait, by ``retry-after-ms`` or ``Retry-After`` (a number or a date)."""
    in_ms, value = headers.get("retry-after-ms", ""), headers.get("Retry-After", "").strip()
    try:
        if in_ms:
            return _bounded(float(in_ms) / 1000)
        if not value:
            return None
        if value.replace(".", "", 1).isdigit():
            return _bounded(float(value))
        return _bounded(parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None


def _bounded(seconds: float) -> float:
    return min(LONGEST_WAIT_S, max(0.0, seconds))


def reason_in(body: Any) -> str:
    """Return the reason that the JSON of an error states, in any of the usual forms; empty if there is none."""
    if isinstance(body, str):
        return " ".join(body.split())
    if isinstance(body, list):
        return "; ".join(filter(None, (reason_in(item) for item in body[:3])))
    if isinstance(body, dict):
        if "msg" in body:  # {"loc": ["body", "prompt"], "msg": …}
            parts = body.get("loc")
            where = ".".join(str(part) for part in parts if part != "body") if isinstance(parts, list) else ""
            return f"{where}: {body['msg']}" if where else str(body["msg"])
        return next(filter(None, (reason_in(body[name]) for name in REASONS if name in body)), "")
    return ""


def _was_not_sent(error: requests.RequestException) -> bool:
    """Whether a request certainly did not reach the server: there was no connection."""
    if isinstance(error, NOT_SENT):
        return True
    cause: Any = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    if isinstance(cause, NewConnectionError | NameResolutionError | ConnectTimeoutError):
        return True
    # The certificate is checked before the request is sent.
    return any(isinstance(part, ssl.SSLCertVerificationError) for part in getattr(cause, "args", ()))


def _reason_of_error(error: requests.RequestException) -> str:
    if _was_not_sent(error):
        return "it cannot be reached"
    return "it did not answer in time" if isinstance(error, requests.Timeout) else "the connection was cut"


def _shown(request: requests.PreparedRequest) -> str:
    return f"{request.method} {urlsplit(request.url or '').path}"


def _is_success(reply: Response) -> bool:
    """Whether a reply has a status of success; ``ok`` of requests is true for redirects too."""
    return 200 <= reply.status_code < 300


def _is_private(host: str) -> bool:
    """Whether a host is on this machine or network; one that cannot be resolved counts as public."""
    try:
        addresses = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in addresses)
