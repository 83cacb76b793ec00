"""What a scene orders from a hosted engine, and the clip that comes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.core.errors import NotFound, ProviderRefused
from app.jobs.workspace import Workspace
from app.planning.engines.trial import Candidate
from app.providers.orders import CLIP, STOCK, Order
from engines.base import Engine, Shot
from engines.hosted.order_pictures import last_frame, order_frame, order_picture
from engines.hosted.returned_clips import check_returned_clip
from engines.hosted.returned_files import usable_file
from engines.prompts.clip_prompt import clip_prompt
from engines.prompts.film import FilmContext, film_context
from schemas.asset import Asset
from schemas.clip import Clip, CreditSchema
from schemas.engine import EngineModel
from schemas.order import ClipOrder, ClipOrderSchema
from schemas.scene_graph import MEME_TEXT, OVERLAY, Media

STOCK_ENGINE = "stock"
MAX_SEED = 2**31


@dataclass(frozen=True, slots=True)
class ClipOrders:
    """The orders of one run; ``local`` is the engine that analyses the returned videos as it does a user's.

    ``previous`` is the clip of the scene before, at whose end the clip begins; ``None`` if it does not.
    """

    run: Workspace
    film: FilmContext
    local: Engine
    previous: Clip | None = None

    def describe(self, candidate: Candidate, shot: Shot) -> dict[str, Any]:
        """Return the order of a candidate of the policy for a shot, as plain data."""
        assert candidate.model is not None
        prompt = clip_prompt(shot, candidate.model, self.film)
        return ClipOrderSchema.plain(
            ClipOrder(
                model=candidate.model.id,
                prompt=prompt.text,
                negative_prompt=prompt.negative,
                seconds=candidate.seconds,
                aspect=candidate.aspect,
                resolution=candidate.resolution,
                seed=self._seed(shot),
                image=self._first_picture(candidate, candidate.model, shot),
                width=shot.width,
                height=shot.height,
                fps=shot.fps,
                query=_query(shot) if candidate.engine == STOCK_ENGINE else "",
            )
        )

    def _first_picture(self, candidate: Candidate, model: EngineModel, shot: Shot) -> str | None:
        """The storage key of the picture with which the clip begins: the scene's own, or the end of the clip before."""
        if not model.from_image:
            return None
        frame = order_frame(model, candidate.aspect, shot.width, shot.height)
        if shot.asset and shot.picture and shot.asset.kind == "image":
            asset, media = shot.asset, shot.scene.media
            return order_picture(
                shot.picture, asset.sha256, media, frame, shot.store, colours=media.colours or shot.preset.palette
            )
        if self.previous is None:
            return None
        return last_frame(shot.store.local(self.previous.key), self.previous.identity, frame, shot.store)

    def _seed(self, shot: Shot) -> int:
        """The seed of an order: the same for all scenes of a film that shows one character."""
        is_shared = self.film.continuity == "character"
        return (self.film.seed + shot.scene.take if is_shared else shot.seed) % MAX_SEED

    def use(self, order: Order, shot: Shot) -> Clip:
        """Return the clip of a downloaded result. Raises ``ProviderRefused`` if it cannot be used."""
        assert order.file_key is not None
        try:
            path = shot.store.local(order.file_key)
        except NotFound as error:
            raise ProviderRefused(order.engine, "the downloaded clip is no longer stored") from error
        clip_order = ClipOrderSchema.read(order.request)
        returned = check_returned_clip(path, clip_order, order.engine, moves=order.thing.purpose == CLIP)
        key = usable_file(order.file_key, path, returned, shot.store)
        fills = order.thing.purpose == CLIP or shot.scene.archetype in (OVERLAY, MEME_TEXT)
        fit = "crop" if fills else None
        clip = self.local.render(_shot_of_file(shot, key, fit))
        credit = order.data.get("credit")
        return replace(
            clip,
            engine=order.engine,
            model=order.model,
            cost_usd=order.held_usd,
            reused=order.run_id != self.run.id,
            credit=CreditSchema.read(credit) if isinstance(credit, Mapping) else None,
        )


def clip_orders(run: Workspace, local: Engine, previous: Clip | None = None) -> ClipOrders:
    """Return the orders of a run, whose prompts have in common what ``film_context`` finds in all its scenes."""
    return ClipOrders(run, film_context(run.graph, continuity=run.request.continuity), local, previous)


def purpose_of(engine: str) -> str:
    return STOCK if engine == STOCK_ENGINE else CLIP


def model_name(model: EngineModel | None) -> str:
    return model.id if model else ""


def _query(shot: Shot) -> str:
    return shot.scene.media.query or shot.scene.description or shot.scene.voice_script or shot.scene.caption


def _shot_of_file(shot: Shot, key: str, fit: str | None) -> Shot:
    """Return a shot of a returned video alone."""
    path = shot.store.local(key)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    asset = Asset(f"ordered-{sha256[:32]}", "video", key, sha256, path.stat().st_size, "video/mp4")
    scene = replace(shot.scene, media=Media("video", asset=asset.id, fit=fit), layout=None, pictures=())
    return replace(shot, scene=scene, asset=asset, picture=path, layout=None, more=())
