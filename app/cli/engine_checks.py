"""The checks of ``pytoon doctor`` about engines: which there are, their files, the worker for orders, and money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.findings import Finding
from app.core.addresses import is_loopback
from app.core.config import Settings
from schemas.money import parse_usd, shown_usd
from schemas.steps import QueueName

if TYPE_CHECKING:
    from app.core.plugins import Registry
    from engines.registry import AnyEngine

ANSWER_S = 1
FILES_ADVICE = "See docs/engine-models.md and docs/add-comfyui-workflow.md; the other files are used."
WORKER_ADVICE = "Start one with `pytoon worker api`; `pytoon serve` has one."
DAILY_ADVICE = "Set PYTOON_DAILY_USD to what all films together may spend in a day; 0 is no limit."
KEYS_ADVICE = "Make one with `pytoon keys add NAME`; without a key, any program that reaches the API can order clips."
# The engines whose models are files: those of fal and pika are the same ones.
SAME_FILES = {"pika": "fal"}


def engine_findings(chosen: Settings) -> dict[str, Callable[[], Finding]]:
    """Return the checks by their names; each engine has one."""
    from engines.registry import build_engines

    registry = build_engines(chosen)
    each = {f"engine {name}": _check_of(name, registry) for name in sorted({*registry.present, *registry.missing})}
    return {
        "engines": lambda: engines(registry),
        **each,
        "files of engines": lambda: files(registry),
        "worker for orders": lambda: order_worker(registry),
        "daily limit": lambda: daily_limit(chosen, registry),
        "API keys": lambda: api_keys(chosen),
    }


def engines(registry: Registry[AnyEngine]) -> Finding:
    """At least one engine is needed; ``local`` is always there unless its packages are damaged."""
    return Finding("engines", bool(registry.present), ", ".join(registry.present) or "none")


def _check_of(name: str, registry: Registry[AnyEngine]) -> Callable[[], Finding]:
    return lambda: engine(name, registry)


def engine(name: str, registry: Registry[AnyEngine]) -> Finding:
    """Whether an engine is configured, and what it has; else why not."""
    from app.core.redaction import redact_text

    if name in registry.missing:
        reason = registry.missing[name].removeprefix(f"{name} is not configured: ")
        return Finding(f"engine {name}", False, redact_text(reason), needed=False)
    can = registry.present[name].capabilities
    models = ", ".join(model.name for model in can.models)
    facts = {"needs the network": can.needs_network, "costs money": can.costs_money}
    parts = [models or f"from {', '.join(can.media)}", *(words for words, is_true in facts.items() if is_true)]
    return Finding(f"engine {name}", True, "; ".join(parts), needed=False)


def files(registry: Registry[AnyEngine]) -> Finding:
    """Whether all files of models and workflows can be used."""
    from app.core.redaction import redact_text

    found = [
        f"{name}: {redact_text(sentence)}"
        for name, adapter in registry.present.items()
        if SAME_FILES.get(name) not in registry.present
        for sentence in sentences(getattr(adapter, "problems", ()))
    ]
    return Finding("files of engines", not found, "\n".join(found) or "all can be used", FILES_ADVICE, needed=False)


def sentences(problems: Mapping[str, str] | Iterable[str]) -> list[str]:
    """Return the problems of an engine's files as sentences; they may be sentences, or reasons by name."""
    if isinstance(problems, Mapping):
        return [f"{name}: {reason}" for name, reason in problems.items()]
    return list(problems)


def order_worker(registry: Registry[AnyEngine]) -> Finding:
    """Whether a worker takes the orders that the configured engines place."""
    from engines.registry import hosted

    name, ordering = "worker for orders", ", ".join(hosted(registry))
    if not ordering:
        return Finding(name, True, "not needed: no configured engine places orders", needed=False)
    is_there, detail = _answer()
    return Finding(name, is_there, f"needed for {ordering}; {detail}", WORKER_ADVICE, needed=False)


def _answer() -> tuple[bool, str]:
    """Return whether a worker says that it takes orders, and that in words."""
    from kombu.exceptions import OperationalError
    from redis.exceptions import RedisError

    from app.queue.application import celery

    try:
        with celery.connection_for_read(connect_timeout=ANSWER_S) as connection:
            connection.ensure_connection(max_retries=1, timeout=ANSWER_S)
            replies = celery.control.inspect(timeout=ANSWER_S, connection=connection).active_queues()
    except (OperationalError, RedisError, OSError):
        return False, "the broker does not answer, so no worker runs"
    names = sorted(worker for worker, queues in (replies or {}).items() if _takes_orders(queues))
    return bool(names), f"runs: {', '.join(names)}" if names else "none runs"


def _takes_orders(queues: Iterable[Mapping[str, Any]]) -> bool:
    return any(queue.get("name") == QueueName.API.value for queue in queues)


def daily_limit(chosen: Settings, registry: Registry[AnyEngine]) -> Finding:
    """Whether there is a limit for what all films together may spend, if an engine costs money."""
    limit = parse_usd(chosen.daily_usd)
    costly = [name for name, adapter in registry.present.items() if adapter.capabilities.costs_money]
    detail = f"{shown_usd(limit)} a day" if limit else "none"
    if not costly:
        return Finding("daily limit", True, f"{detail}; no configured engine costs money", needed=False)
    return Finding("daily limit", bool(limit), f"{detail}, for {', '.join(costly)}", DAILY_ADVICE, needed=False)


def api_keys(chosen: Settings) -> Finding:
    """Whether the API has keys; it needs one if other machines can reach it."""
    count = _key_count(chosen)
    if count:
        return Finding("API keys", True, f"{count} active; every request needs one", needed=False)
    is_private = is_loopback(chosen.host)
    where = "this machine only" if is_private else chosen.host
    return Finding("API keys", is_private, f"none; the API listens on {where}", KEYS_ADVICE, needed=False)


def _key_count(chosen: Settings) -> int:
    from app.accounts.owners import active_keys
    from app.database.session import database_url

    url = database_url(chosen)
    # Opening a SQLite database that does not exist would create it.
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return 0
    return len(active_keys())
