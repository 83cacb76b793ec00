"""Where results live: Redis, with two rules that Celery's own backend does not keep.

A cancelled result stays cancelled and a failed one keeps its first cause (a chord would write its own over it); and a
chord's claim is short, so that a worker that dies while joining does not hold the chord for long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import current_app, signals
from celery.backends.redis import RedisBackend
from redis.backoff import ConstantBackoff
from redis.retry import Retry

# A chord that could not be joined says so on the result of its last step. That is no cause, and no end of ours.
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
ASKED_AGAIN_S = 0.25


class GuardedRedisBackend(RedisBackend):
    """Celery's Redis backend with a guarded write."""

    # Celery has these; its stubs do not know them.
    expires: int
    _get_result_meta: Callable[..., dict[str, Any]]

    def _set(self, key: Any, value: Any, expires: Any = None) -> None:
        self.client.eval(KEEP_FIRST_CAUSE, 1, key, value, int(expires or self.expires))

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Celery's own subscribes the sender to the result; here nobody waits for one, and a web process would only
        gather subscriptions, and hang when the store is away."""

    def _chord_publish_claim_expires(self, _initial_expires: Any, _callback: Any) -> int:
        # A dead claimant must have lost its claim before the retried header task comes back.
        return CLAIM_S

    def wait_for_server(self) -> None:
        """From now on this process waits for a server that is away instead of failing, however long it takes."""
        self.client.connection_pool.set_retry(Retry(ConstantBackoff(ASKED_AGAIN_S), -1))

    def set_unless_ended(self, task_id: str, state: str, result: Any) -> bool:
        """Writes a state unless the result has ended; returns whether it did."""
        meta = self._get_result_meta(result, state, None, None)
        value = self.encode({**meta, "task_id": task_id})
        return bool(self.client.eval(KEEP_ENDED, 1, self.get_key_for_task(task_id), value, int(self.expires)))

    def metas(self, task_ids: list[str]) -> list[dict[str, Any] | None]:
        """The stored results of many ids by one MGET; ``None`` where nothing is known."""
        if not task_ids:
            return []
        values = self.client.mget([self.get_key_for_task(task_id) for task_id in task_ids])
        return [None if value is None else self.decode_result(value) for value in values]


@signals.worker_process_init.connect
def _be_patient(**_: Any) -> None:
    """A worker's child can do nothing without the results, and to fail for it would fail the job: a server that is
    started again is away for a second. What it works on is ended by its time limit, or when its worker lost the broker.
    """
    if isinstance(current_app.backend, GuardedRedisBackend):
        current_app.backend.wait_for_server()
