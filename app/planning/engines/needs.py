"""What a scene needs from an engine, and which engines are not for it."""

from __future__ import annotations

from dataclasses import dataclass

from app.planning.engines.constraints import Constraints
from schemas.engine import Capabilities, EngineModel
from schemas.scene_graph import OVERLAY, Scene


@dataclass(frozen=True, slots=True)
class Needs:
    """What one scene is rendered from, and how long it is.

    ``kind`` is that of the scene's own file or, without a file, of its media. ``is_users`` says that it shows files of
    the user, ``several`` that it shows more than one. ``from_picture`` says that the clip begins with a given picture.
    ``is_ground`` says that it is only what is behind a product, which may be generated or found; no engine gets the
    picture of the product.
    """

    kind: str
    is_users: bool
    several: bool
    from_picture: bool
    seconds: float
    is_ground: bool = False

    @property
    def is_generated(self) -> bool:
        """Whether it needs motion that is generated from a prompt."""
        return self.kind == "generated"

    @property
    def is_local(self) -> bool:
        """Whether nothing is generated for it: its files are framed and moved, or its words are on colours."""
        return self.is_users or self.kind == "colour"

    @property
    def words(self) -> str:
        """The need as a reason."""
        if self.is_users:
            return f"the scene shows a user's {self.kind}"
        if self.is_ground and self.kind in ("generated", "stock"):
            return "the scene needs a background that is generated or found"
        needs = {"colour": "words on colours", "stock": "stock footage", "generated": "generated motion"}
        return f"the scene needs {needs.get(self.kind, self.kind)}"


def needs_of(scene: Scene, constraints: Constraints) -> Needs:
    is_ground = scene.archetype == OVERLAY
    asset_kind = None if is_ground else constraints.asset_kind
    kind = asset_kind or scene.media.kind
    length_ms = scene.duration_ms if constraints.length_ms is None else constraints.length_ms
    return Needs(
        kind=kind,
        is_users=asset_kind is not None,
        several=bool(scene.pictures),
        from_picture=kind == "image" or constraints.first_picture,
        seconds=length_ms / 1000,
        is_ground=is_ground,
    )


def unmet_by(capabilities: Capabilities, needs: Needs, constraints: Constraints, named: bool) -> str | None:
    """Return why the engine is not for such a scene; ``None`` if it is.

    A generator never gets a user's picture of a brand-safe film, a user's clip, or one picture of several. For a scene
    that needs stock footage, a generator makes the clip only if it is ``named``. Stock footage replaces a generated
    ground.
    """
    if capabilities.generates and needs.is_users:
        if constraints.brand_safe:
            return f"brand-safe: a user's {'picture' if needs.kind == 'image' else needs.kind} is never regenerated"
        if needs.kind == "video":
            return "a user's clip is played and never regenerated"
        if needs.several:
            return "it renders one picture, and the layout of the scene shows several"
    if needs.kind in capabilities.media:
        return None
    if needs.kind == "stock" and capabilities.generates and "generated" in capabilities.media and named:
        return None
    if needs.is_ground and needs.is_generated and "stock" in capabilities.media:
        return None
    return f"it cannot render a scene from {needs.kind}"


def unmet_by_policy(capabilities: Capabilities, needs: Needs, constraints: Constraints) -> str | None:
    """Return why the policy of the request excludes the engine.

    Framing a user's file and drawing words on colours generate nothing, so ``api_only`` leaves them to this machine.
    """
    if constraints.policy == "local_only" and capabilities.needs_network:
        return "the policy is local_only"
    if constraints.policy == "api_only" and not capabilities.needs_network and not needs.is_local:
        return "the policy is api_only"
    return None


def unmet_by_model(model: EngineModel, needs: Needs, constraints: Constraints) -> str | None:
    """Return why the model cannot make the clip from what the scene has: a picture or a prompt."""
    if not needs.from_picture:
        return None if model.from_text else "it makes no clip from a prompt alone"
    if not model.from_image:
        return "it makes no clip from a picture"
    if constraints.image_type and constraints.image_type not in model.image_types:
        return f"it takes {' and '.join(model.image_types)}, the picture is {constraints.image_type}"
    if constraints.image_bytes and constraints.image_bytes > model.max_image_bytes:
        most, size = model.max_image_bytes / 1e6, constraints.image_bytes / 1e6
        return f"it takes pictures of {most:.3g} MB at most, the picture has {size:.3g} MB"
    return None
