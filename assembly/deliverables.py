"""Artifacts made from a film's video, captions, scene graph and timeline; each function returns their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from app.planning.text.credits import credits_file, film_credits
from app.store.artifact_files import ArtifactFiles
from app.store.cache import get_or_make
from app.store.keys import ASSETS, run_key, take_name
from assembly.encode.film import JoinedFilm
from assembly.encode.segment_files import encode_segment
from assembly.encode.thumbnail import thumbnail, thumbnail_identity
from assembly.exchange import otio
from assembly.text import subtitles
from schemas.clip import Clip
from schemas.scene_graph import SceneGraph
from schemas.segment import Segment
from schemas.timeline import Timeline


def film_files(artifacts: ArtifactFiles, film: JoinedFilm, title: str, segments: Sequence[Segment]) -> list[str]:
    """Add the film and its thumbnail, which has the title on it."""

    def make(into: Path) -> None:
        thumbnail(title, segments, artifacts.store, into)

    thumbnail_key, _ = get_or_make(artifacts.store, "thumbnail", thumbnail_identity(film.identity, title), ".jpg", make)
    return [artifacts.copy(film.film, "output.mp4"), artifacts.copy(thumbnail_key, "thumbnail.jpg")]


def caption_files(artifacts: ArtifactFiles, timeline: Timeline) -> list[str]:
    """Add the subtitle files; none for a film without captions."""
    if not timeline.tracks.captions:
        return []
    return [
        artifacts.write_text("captions.srt", subtitles.srt(timeline)),
        artifacts.write_text("captions.vtt", subtitles.vtt(timeline)),
    ]


def scene_files(artifacts: ArtifactFiles, segments: Sequence[Segment], segment_keys: Sequence[str]) -> list[str]:
    """Add a file for each scene: the clip itself for an engine's video, otherwise the encoded segment."""
    names, claimed = [], artifacts.store.claim(segment_keys)
    for segment, segment_key in zip(segments, segment_keys, strict=True):
        clip = segment.incoming.clip
        is_engine_video = clip.key.endswith(".mp4") and not clip.key.startswith(ASSETS)
        # A segment's file deleted since the film was joined is encoded again.
        own_key = segment_key if segment_key in claimed else encode_segment(segment, artifacts.store)[0]
        names.append(artifacts.copy(clip.key if is_engine_video else own_key, f"scenes/scene_{segment.scene_id}.mp4"))
    return names


def take_files(artifacts: ArtifactFiles, takes: Sequence[Clip]) -> list[str]:
    """Add a file for each other take of a scene that is a video of an engine."""
    videos = [take for take in takes if take.key.endswith(".mp4")]
    return [artifacts.copy(take.key, take_name(take.scene_id, take.take)) for take in videos]


def credit_files(artifacts: ArtifactFiles, clips: Iterable[Clip]) -> list[str]:
    """Add the credits of the stock footage as text for the description of a post; none without such footage."""
    credits = film_credits(clips)
    return [artifacts.write_text("credits.txt", credits_file(credits))] if credits else []


def document_files(artifacts: ArtifactFiles, graph: SceneGraph, timeline: Timeline) -> list[str]:
    """Add the scene graph, the timeline, and an OpenTimelineIO file of both for editing programs."""
    names = [artifacts.copy(run_key(artifacts.run_id, name), name) for name in ("scene_graph.json", "timeline.json")]
    return [*names, artifacts.write_text("timeline.otio", otio.otio(graph, timeline))]
