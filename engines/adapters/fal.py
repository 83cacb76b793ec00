"""The engine ``fal``: the models of fal that are described in YAML files, except those of Pika."""

from __future__ import annotations

from app.core.config import Settings
from engines.hosted.models import require_key
from engines.vendors.fal_queue import FalEngine
from engines.vendors.model_files import choose_models, load_models

NAME = "fal"
# The engine ``pika`` has these.
PIKA = "fal-ai/pika/"


def build(settings: Settings) -> FalEngine:
    """Build the engine. Raises ``Unconfigured`` without a key, and if a chosen model is not known."""
    key = require_key(NAME, settings.fal_api_key, "PYTOON_FAL_API_KEY")
    library = load_models("fal", settings.engine_models).without(PIKA)
    models = choose_models(NAME, library, settings.fal_models, "PYTOON_FAL_MODELS")
    return FalEngine(NAME, settings.fal_url, key, models, library.problems)
