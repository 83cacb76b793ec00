"""Classification of the exceptions of database, broker and result store as outages."""

from __future__ import annotations

from traceback import walk_tb

import redis
from kombu.exceptions import OperationalError as BrokerError

from app.core.errors import Unavailable
from app.database.session import is_transient


def outage_error(error: BaseException) -> Unavailable | None:
    """``Unavailable`` when a later try can succeed, without addresses or SQL; ``None`` for another error."""
    if is_transient(error):
        return Unavailable("database", type(error).__name__)
    if isinstance(error, BrokerError) or _is_of_closed_channel(error):
        return Unavailable("broker", type(error).__name__)
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return Unavailable("result store", type(error).__name__)
    return None


def _is_of_closed_channel(error: BaseException) -> bool:
    """Whether kombu has read an attribute of the connection of a channel that an outage has closed."""
    if not isinstance(error, AttributeError) or error.obj is not None:
        return False
    frames = [frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1].startswith("kombu.transport.")
