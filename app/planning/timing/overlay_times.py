"""When overlays are shown that appear with a word of their scene.

Cards stay until the next of them, lower thirds for a few seconds. The rows of a table are marked when they are spoken.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction

from app.planning.scenes.decoration import LONG_HOOK_MS
from app.planning.text.title_choice import letters
from app.planning.timing.captions import SceneWords
from app.planning.timing.lengths import LOWER_THIRD_MS
from app.planning.timing.table_rows import offsets_of_words, row_offsets
from schemas.scene_graph import Overlay
from schemas.speech import Word
from schemas.timeline import OverlayItem
from schemas.timing import frames_of

# A card is readable if it stays for this long; it appears earlier if its scene ends too soon.
MIN_CARD_MS = 1200
# In a scene that is longer than a hook usually is, a headline leaves the picture to the first card, which waits until
# the headline has been there for this long.
MIN_HEADLINE_MS = 2500
# A lower third leaves after this time. It also appears earlier if its scene ends too soon (``LOWER_THIRD_MS``).
MAX_LOWER_THIRD_MS = 4000
# The first icon of a scene appears at the latest after this, so that its place is not empty.
MAX_EMPTY_MS = 500
# An icon for which there is less time, before the next one or the end of its scene, is left out.
MIN_ICON_MS = 700


# When an overlay appears in its scene and when its words are spoken, in ms, and its index.
Start = tuple[int, int, int]


def overlay_items(scenes: Sequence[SceneWords], fps: Fraction) -> tuple[OverlayItem, ...]:
    """Return the frames of the overlays that do not stay for their whole scene.

    An overlay whose words are not spoken in the scene stays for all of it, and has no item.
    """
    return tuple(item for scene in scenes for item in _scene_items(scene, fps))


def _scene_items(of: SceneWords, fps: Fraction) -> list[OverlayItem]:
    timed = [
        (_start_ms(overlay, now_ms, of), now_ms, index)
        for index, overlay in enumerate(of.scene.overlays)
        if overlay.at and overlay.style != "lower_third" and (now_ms := spoken_ms(overlay.at, of.words)) is not None
    ]
    timed = _without_hurry(sorted(timed), of)
    starts = [frames_of(start_ms, fps) for start_ms, _, _ in timed]
    ends = [*starts, frames_of(of.window.end_ms, fps)][1:]
    first = of.timed.start_frame
    cards = [
        OverlayItem(of.scene.id, index, first + start, first + end, first + max(start, frames_of(now_ms, fps)))
        for (_, now_ms, index), start, end in zip(timed, starts, ends, strict=True)
    ]
    amounts = [start for start, (*_, index) in zip(starts, timed, strict=True) if _is_amount(of, index)]
    headlines = _headlines(of, amounts[0], fps) if amounts else []
    return [*headlines, *cards, *_lower_thirds(of, fps), *_tables(of, fps)]


def _without_hurry(timed: Sequence[Start], of: SceneWords) -> list[Start]:
    """Return the overlays of a scene with those icons at its end, for no time, that would be shown too shortly."""
    kept: list[Start] = []
    left_out: list[Start] = []
    for start in timed:
        is_late = start[0] > of.window.end_ms - MIN_ICON_MS or (kept and start[0] - kept[-1][0] < MIN_ICON_MS)
        (left_out if kept and is_late and not _is_amount(of, start[2]) else kept).append(start)
    return [*kept, *((of.window.end_ms, of.window.end_ms, index) for _, _, index in left_out)]


def _is_amount(of: SceneWords, index: int) -> bool:
    return of.scene.overlays[index].kind == "text"


def _lower_thirds(of: SceneWords, fps: Fraction) -> list[OverlayItem]:
    """Return the lower thirds: each appears with its name, and leaves before the next one.

    The author of a quotation stays with it.
    """
    end_ms = of.window.end_ms
    longest_ms = end_ms if of.scene.attribution else MAX_LOWER_THIRD_MS
    first_ms = of.scene.transition.duration_ms if of.timed.start_frame else 0
    starts: list[tuple[int, int]] = []
    for index, overlay in enumerate(of.scene.overlays):
        if overlay.style == "lower_third":
            named_ms = spoken_ms(overlay.at, of.words) or 0
            starts.append((max(first_ms, min(named_ms, end_ms - LOWER_THIRD_MS)), index))
    starts.sort()
    ends = [*(start_ms for start_ms, _ in starts[1:]), end_ms]
    first = of.timed.start_frame
    return [
        OverlayItem(of.scene.id, index, start, first + frames_of(min(end, start_ms + longest_ms), fps), start)
        for (start_ms, index), end in zip(starts, ends, strict=False)
        for start in [first + frames_of(start_ms, fps)]
    ]


def _tables(of: SceneWords, fps: Fraction) -> list[OverlayItem]:
    """Return the tables whose rows are spoken, for the whole scene."""
    texts = [word.text for word in of.words]
    ends = offsets_of_words(texts)
    first, last = of.timed.start_frame, of.timed.start_frame + frames_of(of.window.end_ms, fps)
    items = []
    for index, overlay in enumerate(of.scene.overlays):
        offsets = row_offsets(overlay.text, letters("".join(texts))) if overlay.style == "table" else None
        if offsets and of.is_spoken:
            spoken = (of.words[bisect_right(ends, offset)].start_ms for offset in offsets)
            rows = tuple(first + frames_of(ms, fps) for ms in spoken)
            items.append(OverlayItem(of.scene.id, index, first, last, first, rows))
    return items


def _headlines(of: SceneWords, end: int, fps: Fraction) -> list[OverlayItem]:
    """Return the headlines that end when the first card appears, at frame ``end`` of a long scene."""
    if end < frames_of(MIN_HEADLINE_MS, fps) or of.window.end_ms <= LONG_HOOK_MS:
        return []
    first = of.timed.start_frame
    return [OverlayItem(of.scene.id, index, first, first + end, first) for index in _headline_indexes(of)]


def _headline_indexes(of: SceneWords) -> list[int]:
    overlays = enumerate(of.scene.overlays)
    return [index for index, overlay in overlays if overlay.style == "headline" and not overlay.at]


def _start_ms(overlay: Overlay, now_ms: int, of: SceneWords) -> int:
    """Return when the card appears: with the first of its amounts that is spoken, with time to read it and a headline.

    The first icon of a scene does not wait for a late word.
    """
    if overlay.kind == "emoji":
        first = next(other for other in of.scene.overlays if other.kind == "emoji")
        return min(now_ms, of.window.start_ms + MAX_EMPTY_MS) if overlay is first else now_ms
    headline_ms = MIN_HEADLINE_MS if _headline_indexes(of) and of.window.end_ms > LONG_HOOK_MS else 0
    first_ms = max(_first_ms(overlay, now_ms, of.words), of.window.start_ms + headline_ms)
    return max(of.window.start_ms, min(first_ms, of.window.end_ms - MIN_CARD_MS))


def _first_ms(overlay: Overlay, now_ms: int, words: Sequence[Word]) -> int:
    was_ms = spoken_ms(overlay.was, words) if overlay.was else None
    return now_ms if was_ms is None else min(now_ms, was_ms)


def spoken_ms(text: str, words: Sequence[Word]) -> int | None:
    """Return when the word in which ``text`` begins is spoken; ``None`` if the words do not contain ``text``."""
    wanted = "".join(text.casefold().split())
    parts = ["".join(word.text.casefold().split()) for word in words]
    offset = "".join(parts).find(wanted)
    if not wanted or offset < 0:
        return None
    end = 0
    for word, part in zip(words, parts, strict=True):
        end += len(part)
        if offset < end:
            return word.start_ms
    return None
