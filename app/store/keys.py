"""The names of all files in the storage."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

KEY = re.compile(r"[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)*")
PREFIXES = ("cache/", "runs/", "jobs/", "assets/")
CACHE, RUNS, JOBS, ASSETS = PREFIXES


def checked_key(key: str) -> str:
    """``key`` itself; raises ``ValueError`` when it is not the key of a file."""
    if not KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


def checked_prefix(prefix: str) -> str:
    """``prefix`` itself; raises ``ValueError`` when no key starts with it. An empty one is the prefix of all keys."""
    if prefix and not KEY.fullmatch(prefix.removesuffix("/")):
        raise ValueError(f"not a prefix of storage keys: {prefix!r}")
    return prefix


def identity_of(key: str) -> str:
    """What the file was made from. Files with the same identity belong together: a plate and its motion."""
    return PurePosixPath(key).stem


def asset_key(asset_id: str, suffix: str) -> str:
    """An uploaded file; ``suffix`` (".jpg") is chosen by its content, never by the user."""
    return f"{ASSETS}{asset_id[-2:]}/{asset_id}{suffix}"


def cache_key(kind: str, identity: str, suffix: str) -> str:
    """A file that can be made again, under the hash of all its inputs: ``cache/plate/ab/abcdef….npy``."""
    return f"{CACHE}{kind}/{identity[:2]}/{identity}{suffix}"


def run_key(run_id: str, name: str) -> str:
    """A step's result, as the next step reads it: ``runs/{run}/scene_graph.json``."""
    return f"{run_prefix(run_id)}{name}"


def run_prefix(run_id: str) -> str:
    return f"{RUNS}{run_id}/"


def artifact_key(run_id: str, name: str) -> str:
    """An artifact of one run; it stays when a later revision replaces the job's files."""
    return run_key(run_id, f"left/{name}")


def job_key(job_id: str, name: str) -> str:
    """An artifact of the job's newest film: ``jobs/{job}/output.mp4``."""
    return f"{job_prefix(job_id)}{name}"


def job_prefix(job_id: str) -> str:
    return f"{JOBS}{job_id}/"


def take_name(scene_id: int, take: int) -> str:
    """The name of the artifact with another take of a scene."""
    return f"scenes/scene_{scene_id}.take_{take}.mp4"
