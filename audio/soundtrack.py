"""The sound of a film: its music bed, its mix, and its narration alone."""

from __future__ import annotations

from app.store.artifact_files import ArtifactFiles
from app.store.base import Storage
from audio import mixing, voice_track
from audio.music import bed as beds
from schemas.preset import SoundStyle
from schemas.scene_graph import GlobalAudio
from schemas.timeline import Timeline


def mix_sound(
    timeline: Timeline, source: beds.MusicSource | None, audio: GlobalAudio, style: SoundStyle, store: Storage
) -> mixing.Mix:
    """Return the mix of the timeline's spoken lines with a music bed from ``source``."""
    cuts_ms = [scene.start_ms for scene in timeline.scenes[1:]]
    bed_key = beds.make_bed(source, timeline.length_ms, cuts_ms, store) if source else None
    return mixing.mix(timeline, bed_key, style, store, target_lufs=audio.target_lufs)


def voiceover_files(to: ArtifactFiles, timeline: Timeline) -> list[str]:
    """Copy the narration alone to the artifacts and return their names; none for a film without narration."""
    key = voice_track.voiceover(timeline, to.store)
    return [to.copy(key, "voiceover.mp3")] if key else []
