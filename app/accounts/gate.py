"""Whether a request may pass: the active keys, which each process reads at most every few seconds.

A key that is revoked, or the first one that is added, takes effect within ``FRESH_S`` in every process.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import keys, owners
from app.accounts.owners import USED_EVERY, ApiKey
from app.core.config import settings
from app.core.errors import Unauthorized
from app.core.log import logger
from app.database.session import database_url

FRESH_S = 3.0
# The least time between two reads because of a token that is not known: that of a new key is.
AGAIN_S = 0.2


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The active keys of a database by the hashes of their tokens, as they were read at ``read_at`` (monotonic)."""

    url: URL
    read_at: float
    by_hash: Mapping[str, ApiKey]

    def is_fresh(self, url: URL, fresh_s: float) -> bool:
        return self.url == url and time.monotonic() - self.read_at < fresh_s


@dataclass(slots=True)
class Gate:
    """The check of one process; its threads share the keys that were read.

    Several threads may read them at the same time: one must not wait for a database that does not answer another.
    """

    snapshot: Snapshot | None = None
    # When each key was used last as far as this process has stored it, by key id (monotonic).
    used_at: dict[str, float] = field(default_factory=dict)

    def owner(self, token: str | None) -> ApiKey | None:
        """Return the key of a token; ``None`` while no key is active, whatever the token is.

        Raises ``Unauthorized``.
        """
        if not self._keys(FRESH_S):
            return None
        if not token:
            raise Unauthorized("this server needs an API key")
        key = self._key(token)
        if key is None:
            raise Unauthorized("the API key is not valid, or was revoked")
        self._used(key)
        return key

    def _key(self, token: str) -> ApiKey | None:
        if not keys.is_token(token):
            return None
        digest = keys.hash_of(token)
        key = self._keys(FRESH_S).get(digest) or self._keys(AGAIN_S).get(digest)
        # The time of the lookup tells nothing about a token, only about its hash.
        return key if key and compare_digest(key.sha256, digest) else None

    def _keys(self, fresh_s: float) -> Mapping[str, ApiKey]:
        url = database_url(settings())
        snapshot = self.snapshot
        if snapshot is None or not snapshot.is_fresh(url, fresh_s):
            read_at = time.monotonic()
            self.snapshot = snapshot = Snapshot(url, read_at, {key.sha256: key for key in owners.active_keys()})
        return snapshot.by_hash

    def _used(self, key: ApiKey) -> None:
        """Store the time of the use, at most once a minute. A failure to store it refuses no request."""
        last = self.used_at.get(key.id)
        if last is not None and time.monotonic() - last < USED_EVERY.total_seconds():
            return
        self.used_at[key.id] = time.monotonic()
        try:
            owners.record_use(key)
        except SQLAlchemyError as error:
            logger(__name__).warning("the use of an API key was not stored", key=key.id, exc_info=error)


GATE = Gate()
