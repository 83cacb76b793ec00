"""Luma: clips by ray-3.2 or, with keys of the older Dream Machine API, by ray-2."""

from __future__ import annotations

from app.core.config import Settings
from app.core.http import ProviderClient
from engines.base import HostedEngine
from engines.hosted.models import chosen_models, require_key
from engines.vendors import luma_agents, luma_dream_machine
from engines.vendors.luma_agents import LumaAgents
from engines.vendors.luma_dream_machine import LumaDreamMachine
from engines.vendors.luma_models import AGENTS_MODELS, DREAM_MACHINE_MODELS

NAME = "luma"


def build(settings: Settings) -> HostedEngine:
    """Return the engine for the API that ``luma_api`` names. Raises ``Unconfigured`` without a key."""
    key = require_key(NAME, settings.luma_api_key, "PYTOON_LUMA_API_KEY")
    is_older = settings.luma_api.lower() == "dream_machine"
    known, url = (DREAM_MACHINE_MODELS, luma_dream_machine.URL) if is_older else (AGENTS_MODELS, luma_agents.URL)
    models = chosen_models(NAME, known, settings.luma_models, "PYTOON_LUMA_MODELS")
    client = ProviderClient(NAME, settings.luma_url or url, {"Authorization": f"Bearer {key}"})
    return LumaDreamMachine(client, models) if is_older else LumaAgents(client, models)
