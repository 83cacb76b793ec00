"""Uploads to fal's storage, for pictures that are too large for a data URI."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused
from app.core.http import ProviderClient
from engines.hosted.pictures import picture_type

# The hosts of tokens and of files of fal's own queue. Another queue, such as one for tests, has all on its own host.
HOSTS = {"https://queue.fal.run": ("https://rest.fal.ai", "https://v3.fal.media")}


class FalStorage:
    """Uploads files of an account; ``url`` is that of the queue."""

    def __init__(self, engine: str, url: str, key: str) -> None:
        rest, self._files = HOSTS.get(url.rstrip("/"), (url, url))
        self._engine = engine
        self._client = ProviderClient(engine, rest, {"Authorization": f"Key {key}"})

    def upload(self, path: Path) -> str:
        """Upload a picture; return its URL. Raises ``ProviderBusy``, ``ProviderClosed`` and ``ProviderRefused``."""
        try:
            token = self._post("/storage/auth/token", {"storage_type": "fal-cdn-v3"}, {})
        except ProviderClosed:
            raise
        except ProviderRefused:  # accounts without the CDN have the older storage
            return self._upload_to_bucket(path)
        return self._upload_to_cdn(path, token)

    def _upload_to_cdn(self, path: Path, token: dict[str, Any]) -> str:
        authorization = f"{self._text(token, 'token_type')} {self._text(token, 'token')}"
        client = ProviderClient(self._engine, self._files, {"Authorization": authorization})
        content_type = picture_type(self._engine, path)
        with path.open("rb") as file:
            reply = client.request("POST", "/files/upload", data=file, headers={"Content-Type": content_type})
        return self._text(client.json(reply), "access_url")

    def _upload_to_bucket(self, path: Path) -> str:
        content_type = picture_type(self._engine, path)
        names = {"file_name": f"picture.{content_type.partition('/')[2]}", "content_type": content_type}
        target = self._post("/storage/upload/initiate", {"storage_type": "gcs"}, names)
        url = self._text(target, "upload_url")
        if urlsplit(url).scheme != urlsplit(self._client.url).scheme:
            raise ProviderRefused(self._engine, "the URL for an upload is not an HTTPS one")
        # The URL is signed: it needs no key, and at another host the client sends none.
        with path.open("rb") as file:
            self._client.request("PUT", url, data=file, headers={"Content-Type": content_type})
        return self._text(target, "file_url")

    def _post(self, path: str, query: dict[str, str], body: dict[str, str]) -> Any:
        return self._client.json(self._client.request("POST", path, params=query, json=body))

    def _text(self, body: Any, name: str) -> str:
        value = body.get(name) if isinstance(body, dict) else None
        if not isinstance(value, str) or not value:
            raise ProviderBusy(self._engine, f"the reply of the storage has no {name}")
        return value
