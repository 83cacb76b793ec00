"""The artifacts that are made from a film's pictures, captions and plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.store.artifact_files import ArtifactFiles
from app.store.cache import get_or_make
from app.store.keys import ASSETS, run_key
from assembly.encode.film import JoinedFilm
from assembly.encode.segment_files import encode_segment
from assembly.exchange import otio
from assembly.picture.thumbnail import thumbnail
from assembly.text import subtitles
from schemas.scene_graph import SceneGraph
from schemas.segment import Segment
from schemas.timeline import Timeline


def film_files(to: ArtifactFiles, film: JoinedFilm, timeline: Timeline) -> list[str]:
    """The film and its thumbnail."""

    def make(into: Path) -> None:
        thumbnail(to.store.local(film.film), timeline, into)

    thumbnail_key, _ = get_or_make(to.store, "thumbnail", film.identity, ".jpg", make)
    return [to.copy(film.film, "output.mp4"), to.copy(thumbnail_key, "thumbnail.jpg")]


def caption_files(to: ArtifactFiles, timeline: Timeline) -> list[str]:
    """Subtitle files; none for a film without captions."""
    if not timeline.tracks.captions:
        return []
    return [
        to.write_text("captions.srt", subtitles.srt(timeline)),
        to.write_text("captions.vtt", subtitles.vtt(timeline)),
    ]


def scene_files(to: ArtifactFiles, segments: Sequence[Segment], segment_keys: Sequence[str]) -> list[str]:
    """A file for each scene: of an engine's video the clip itself, of all others the encoded segment."""
    names, claimed = [], to.store.claim(segment_keys)
    for segment, segment_key in zip(segments, segment_keys, strict=True):
        clip = segment.incoming.clip
        is_engine_video = clip.kind == "video" and not clip.key.startswith(ASSETS)
        # A segment's file that was lost since the film was joined is encoded again.
        own_key = segment_key if segment_key in claimed else encode_segment(segment, to.store)[0]
        names.append(to.copy(clip.key if is_engine_video else own_key, f"scenes/scene_{segment.scene_id}.mp4"))
    return names


def document_files(to: ArtifactFiles, graph: SceneGraph, timeline: Timeline) -> list[str]:
    """The scene graph and the timeline, and both for editing programs."""
    names = [to.copy(run_key(to.run_id, name), name) for name in ("scene_graph.json", "timeline.json")]
    return [*names, to.write_text("timeline.otio", otio.otio(graph, timeline))]
