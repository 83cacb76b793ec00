"""The result backend: Celery's Redis backend with two additional rules.

A cancelled result stays cancelled, and a failed one keeps its first cause, which a chord would otherwise overwrite. The
claim on joining a chord is short, so that a worker that dies while joining does not block the chord for long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import current_app, signals
from celery.backends.redis import RedisBackend
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from app.database.session import wait_without_limit

# A chord that cannot be joined writes a ChordError to the result of its body. It is ignored: it neither ends the task
# nor counts as its first cause.
ENDED = """
local now = redis.call('GET', KEYS[1])
local status, unjoined = nil, false
if now then
  local meta = cjson.decode(now)
  status = meta.status
  unjoined = status == 'FAILURE' and type(meta.result) == 'table' and meta.result.exc_type == 'ChordError'
end
"""
WRITE = """
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('PUBLISH', KEYS[1], ARGV[1])
return 1
"""
KEEP_FIRST_CAUSE = f"""
{ENDED}
if status == 'REVOKED' then return 0 end
if status == 'FAILURE' and not unjoined and cjson.decode(ARGV[1]).status == 'FAILURE' then return 0 end
{WRITE}
"""
KEEP_ENDED = f"""
{ENDED}
if (status == 'SUCCESS' or status == 'FAILURE' or status == 'REVOKED') and not unjoined then return 0 end
{WRITE}
"""
CLAIM_S = 5
RETRY_PERIOD_S = 0.25


class GuardedRedisBackend(RedisBackend):
    """Celery's Redis backend with guarded writes."""

    # Attributes of Celery's class that its type stubs lack.
    expires: int
    _get_result_meta: Callable[..., dict[str, Any]]

    def _set(self, key: Any, value: Any, expires: Any = None) -> None:
        self.client.eval(KEEP_FIRST_CAUSE, 1, key, value, int(expires or self.expires))

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Do not subscribe the sender to the result, as Celery does.

        No sender waits for a result here. A web process would only collect subscriptions, and would hang while the
        result store is unreachable.
        """

    def _chord_publish_claim_expires(self, _initial_expires: Any, _callback: Any) -> int:
        # The claim of a dead worker must expire before its header task is retried.
        return CLAIM_S

    def wait_for_server(self) -> None:
        """Let this process wait for an unreachable server without a time limit instead of failing."""
        self.client.connection_pool.set_retry(Retry(ConstantBackoff(RETRY_PERIOD_S), -1))

    def set_unless_ended(self, task_id: str, state: str, result: Any) -> bool:
        """Write a state unless the result has ended; return whether it was written."""
        meta = self._get_result_meta(result, state, None, None)
        value = self.encode({**meta, "task_id": task_id})
        return bool(self.client.eval(KEEP_ENDED, 1, self.get_key_for_task(task_id), value, int(self.expires)))

    def metas(self, task_ids: list[str]) -> list[dict[str, Any] | None]:
        """The stored result of each task id by one MGET; ``None`` for an id without a result."""
        if not task_ids:
            return []
        values = self.client.mget([self.get_key_for_task(task_id) for task_id in task_ids])
        return [None if value is None else self.decode_result(value) for value in values]


@signals.worker_process_init.connect
def _wait_for_servers(**_: Any) -> None:
    """Let the child processes of a worker wait for the result store and the database.

    A restart of the server takes about a second and must not fail a job. The waiting task is ended by its time limit,
    or when its worker loses the connection to the broker.
    """
    if isinstance(current_app.backend, GuardedRedisBackend):
        current_app.backend.wait_for_server()
    wait_without_limit()
