"""Intake of user files as assets, and references to files in the upload area."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy.exc import IntegrityError

from app.assets import intake, resolve
from app.core.config import settings
from app.core.errors import BadMedia, BadRequest, NotFound, StorageFull, TooLarge
from app.database.session import engine, migrate
from app.store import factory
from schemas.asset import ASSET_ID, Asset

NOT_IN_UPLOADS = "there is no such file in the upload area"
NOT_A_REFERENCE = "neither an asset id nor a file in the upload area"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PYTOON_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTOON_MAX_UPLOAD_MB", "1")
    _forget_settings()
    migrate()
    (tmp_path / "home" / "uploads").mkdir()
    yield tmp_path / "home"
    monkeypatch.undo()
    _forget_settings()


def _forget_settings() -> None:
    settings.cache_clear()
    factory.storage.cache_clear()


def jpeg(colour: str = "teal", size: tuple[int, int] = (40, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG")
    return buffer.getvalue()


def ingested(data: bytes, name: str = "beach.jpg") -> Asset:
    return intake.store_upload(io.BytesIO(data), name, "file")


def files_in(home: Path) -> list[str]:
    """The files below the home by relative path, without the database."""
    paths = [path for path in home.rglob("*") if path.is_file() and not path.name.startswith("pytoon.db")]
    return sorted(path.relative_to(home).as_posix() for path in paths)


def refusal(reference: str, field: str = "media.0") -> str:
    """The reason for which a reference is refused."""
    with pytest.raises(BadRequest) as caught:
        resolve.resolve(reference, field)
    assert caught.value.field == field
    return str(caught.value.reason)


# -- accepted --------------------------------------------------------------------------------------------------------


def test_ingested_file_is_stored_unchanged_and_described(home: Path) -> None:
    data = jpeg()
    asset = ingested(data)
    assert factory.storage().local(asset.key).read_bytes() == data
    assert asset.sha256 == hashlib.sha256(data).hexdigest()
    assert (asset.bytes, asset.kind, asset.content_type) == (len(data), "image", "image/jpeg")
    assert (asset.width, asset.height, asset.name) == (40, 30, "beach.jpg")
    assert resolve.get_asset(asset.id) == asset


def test_asset_id_has_its_documented_format(home: Path) -> None:
    assert ASSET_ID.fullmatch(ingested(jpeg()).id)


def test_file_name_does_not_determine_the_storage_key(home: Path) -> None:
    asset = ingested(jpeg(), "../../etc/cron.d/evil.php")
    assert asset.name == "evil.php"
    assert asset.key == f"assets/{asset.id[-2:]}/{asset.id}.jpg"
    assert files_in(home) == [asset.key]


@pytest.mark.parametrize(
    ("name", "displayed"),
    [
        ("C:\\Users\\me\\cat.jpg", "cat.jpg"),
        ("a\0b\n\u202ec.jpg", "abc.jpg"),
        ("", ""),
        ("Grüße 東京.jpg", "Grüße 東京.jpg"),
        ("x" * 400, "x" * 255),
    ],
)
def test_display_name_has_no_directories_and_no_unprintable_characters(home: Path, name: str, displayed: str) -> None:
    assert ingested(jpeg(), name).name == displayed


def test_same_content_gives_a_new_asset_and_one_stored_file(home: Path) -> None:
    first, second = ingested(jpeg()), ingested(jpeg(), "again.jpg")
    assert first.id != second.id
    paths = [factory.storage().local(asset.key) for asset in (first, second)]
    assert paths[0].samefile(paths[1])


def test_deleting_an_asset_keeps_another_asset_with_the_same_content(home: Path) -> None:
    first, second = ingested(jpeg()), ingested(jpeg())
    intake.delete_asset(first.id)
    with pytest.raises(NotFound):
        resolve.get_asset(first.id)
    assert factory.storage().local(second.key).read_bytes() == jpeg()
    assert files_in(home) == [second.key]


def test_deleting_an_asset_twice_is_no_error(home: Path) -> None:
    asset = ingested(jpeg())
    intake.delete_asset(asset.id)
    intake.delete_asset(asset.id)


def test_content_is_stored_again_when_its_file_is_missing(home: Path) -> None:
    factory.storage().delete([ingested(jpeg()).key])
    assert factory.storage().local(ingested(jpeg()).key).read_bytes() == jpeg()


def test_assets_are_returned_in_the_order_of_the_ids(home: Path) -> None:
    red, blue = ingested(jpeg("red")), ingested(jpeg("blue"))
    assert resolve.get_assets([blue.id, red.id, blue.id]) == (blue, red, blue)
    assert resolve.get_assets([]) == ()


def test_unknown_asset_id_is_named_in_the_error(home: Path) -> None:
    asset = ingested(jpeg())
    with pytest.raises(NotFound, match="there is no asset ast_nope"):
        resolve.get_assets([asset.id, "ast_nope"])


# -- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"#EXTM3U\nfile:///etc/passwd", jpeg()[:300], b"hello"])
def test_refused_file_is_not_stored(home: Path, data: bytes) -> None:
    with pytest.raises(BadMedia) as caught:
        ingested(data)
    assert caught.value.field == "file"
    assert files_in(home) == []


class EndlessStream(io.RawIOBase):
    """An endless stream that counts the bytes that are read from it."""

    def __init__(self) -> None:
        self.bytes_read = 0

    def read(self, size: int = -1) -> bytes:
        self.bytes_read += size
        return bytes(size)


def test_reading_an_endless_stream_stops_at_the_size_limit(home: Path) -> None:
    stream = EndlessStream()
    with pytest.raises(TooLarge, match="file: larger than 1 MB"):
        intake.store_upload(stream, "a.jpg", "file")  # type: ignore[arg-type]
    assert stream.bytes_read <= 3 << 20
    assert files_in(home) == []


def test_interrupted_upload_is_not_stored(home: Path) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        intake.store_upload(Broken(), "a.jpg", "file")  # type: ignore[arg-type]
    assert files_in(home) == []


def test_full_disk_raises_storage_full(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTOON_MIN_FREE_MB", str(1 << 30))
    _forget_settings()
    with pytest.raises(StorageFull):
        ingested(jpeg())
    assert files_in(home) == []


def test_failed_insert_leaves_no_file(home: Path) -> None:
    with engine().begin() as connection:
        connection.exec_driver_sql("CREATE TRIGGER no BEFORE INSERT ON asset BEGIN SELECT RAISE(ABORT, 'away'); END")
    with pytest.raises(IntegrityError, match="away"):
        ingested(jpeg())
    assert files_in(home) == []


def test_concurrent_uploads_are_all_stored(home: Path) -> None:
    stored: list[Asset] = []
    uploads = [
        threading.Thread(target=lambda n=n: stored.append(ingested(jpeg(size=(20 + n % 3, 20))))) for n in range(9)
    ]
    for upload in uploads:
        upload.start()
    for upload in uploads:
        upload.join()
    assert len({asset.id for asset in stored}) == 9
    assert all(factory.storage().has(asset.key) for asset in stored)


# -- by reference ----------------------------------------------------------------------------------------------------


def test_asset_id_resolves_to_its_asset(home: Path) -> None:
    asset = ingested(jpeg())
    assert resolve.resolve(asset.id, "media.0") == asset


def test_unknown_asset_id_is_refused_with_its_field(home: Path) -> None:
    assert refusal("ast_" + "a" * 26) == "there is no asset ast_" + "a" * 26


@pytest.mark.parametrize(
    "form", ["{name}", "{uploads}/{name}", "file://{uploads}/{name}", "file://localhost{uploads}/{name}"]
)
def test_file_in_the_upload_area_becomes_an_asset(home: Path, form: str) -> None:
    (home / "uploads" / "cat.jpg").write_bytes(jpeg())
    asset = resolve.resolve(form.format(name="cat.jpg", uploads=home / "uploads"), "media.0")
    assert (asset.name, asset.kind) == ("cat.jpg", "image")


def test_file_uri_is_percent_decoded(home: Path) -> None:
    (home / "uploads" / "my cat.jpg").write_bytes(jpeg())
    assert resolve.resolve(f"file://{home}/uploads/my%20cat.jpg", "media.0").name == "my cat.jpg"


def test_file_that_is_named_twice_is_one_asset(home: Path) -> None:
    (home / "uploads" / "cat.jpg").write_bytes(jpeg())
    assert resolve.resolve("cat.jpg", "media.0") == resolve.resolve("cat.jpg", "media.1")


def test_file_under_another_name_is_an_asset_with_that_name(home: Path) -> None:
    for name in ("IMG_1.jpg", "cat.jpg"):
        (home / "uploads" / name).write_bytes(jpeg())
    names = [resolve.resolve(name, "media.0").name for name in ("IMG_1.jpg", "cat.jpg", "IMG_1.jpg")]
    assert names == ["IMG_1.jpg", "cat.jpg", "IMG_1.jpg"]


def test_media_root_of_the_operator_is_part_of_the_upload_area(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_root = tmp_path / "nas"
    media_root.mkdir()
    (media_root / "cat.jpg").write_bytes(jpeg())
    assert refusal(str(media_root / "cat.jpg")) == NOT_IN_UPLOADS
    monkeypatch.setenv("PYTOON_MEDIA_ROOTS", os.pathsep.join([str(tmp_path / "none"), str(media_root)]))
    _forget_settings()
    assert resolve.resolve(str(media_root / "cat.jpg"), "media.0").kind == "image"


@pytest.mark.parametrize("reference", ["http://example.com/a.jpg", "HTTPS://example.com/a.jpg"])
def test_web_address_is_refused(home: Path, reference: str) -> None:
    assert refusal(reference) == "files are not fetched from the web; upload the file"


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.jpg",
        "a/../../secret.jpg",
        "file:///uploads/../../etc/passwd",
        "file://%2e%2e/x",
        "file://fileserver/share/a.jpg",
        "ftp://example.com/a.jpg",
        "concat:a.jpg|b.jpg",
        "data:image/png;base64,AAAA",
        "a\0.jpg",
        "",
        "file://",
    ],
)
def test_other_kinds_of_references_are_refused(home: Path, tmp_path: Path, reference: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(jpeg())
    assert refusal(reference) == NOT_A_REFERENCE


def test_refusal_of_a_path_outside_does_not_tell_whether_it_exists(home: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(jpeg())
    assert refusal(str(tmp_path / "secret.jpg")) == refusal(str(tmp_path / "nothing.jpg")) == NOT_IN_UPLOADS
    assert refusal(str(home / "pytoon.db")) == NOT_IN_UPLOADS


def test_symbolic_link_out_of_the_upload_area_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(jpeg())
    (home / "uploads" / "a.jpg").symlink_to(tmp_path / "secret.jpg")
    (home / "uploads" / "folder").symlink_to(tmp_path)
    assert refusal("a.jpg") == NOT_IN_UPLOADS
    assert refusal("folder/secret.jpg") == NOT_IN_UPLOADS


def test_symbolic_link_within_the_upload_area_is_followed(home: Path) -> None:
    (home / "uploads" / "a.jpg").write_bytes(jpeg())
    (home / "uploads" / "b.jpg").symlink_to(home / "uploads" / "a.jpg")
    assert resolve.resolve("b.jpg", "media.0").kind == "image"


def test_symbolic_link_to_itself_is_refused(home: Path) -> None:
    (home / "uploads" / "a.jpg").symlink_to(home / "uploads" / "a.jpg")
    assert refusal("a.jpg") == NOT_IN_UPLOADS


def test_directory_and_pipe_are_refused(home: Path) -> None:
    (home / "uploads" / "folder").mkdir()
    os.mkfifo(home / "uploads" / "pipe.jpg")
    assert refusal("folder") == "not a regular file"
    assert refusal("pipe.jpg") == "not a regular file"


def test_file_in_the_upload_area_is_inspected(home: Path) -> None:
    (home / "uploads" / "a.mp4").write_text("#EXTM3U\n")
    assert refusal("a.mp4") == "the file is a playlist"


@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40) | st.text(alphabet="./\\~%2e:file-", max_size=30))
def test_no_text_refers_to_a_file_outside_the_upload_area(home: Path, reference: str) -> None:
    assert refusal(reference)
