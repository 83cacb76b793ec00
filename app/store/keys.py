"""Every key of the storage, named in one place."""

from __future__ import annotations

import re

KEY = re.compile(r"^[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)*$")
CACHE = "cache/"


def asset_key(asset_id: str, suffix: str) -> str:
    """An uploaded file; ``suffix`` (".jpg") is ours, chosen by its content."""
    return f"assets/{asset_id[-2:]}/{asset_id}{suffix}"


def cache_key(kind: str, identity: str, suffix: str) -> str:
    """Something made, kept under the hash of all that went into it: ``cache/plate/ab/abcdef….npy``."""
    return f"cache/{kind}/{identity[:2]}/{identity}{suffix}"


def run_key(run_id: str, name: str = "") -> str:
    """A step's result, as the next step reads it: ``runs/{run}/scene_graph.json``; without a name the run's folder."""
    return f"runs/{run_id}/{name}".rstrip("/")


def left_key(run_id: str, name: str) -> str:
    """What one run leaves for its job; it stays when a later revision's film takes its place."""
    return run_key(run_id, f"left/{name}")


def job_key(job_id: str, name: str = "") -> str:
    """What a job leaves: ``jobs/{job}/output.mp4``; without a name the job's folder."""
    return f"jobs/{job_id}/{name}".rstrip("/")
