"""Choose a scene's layout: how many pictures it shows, and whether one of them can fill the frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from app.core.errors import BadRequest
from app.planning.scenes.quotation_layouts import layout_of_quotation
from app.planning.scenes.words_over_pictures import captions_have_place
from app.planning.text.title_choice import letters
from presets.layout_library import layouts
from schemas.asset import Asset
from schemas.frame import ASPECTS
from schemas.layout import Layout
from schemas.preset import Preset
from schemas.scene_graph import LONG_STYLES as BOARD_STYLES
from schemas.scene_graph import Media, Scene
from schemas.subjects import Subjects

# A group of pictures that one scene shows.
Group = tuple[Asset, ...]
# The layouts of a table or code over one picture, and of words without a picture, alone or with an icon or an amount.
BOARD, TEXT_CARD, ICON_CARD = "board", "text_card", "icon_card"
# The share of a picture that is seen when it fills a frame of nearly its own shape.
_SHAPE_OF_FRAME = 0.85


def group_pictures(media: Sequence[Asset], capacities: Sequence[int], sizes: Collection[int]) -> tuple[Group, ...]:
    """Return ``media`` in order, in groups of the ``sizes``, as even as possible.

    The k-th scene has time for ``capacities[k]`` pictures. A video is a group of its own, and so is each picture for
    which there is no scene.
    """
    groups: list[Group] = []
    first = 0
    while first < len(media):
        scenes_left = len(capacities) - len(groups)
        capacity = capacities[len(groups)] if scenes_left > 0 else 1
        share = -(-(len(media) - first) // max(1, scenes_left))
        largest = max(1, min(share, capacity, _run_of_images(media, first)))
        size = max((size for size in sizes if size <= largest), default=1)
        groups.append(tuple(media[first : first + size]))
        first += size
    return tuple(groups)


def _run_of_images(media: Sequence[Asset], first: int) -> int:
    end = first
    while end < len(media) and media[end].kind == "image":
        end += 1
    return end - first


def picture_count(scene: Scene) -> int:
    """Return the number of pictures that the layout of ``scene`` shows; one without a layout, or an unknown one."""
    layout = layouts().get(scene.layout or "")
    return max(1, layout.pictures) if layout else 1


def with_shown_media(scene: Scene) -> Scene:
    """Return the scene as engines get it: a layout of words alone shows colours, whatever the media of the scene."""
    layout = layouts().get(scene.layout or "")
    if layout is None or layout.pictures:
        return scene
    return replace(scene, media=Media("colour", colours=scene.media.colours))


def check_pictures(scene: Scene, field: str) -> None:
    """Raise ``BadRequest`` unless the scene has the pictures that its layout shows."""
    count = picture_count(scene)
    if len(scene.pictures) + 1 != count:
        shown = f"layout {scene.layout}" if scene.layout else "a scene without a layout"
        reason = f"{shown} shows {count} with media, and there are {len(scene.pictures) + 1}"
        raise BadRequest(f"{field}.pictures", reason)
    if not suits_layout(scene):
        raise BadRequest(f"{field}.layout", f"layout {scene.layout} does not show media of kind {scene.media.kind}")


def suits_layout(scene: Scene) -> bool:
    """Return whether the layout of ``scene`` can show its media: one with panels shows images, one without no file."""
    layout = layouts().get(scene.layout or "")
    if layout is None or layout.is_plain:
        return True
    return scene.media.kind != "video" if layout.pictures else scene.media.asset is None


def group_sizes(preset: Preset) -> frozenset[int]:
    """Return the numbers of pictures for which the preset has a layout; one is always possible."""
    return frozenset({1, *(layout.pictures for layout in _liked(preset) if layout.pictures)})


def choose_layout(
    scene: Scene, group: Group, preset: Preset, aspect: str, subjects: Mapping[str, Subjects]
) -> str | None:
    """Return the id of the layout for the pictures of ``group`` and the words of ``scene``; ``None`` if there is none.

    It is the preset's first layout whose panels keep the subjects of the pictures; for several pictures, the one that
    fills most of the frame. If none keeps them, the one with the widest panels is taken for pictures that are wider
    than the frame, else the one with the highest. One picture fills the frame only if it has nearly its shape, or if
    captions have a place beside its subject. A quotation, a table or code over one picture, and words without a picture
    have layouts of their own; so have headlines and amounts beside a card.
    """
    if any(asset.kind != "image" for asset in group):
        return None
    has_board = any(overlay.style in BOARD_STYLES for overlay in scene.overlays)
    if not group:
        is_card = scene.media.kind == "colour" and scene.voice_script and not has_board and has_text_card(preset)
        return words_layout(scene) if is_card else None
    if has_board and len(group) == 1:
        return BOARD
    if scene.attribution and len(group) == 1:
        return layout_of_quotation(scene, group[0], preset, aspect, subjects.get(group[0].id))
    chosen = _layout_of_pictures(group, preset, aspect, subjects)
    return _with_place_for_titles(chosen, scene) if chosen else None


def _with_place_for_titles(layout: Layout, scene: Scene) -> str:
    """Return the id of the layout that has a place for headline and amounts beside the pictures of ``layout``."""
    styles = {overlay.style: overlay.text for overlay in scene.overlays}
    if not styles.keys() & {"headline", "amount"}:
        return layout.id
    is_alone = "amount" not in styles and letters(styles["headline"]) == letters(scene.voice_script)
    titled = layout.title_alone if is_alone and layout.title_alone else layout.with_title
    return titled if titled and titled in layouts() else layout.id


def words_layout(scene: Scene) -> str:
    """Return the layout of a scene that shows its words without a picture."""
    has_icon = any(overlay.kind == "emoji" or overlay.style == "amount" for overlay in scene.overlays)
    return ICON_CARD if has_icon and ICON_CARD in layouts() else TEXT_CARD


def _layout_of_pictures(group: Group, preset: Preset, aspect: str, subjects: Mapping[str, Subjects]) -> Layout | None:
    known = [layout for layout in _liked(preset) if layout.pictures == len(group)]
    if len(group) > 1:
        known.sort(key=lambda layout: -_fill(layout, aspect))
    keeping = [layout for layout in known if _keeps_subjects(layout, group, aspect, subjects)]
    for layout in keeping:
        if not layout.is_plain or _has_shape_of_frame(group[0], aspect):
            return layout
        if captions_have_place(group[0], preset, aspect, subjects.get(group[0].id)):
            return layout
    if keeping:
        return keeping[0]
    frame = ASPECTS[aspect][0] / ASPECTS[aspect][1]
    is_wide = all((asset.width or 1) / (asset.height or 1) > frame for asset in group)
    return max(known, key=lambda layout: (1 if is_wide else -1) * _panel_aspects(layout, aspect)[0], default=None)


def _fill(layout: Layout, aspect: str) -> float:
    """Return the share of the frame that the panels of the layout cover."""
    return sum(panel.width * panel.height for panel in layout.arrangements[aspect].panels)


def _has_shape_of_frame(picture: Asset, aspect: str) -> bool:
    """Return whether a picture that fills the frame loses so little that it was made to fill one."""
    ratio = (picture.width or 1) / (picture.height or 1) / (ASPECTS[aspect][0] / ASPECTS[aspect][1])
    return min(ratio, 1 / ratio) >= _SHAPE_OF_FRAME


def _keeps_subjects(layout: Layout, group: Group, aspect: str, subjects: Mapping[str, Subjects]) -> bool:
    panels = zip(group, _panel_aspects(layout, aspect), strict=True)
    return all(keeps_subject(asset, ratio, subjects.get(asset.id)) for asset, ratio in panels)


def has_text_card(preset: Preset) -> bool:
    """Return whether the preset shows spoken words without a picture as large captions in the middle."""
    return TEXT_CARD in preset.layouts and TEXT_CARD in layouts()


def _panel_aspects(layout: Layout, aspect: str) -> list[float]:
    """Return width ÷ height of each panel of the layout in frames of ``aspect``."""
    frame = ASPECTS[aspect][0] / ASPECTS[aspect][1]
    return [panel.width / panel.height * frame for panel in layout.arrangements[aspect].panels]


def _liked(preset: Preset) -> list[Layout]:
    library = layouts()
    return [library[name] for name in preset.layouts if name in library]


def keeps_subject(picture: Asset, aspect: float, subjects: Subjects | None) -> bool:
    """Return whether a crop of ``picture`` to ``aspect`` (width ÷ height) keeps its faces and its subject.

    What is not known counts as kept.
    """
    if not picture.width or not picture.height or subjects is None:
        return True
    ratio = picture.width / picture.height / aspect
    return subjects.crop_that_fills(ratio) is not None
