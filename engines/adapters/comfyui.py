"""ComfyUI: workflows of the operator, and some that are part of this package, on servers of the operator."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from app.core.config import Settings
from app.core.errors import ProviderRefused, Unconfigured
from app.core.log import logger
from engines.base import Cancellation, OrderProgress, Progress, Submission
from engines.comfy.client import FOLDER, PROVIDER, Server
from engines.comfy.graph import classes
from engines.comfy.progress import Listener
from engines.comfy.servers import Servers
from engines.comfy.states import WAITING_SHARE, lost
from engines.comfy.templates import SHIPPED, Library, load_workflows
from engines.comfy.workflows import Workflow, filled
from schemas.engine import Capabilities, Cost
from schemas.order import ClipOrder

# The ids of orders are derived from their keys in this namespace.
NAMESPACE = uuid.UUID("8f1d0a52-6a0e-5c0c-9a5e-0f6f1f0f7b3d")
log = logger(__name__)


def build(settings: Settings) -> ComfyUI:
    servers = Servers(settings.comfyui_urls)
    library = load_workflows([*_directories(settings.comfyui_workflows), SHIPPED])
    for name, reason in library.problems.items():
        log.warning("a workflow of ComfyUI cannot be used", workflow=name, reason=reason)
    return ComfyUI(servers, library)


class ComfyUI:
    """Orders of workflows. An order has the same id at every attempt, and its clip a name that begins with it."""

    name = PROVIDER
    poll_s = 2.0
    finds_orders = True

    def __init__(self, servers: Servers, library: Library) -> None:
        self._servers = servers
        self._workflows = library.workflows
        self.problems = library.problems
        self._listener = Listener()

    @property
    def capabilities(self) -> Capabilities:
        models = tuple(workflow.model for workflow in self._workflows.values())
        kinds = {"image": any(x.from_image for x in models), "generated": any(x.from_text for x in models)}
        longest = None if any(not x.seconds for x in models) else max(x.seconds[-1] for x in models)
        return Capabilities(
            media=tuple(kind for kind, is_there in kinds.items() if is_there),
            generates=True,
            needs_network=not self._servers.are_local,
            max_seconds=longest,
            models=models,
        )

    def submit(self, order: ClipOrder, files: Mapping[str, Path], key: str) -> Submission:
        workflow = self._workflow(order)
        server = self._servers.shortest(classes(workflow.graph))
        uploads = {storage_key: server.upload(files[storage_key]) for storage_key in _pictures(workflow, order)}
        prompt_id = prompt_id_of(key)
        graph = filled(workflow, order, uploads, f"{FOLDER}/{prompt_id}")
        return _submission(server.submit(graph, prompt_id), server, workflow.output)

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        workflow, prompt_id = self._workflows.get(order.model), prompt_id_of(key)
        output = workflow.output if workflow else ""
        for server in self._servers:
            progress, _ = server.progress(prompt_id, output)
            if progress or server.job(prompt_id, output):
                return _submission(prompt_id, server, output)
        return None

    def poll(self, submission: Submission) -> Progress:
        server, output = self._servers.at(submission.data.get("server", "")), submission.data.get("output", "")
        progress, graph = server.progress(submission.id, output)
        if progress is None:
            progress = server.job(submission.id, output) or lost(server.address)
        if progress.state is OrderProgress.RUNNING:
            share = self._listener.share(server, submission.id, graph)
            return replace(progress, share=WAITING_SHARE + (1 - WAITING_SHARE) * (share or 0.0))
        self._listener.forget(submission.id)
        return replace(progress, data={**submission.data, **progress.data}) if progress.data else progress

    def fetch(self, submission: Submission, path: Path) -> None:
        if "file" not in submission.data:
            raise ProviderRefused(self.name, "the order has no clip yet")
        self._servers.at(submission.data.get("server", "")).download(submission.data["file"], path)

    def cancel(self, submission: Submission) -> Cancellation:
        return self._servers.at(submission.data.get("server", "")).cancel(submission.id)

    def missing_nodes(self) -> dict[str, list[str]]:
        """Return for each workflow what the servers lack for it, by their addresses; empty if it runs on all of them.

        Raises ``ProviderBusy`` if a server does not answer.
        """
        return {
            name: [
                f"{server.address} has no node {', '.join(missing)}"
                for server in self._servers
                if (missing := server.missing(classes(workflow.graph)))
            ]
            for name, workflow in self._workflows.items()
        }

    def _workflow(self, order: ClipOrder) -> Workflow:
        if order.model in self.problems:
            raise ProviderRefused(self.name, f"its workflow {order.model} cannot be used: {self.problems[order.model]}")
        if order.model not in self._workflows:
            raise ProviderRefused(self.name, f"it has no workflow {order.model}")
        return self._workflows[order.model]


def prompt_id_of(key: str) -> str:
    """Return the id of an order: a canonical UUID, the same for every attempt at it."""
    return str(uuid.uuid5(NAMESPACE, key))


def _submission(prompt_id: str, server: Server, output: str) -> Submission:
    return Submission(prompt_id, {"server": server.address, "output": output}, Cost())


def _pictures(workflow: Workflow, order: ClipOrder) -> list[str]:
    """Return the storage keys of the pictures that a workflow takes. Raises ``ProviderRefused`` without the first."""
    pictures = {"image": order.image, "last_image": order.last_image}
    if "image" in workflow.inputs and not order.image:
        raise ProviderRefused(PROVIDER, f"the workflow {workflow.name} needs a picture")
    return [key for name, key in pictures.items() if key and name in workflow.inputs]


def _directories(text: str) -> list[Path]:
    directory = Path(text).expanduser() if text else None
    if directory and not directory.is_dir():
        raise Unconfigured(PROVIDER, "PYTOON_COMFYUI_WORKFLOWS is not a directory")
    return [directory] if directory else []
