"""Tasks carry the deployment that sent them: a worker of another one, or of an earlier version, leaves them alone.

Two deployments on one broker would otherwise take each other's tasks and fail them. The broker's queues belong to the
deployment whose workers have used them last.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NoReturn

from celery import Celery, Task, bootsteps, signals
from celery.exceptions import Ignore

from app.core.errors import BadConfiguration, PytoonError
from app.core.log import logger
from app.database.session import is_current, newest_revision, retry_transient
from app.store.deployment import deployment_id, require_mark

DEPLOYMENT, TABLES = "deployment", "tables"
# A task of another deployment is sent again after this delay.
FOREIGN_DELAY_S = 3
CLAIM = "pytoon:deployment"
# A deployment that has had no worker for this time no longer owns the queues.
CLAIM_S = 3600
CLAIM_RENEWED_S = 300.0


@signals.before_task_publish.connect
def _stamp_message(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Add the deployment and the version of the tables to a message, unless a copy of it has them already."""
    if headers is None or DEPLOYMENT in headers:
        return
    with suppress(PytoonError):
        headers |= {DEPLOYMENT: deployment_id(), TABLES: newest_revision()}


class DeploymentTask(Task):  # type: ignore[type-arg]  # generic in the stubs only
    """A task that only a worker of its own deployment executes; another worker sends it again later."""

    abstract = True

    def is_foreign(self) -> bool:
        """Whether the task belongs to another deployment, or needs later tables than those of this version."""
        sender, tables = self._stamp()
        own = retry_transient(deployment_id)
        return sender is not None and (sender != own or str(tables) > newest_revision())

    def _stamp(self) -> tuple[str | None, str | None]:
        return getattr(self.request, DEPLOYMENT, None), getattr(self.request, TABLES, None)

    def leave_to_others(self) -> NoReturn:
        """Send the task again as it is, for a worker that may run it, and raise ``Ignore``."""
        logger(__name__).warning("a task of another deployment or version was left to other workers", task=self.name)
        stamp: dict[str, Any] = dict(zip((DEPLOYMENT, TABLES), self._stamp(), strict=True))
        copy = self.signature_from_request(self.request, countdown=FOREIGN_DELAY_S, retries=self.request.retries)
        copy.apply_async(headers=stamp)
        raise Ignore()


# -- start of a worker -----------------------------------------------------------------------------------------------


def check_worker(app: Celery) -> None:
    """Check that a worker may start: tables of its version, its own storage, and queues of its own deployment.

    Raises ``BadConfiguration``. Waits while the database cannot be reached.
    """
    if not is_current():
        reason = "has tables of another version; start `pytoon serve` or `pytoon api` of this version first"
        raise BadConfiguration("the database", reason)
    require_mark()
    own = deployment_id()  # the children of the worker inherit it
    with app.connection_for_read() as connection:
        if connection.transport.driver_type == "redis":
            connection.ensure_connection()
            channel: Any = connection.default_channel
            owner = claim(channel.client, own)
            if owner != own:
                raise BadConfiguration("PYTOON_BROKER_URL", _claimed_by(owner, own))


def claim(client: Any, own: str) -> str:
    """Claim the queues of a broker for a deployment, or renew its claim; return the deployment that owns them."""
    if client.set(CLAIM, own, nx=True, ex=CLAIM_S):
        return own
    owner = client.get(CLAIM)
    if owner is not None and owner.decode() == own:
        client.expire(CLAIM, CLAIM_S)
    return own if owner is None else str(owner.decode())


def _claimed_by(owner: str, own: str) -> str:
    return (
        f"the queues of this broker are used by another deployment ({owner[:8]}, not {own[:8]}): "
        "this worker has another database or another home than the workers there. Use the same ones, or another "
        f"database number of Redis; if the other deployment is gone, delete its key {CLAIM}"
    )


class ClaimRenewal(bootsteps.StartStopStep):
    """Renew the claim on the queues while the worker runs."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._timer: Any = None

    def start(self, parent: Any) -> None:
        if parent.connection.transport.driver_type == "redis":
            self._timer = parent.timer.call_repeatedly(CLAIM_RENEWED_S, self.renew, (parent,))

    def stop(self, parent: Any) -> None:
        if self._timer:
            self._timer.cancel()

    def renew(self, parent: Any) -> None:
        channel = parent.task_consumer.channel
        with suppress(*channel.connection_errors), channel.conn_or_acquire() as client:
            claim(client, deployment_id())
