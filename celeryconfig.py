"""Celery's settings. The environment is read by ``app.core.config`` alone.

Celery itself obeys variables named BROKER_URL and RESULT_BACKEND silently; ours are PYTOON_BROKER_URL and
PYTOON_RESULT_URL, so that nothing overrides this file by accident.
"""

from kombu import Exchange, Queue

from app.core.config import settings
from schemas import steps
from schemas.steps import Step

_settings = settings()
_amqp = _settings.broker.startswith("amqp")
_sockets = _settings.broker.startswith("redis+socket")
_lease_s = _settings.lease_s

# -- broker and results ----------------------------------------------------------------------------------------------
broker_url = _settings.broker
# The house's backend never lets a cancelled result become anything else.
result_backend = "app.queue.result_backend.GuardedRedisBackend+" + _settings.results.replace("redis+socket:", "socket:")
broker_transport_options: dict[str, object] = (
    {"confirm_publish": True}
    if _amqp
    else {
        # Short, because a living worker renews what it holds (app.queue.lease): it means "dead", not "long".
        "visibility_timeout": _lease_s,
        "unacked_restore_interval": _lease_s / 10,
        "unacked_restore_throttle": 1,
        "unacked_mutex_expire": max(1, int(_lease_s)),
        # In turn: what may wait is not passed over for ever.
        "queue_order_strategy": "round_robin",
        "socket_connect_timeout": 3,
    }
)
# A server that is away is said to be away, and not waited for as long as the operating system would.
result_backend_transport_options = {"socket_connect_timeout": 3}
redis_socket_connect_timeout = 3
if not (_amqp or _sockets):
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

# -- only JSON, from anybody -----------------------------------------------------------------------------------------
accept_content = ["json"]
result_accept_content = ["json"]
task_serializer = "json"
result_serializer = "json"

# -- who does what ---------------------------------------------------------------------------------------------------
# RabbitMQ takes a task back, and its worker's connection away, after half an hour unless it is told how long one lasts.
_patience_ms = (steps.DEFAULT_TIME_LIMIT_S + 300) * 1000
_queue_arguments = {"x-queue-type": "quorum", "x-consumer-timeout": _patience_ms} if _amqp else None
# RabbitMQ keeps what is to be tried later and hands it on by topic: a worker does not have to hold it meanwhile.
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
include = ["tasks.planning", "tasks.rendering", "tasks.sound", "tasks.film", "tasks.maintenance"]
beat_schedule = {
    "sync_runs": {"task": Step.SYNC_RUNS.value, "schedule": 5.0, "options": {"expires": 10}},
    "recover_runs": {"task": Step.RECOVER_RUNS.value, "schedule": _settings.mend_s, "options": {"expires": _lease_s}},
    "delete_old_data": {"task": Step.DELETE_OLD_DATA.value, "schedule": 3600.0, "options": {"expires": 1800}},
}
beat_schedule_filename = str(_settings.home.absolute() / "beat.db")

# -- a task may die at any time --------------------------------------------------------------------------------------
task_acks_late = True
task_acks_on_failure = True
task_acks_on_timeout = True
task_retry_on_worker_lost = True
task_reject_on_worker_lost = True
task_track_started = True
task_time_limit = steps.DEFAULT_TIME_LIMIT_S
task_soft_time_limit = task_time_limit - 300
# A step that takes longer than this does not come to an end any more: first it is told so, then it is killed.
task_annotations = {
    step.value: {"soft_time_limit": limit_s - 30, "time_limit": limit_s} for step, limit_s in steps.TIME_LIMIT_S.items()
}
worker_prefetch_multiplier = 1
worker_disable_prefetch = True
worker_cancel_long_running_tasks_on_connection_loss = True
worker_soft_shutdown_timeout = 20
# 5.7 would skip the chord part of a task that it takes for done; PipelineTask remembers what is finished instead.
worker_deduplicate_successful_tasks = False

# -- seen by Flower --------------------------------------------------------------------------------------------------
worker_send_task_events = True
task_send_sent_event = True
worker_hijack_root_logger = False
