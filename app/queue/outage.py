"""Classification of the exceptions of database, broker and result store as outages."""

from __future__ import annotations

import redis
from kombu.exceptions import OperationalError as BrokerError

from app.core.errors import Unavailable
from app.database.session import is_transient


def outage_error(error: BaseException) -> Unavailable | None:
    """``Unavailable`` when a later try can succeed, without addresses or SQL; ``None`` for another error."""
    if is_transient(error):
        return Unavailable("database", type(error).__name__)
    if isinstance(error, BrokerError):
        return Unavailable("broker", type(error).__name__)
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return Unavailable("result store", type(error).__name__)
    return None
