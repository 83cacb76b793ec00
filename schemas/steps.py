"""The steps of a run as data: task names, queues, time limits and the state that each step shows.

The canvas, the Celery configuration, the workers, the API and the tests read this module.
"""

from __future__ import annotations

from enum import StrEnum

from schemas.job import State


class Step(StrEnum):
    """The steps of a run, the periodic steps and those of orders; the value is the name of the Celery task."""

    PLAN = "pytoon.plan"
    TIMELINE = "pytoon.timeline"
    RENDER = "pytoon.render"
    SCENE = "pytoon.scene"
    VOICE = "pytoon.voice"
    MUSIC = "pytoon.music"
    SETTLE = "pytoon.settle"
    COMPOSE = "pytoon.compose"
    SEGMENT = "pytoon.segment"
    MUX = "pytoon.mux"
    DELIVER = "pytoon.deliver"
    SYNC_RUNS = "pytoon.sync_runs"
    RECOVER_RUNS = "pytoon.recover_runs"
    DELETE_OLD_DATA = "pytoon.delete_old_data"
    ADVANCE_ORDERS = "pytoon.advance_orders"

    @property
    def label(self) -> str:
        """The step's name in task ids, events, error messages and the API: "scene"."""
        return self.name.lower()


class QueueName(StrEnum):
    """The queues; the value is the name in the broker."""

    ORCH = "orch"
    GPU = "gpu"
    GPU_LATER = "gpu-later"
    CPU = "cpu"
    CPU_LATER = "cpu-later"
    API = "api"


# Started by Celery beat; they belong to no run.
PERIODIC_STEPS = (Step.SYNC_RUNS, Step.RECOVER_RUNS, Step.DELETE_OLD_DATA)
# Sent for the orders of any run; they have no place in a canvas.
ORDER_STEPS = (Step.ADVANCE_ORDERS,)
RUN_STEPS = tuple(step for step in Step if step not in (*PERIODIC_STEPS, *ORDER_STEPS))

DEFAULT_QUEUE = QueueName.ORCH
# Other steps run on the default queue.
QUEUE_OF_STEP = {
    Step.SCENE: QueueName.GPU,
    Step.VOICE: QueueName.CPU,
    Step.MUSIC: QueueName.CPU,
    Step.SEGMENT: QueueName.CPU,
    Step.MUX: QueueName.CPU,
    Step.DELIVER: QueueName.CPU,
    Step.ADVANCE_ORDERS: QueueName.API,
}

# The first AT_ONCE scenes (or segments) of a run wait in the step's own queue, the others in its overflow queue, so
# that a short film submitted after a long one does not wait for all scenes of the long one.
AT_ONCE = 12
OVERFLOW_QUEUES = {Step.SCENE: QueueName.GPU_LATER, Step.SEGMENT: QueueName.CPU_LATER}

# The queues of each kind of worker.
WORKER_QUEUES = {
    "gpu": (QueueName.GPU, QueueName.GPU_LATER),
    "cpu": (QueueName.ORCH, QueueName.CPU, QueueName.CPU_LATER),
    "api": (QueueName.API,),
}
# The kind of worker that runs its tasks in threads, because they wait for the network.
THREADED_WORKER = "api"

# The state that a run shows once the step has begun; other steps leave the state as it is.
STATE_OF_STEP = {
    Step.PLAN: State.PLANNING_SCENES,
    Step.TIMELINE: State.BUILDING_TIMELINE,
    Step.RENDER: State.RENDERING_SCENES,
    Step.COMPOSE: State.COMPOSING,
    Step.MUX: State.AUDIO_ASSEMBLY,
    Step.DELIVER: State.FINALIZING,
}

# A step is stopped after its time limit; other steps have DEFAULT_TIME_LIMIT_S.
DEFAULT_TIME_LIMIT_S = 3600
TIME_LIMIT_S = {
    Step.PLAN: 600,
    Step.TIMELINE: 300,
    Step.RENDER: 300,
    Step.VOICE: 1800,
    Step.MUSIC: 600,
    Step.SETTLE: 300,
    Step.COMPOSE: 300,
    Step.DELIVER: 1800,
    Step.SYNC_RUNS: 120,
    Step.RECOVER_RUNS: 300,
    Step.DELETE_OLD_DATA: 1800,
    Step.ADVANCE_ORDERS: 1800,
}
