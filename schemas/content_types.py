"""Content types by file suffix, for uploaded files and for artifacts of a job."""

from __future__ import annotations

CONTENT_TYPES = {
    # images
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".tiff": "image/tiff",
    ".heic": "image/heic",
    ".jxl": "image/jxl",
    ".jp2": "image/jp2",
    ".ico": "image/vnd.microsoft.icon",
    ".ppm": "image/x-portable-anymap",
    ".psd": "image/vnd.adobe.photoshop",
    ".raw": "image/x-dcraw",
    # videos
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".ts": "video/mp2t",
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
    ".ogv": "video/ogg",
    ".avi": "video/x-msvideo",
    ".mpg": "video/mpeg",
    ".wmv": "video/x-ms-wmv",
    ".flv": "video/x-flv",
    ".mxf": "application/mxf",
    # sound
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".aac": "audio/aac",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".m4a": "audio/mp4",
    ".mka": "audio/x-matroska",
    ".aiff": "audio/aiff",
    ".caf": "audio/x-caf",
    ".amr": "audio/amr",
    ".wma": "audio/x-ms-wma",
    # text and data
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".txt": "text/plain",
    ".json": "application/json",
    ".otio": "application/json",
}
# Of files with a video suffix that have no video stream.
SOUND_ONLY_TYPES = {
    ".ts": "audio/mp2t",
    ".webm": "audio/webm",
    ".avi": "audio/x-msvideo",
    ".mpg": "audio/mpeg",
    ".flv": "audio/x-flv",
}


def content_type(suffix: str, *, sound_only: bool = False) -> str:
    """Return the content type for ``suffix`` (".mp4"); raises ``KeyError`` for an unknown suffix."""
    return SOUND_ONLY_TYPES.get(suffix, CONTENT_TYPES[suffix]) if sound_only else CONTENT_TYPES[suffix]
