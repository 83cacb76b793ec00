"""The sound of a film: its music, its mix, and its voice alone."""

from __future__ import annotations

from app.store.artifact_files import ArtifactFiles
from app.store.base import Storage
from audio import mixing, voice_track
from audio.music import bed as musics
from schemas.preset import SoundStyle
from schemas.scene_graph import GlobalAudio
from schemas.timeline import Timeline


def mix_sound(
    timeline: Timeline, source: musics.MusicSource | None, audio: GlobalAudio, style: SoundStyle, store: Storage
) -> mixing.Mix:
    """The whole sound of a film: the lines of the timeline over music from ``source``."""
    cuts_ms = [scene.start_ms for scene in timeline.scenes[1:]]
    bed = musics.bed(source, timeline.length_ms, cuts_ms, store) if source else None
    return mixing.mix(timeline, bed, style, store, target_lufs=audio.target_lufs)


def voiceover_files(to: ArtifactFiles, timeline: Timeline) -> list[str]:
    """The voice alone; none for a film in which nothing is spoken."""
    key = voice_track.voiceover(timeline, to.store)
    return [to.copy(key, "voiceover.mp3")] if key else []
