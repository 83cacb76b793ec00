"""Configuration of Celery; ``app.core.config`` reads the environment.

Celery also reads BROKER_URL and RESULT_BACKEND from the environment. Pytoon's variables are PYTOON_BROKER_URL and
PYTOON_RESULT_URL, so that other programs' variables do not override this file.
"""

from kombu import Exchange, Queue

from app.core.config import settings
from schemas import steps
from schemas.steps import Step

_settings = settings()
_amqp = _settings.broker.startswith("amqp")
_unix_socket = _settings.broker.startswith("redis+socket")
_lease_s = _settings.lease_s

# -- broker and results ----------------------------------------------------------------------------------------------
broker_url = _settings.broker
# In this backend a cancelled result stays cancelled, and a failed one keeps its first cause.
result_backend = "app.queue.result_backend.GuardedRedisBackend+" + _settings.results.replace("redis+socket:", "socket:")
broker_transport_options: dict[str, object] = (
    {"confirm_publish": True}
    if _amqp
    else {
        # Short, because live workers renew their leases (app.queue.lease): only a dead worker's messages come back.
        "visibility_timeout": _lease_s,
        "unacked_restore_interval": _lease_s / 10,
        "unacked_restore_throttle": 1,
        "unacked_mutex_expire": max(1, int(_lease_s)),
        # Queues are served in turn, so that none starves.
        "queue_order_strategy": "round_robin",
        "socket_connect_timeout": 3,
    }
)
# Report an unreachable server soon: the connection timeout of the operating system is much longer.
result_backend_transport_options = {"socket_connect_timeout": 3}
redis_socket_connect_timeout = 3
if not (_amqp or _unix_socket):
    broker_transport_options["health_check_interval"] = 25
    broker_transport_options["socket_keepalive"] = True
broker_heartbeat = 10
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
result_extended = True
result_expires = _settings.result_days * 86_400
result_chord_join_timeout = 2.0
result_backend_always_retry = True
result_backend_max_retries = 60
task_publish_retry_policy = {"max_retries": 60, "interval_start": 0.1, "interval_step": 0.3, "interval_max": 2}

# -- serialisation ---------------------------------------------------------------------------------------------------
accept_content = ["json"]
result_accept_content = ["json"]
task_serializer = "json"
result_serializer = "json"

# -- queues and schedule ---------------------------------------------------------------------------------------------
# RabbitMQ redelivers a task and closes its worker's connection after half an hour unless the queue has another timeout.
_consumer_timeout_ms = (steps.DEFAULT_TIME_LIMIT_S + 300) * 1000
_queue_arguments = {"x-queue-type": "quorum", "x-consumer-timeout": _consumer_timeout_ms} if _amqp else None
# RabbitMQ delays retries itself and routes them by topic, so that no worker has to hold them.
_exchange = Exchange("pytoon", type="topic" if _amqp else "direct")
task_queues = [
    Queue(name, _exchange, routing_key=name, queue_arguments=_queue_arguments)
    for name in (queue.value for queue in steps.QueueName)
]
task_default_queue = steps.DEFAULT_QUEUE.value
task_default_exchange = _exchange.name
task_default_exchange_type = _exchange.type
task_default_routing_key = task_default_queue
task_default_queue_type = "quorum" if _amqp else "classic"
task_create_missing_queues = False
task_routes = {step.value: queue.value for step, queue in steps.QUEUE_OF_STEP.items()}
include = [
    "tasks.planning",
    "tasks.rendering",
    "tasks.sound",
    "tasks.film",
    "tasks.maintenance",
    "tasks.ordering",
    "tasks.offers",
]
beat_schedule = {
    "sync_runs": {"task": Step.SYNC_RUNS.value, "schedule": 5.0, "options": {"expires": 10}},
    "recover_runs": {
        "task": Step.RECOVER_RUNS.value,
        "schedule": _settings.recovery_period_s,
        "options": {"expires": _lease_s},
    },
    "delete_old_data": {"task": Step.DELETE_OLD_DATA.value, "schedule": 3600.0, "options": {"expires": 1800}},
}
beat_schedule_filename = str(_settings.home.absolute() / "beat.db")

# -- tasks and workers may be killed ---------------------------------------------------------------------------------
task_acks_late = True
task_acks_on_failure = True
task_acks_on_timeout = True
task_retry_on_worker_lost = True
task_reject_on_worker_lost = True
task_track_started = True
task_time_limit = steps.DEFAULT_TIME_LIMIT_S
task_soft_time_limit = task_time_limit - 300
# A step that exceeds its time limit is interrupted by an exception 30 s before the limit, and killed at the limit.
task_annotations = {
    step.value: {"soft_time_limit": limit_s - 30, "time_limit": limit_s} for step, limit_s in steps.TIME_LIMIT_S.items()
}
worker_prefetch_multiplier = 1
worker_disable_prefetch = True
# On Redis and Valkey a step continues while its worker reconnects, and is acknowledged over the new connection.
# RabbitMQ redelivers its message at once.
worker_cancel_long_running_tasks_on_connection_loss = _amqp
worker_soft_shutdown_timeout = 20
# Celery 5.7 would skip the chord part of a task with a stored success; PipelineTask returns stored results instead.
worker_deduplicate_successful_tasks = False

# -- events for Flower -----------------------------------------------------------------------------------------------
worker_send_task_events = True
task_send_sent_event = True
worker_hijack_root_logger = False
