"""The limits for uploads are those of the settings."""

from __future__ import annotations

import pytest

from app.api.factory import create_app
from app.core.config import settings
from schemas.job import MAX_MEDIA


def test_limits_are_those_with_which_uploads_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"UPLOAD_MB": "3", "REQUEST_MB": "5", "PIXELS": "7000000", "MEDIA_SECONDS": "11"}
    for name, value in names.items():
        monkeypatch.setenv(f"PYTOON_MAX_{name}", value)
    settings.cache_clear()
    try:
        limits = create_app().test_client().get("/api/v1/assets/limits").get_json()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert limits == {
        "max_files": MAX_MEDIA,
        "max_file_bytes": 3 << 20,
        "max_request_bytes": 5 << 20,
        "max_pixels": 7_000_000,
        "max_duration_ms": 11_000,
    }
