"""The engine ``pika``: the models of Pika, which are offered by fal and paid with the key of fal."""

from __future__ import annotations

from app.core.config import Settings
from engines.hosted.models import require_key
from engines.vendors.fal_queue import FalEngine
from engines.vendors.model_files import choose_models, load_models

NAME = "pika"
IDS = "fal-ai/pika/"


def build(settings: Settings) -> FalEngine:
    """Build the engine. Raises ``Unconfigured`` without a key."""
    key = require_key(NAME, settings.fal_api_key, "PYTOON_FAL_API_KEY")
    library = load_models("fal", settings.engine_models).only(IDS)
    models = choose_models(NAME, library, "", "PYTOON_ENGINE_MODELS")
    return FalEngine(NAME, settings.fal_url, key, models, library.problems)
