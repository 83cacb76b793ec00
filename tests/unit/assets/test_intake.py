"""Files users gave: what goes in comes out, and nothing else is let in."""

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

WHERE = "there is no such file in the upload area"
NEITHER = "neither an asset id nor a file of the upload area"


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
    into = io.BytesIO()
    Image.new("RGB", size, colour).save(into, "JPEG")
    return into.getvalue()


def taken(data: bytes, name: str = "beach.jpg") -> Asset:
    return intake.ingest(io.BytesIO(data), name, "file")


def files_in(home: Path) -> list[str]:
    kept = [path for path in home.rglob("*") if path.is_file() and not path.name.startswith("pytoon.db")]
    return sorted(path.relative_to(home).as_posix() for path in kept)


def reason(reference: str, field: str = "media.0") -> str:
    with pytest.raises(BadRequest) as caught:
        resolve.resolve(reference, field)
    assert caught.value.field == field
    return str(caught.value.reason)


# -- in and out ------------------------------------------------------------------------------------------------------


def test_what_goes_in_comes_out(home: Path) -> None:
    data = jpeg()
    given = taken(data)
    assert factory.storage().local(given.key).read_bytes() == data
    assert given.sha256 == hashlib.sha256(data).hexdigest()
    assert (given.bytes, given.kind, given.content_type) == (len(data), "image", "image/jpeg")
    assert (given.width, given.height, given.name) == (40, 30, "beach.jpg")
    assert resolve.asset(given.id) == given


def test_an_id_is_not_to_be_guessed_and_fits_in_a_file_name(home: Path) -> None:
    assert ASSET_ID.fullmatch(taken(jpeg()).id)


def test_the_name_of_a_file_is_never_its_place(home: Path) -> None:
    given = taken(jpeg(), "../../etc/cron.d/evil.php")
    assert given.name == "evil.php"
    assert given.key == f"assets/{given.id[-2:]}/{given.id}.jpg"
    assert files_in(home) == [given.key]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\Users\\me\\cat.jpg", "cat.jpg"),
        ("a\0b\n\u202ec.jpg", "abc.jpg"),
        ("", ""),
        ("Grüße 東京.jpg", "Grüße 東京.jpg"),
        ("x" * 400, "x" * 255),
    ],
)
def test_a_name_is_kept_for_people_to_read(home: Path, name: str, shown: str) -> None:
    assert taken(jpeg(), name).name == shown


def test_the_same_bytes_are_another_asset_and_the_same_file(home: Path) -> None:
    first, second = taken(jpeg()), taken(jpeg(), "again.jpg")
    assert first.id != second.id
    places = [factory.storage().local(each.key) for each in (first, second)]
    assert places[0].samefile(places[1])


def test_forgetting_one_of_two_leaves_the_other(home: Path) -> None:
    first, second = taken(jpeg()), taken(jpeg())
    intake.delete_asset(first.id)
    with pytest.raises(NotFound):
        resolve.asset(first.id)
    assert factory.storage().local(second.key).read_bytes() == jpeg()
    assert files_in(home) == [second.key]


def test_forgetting_twice_is_no_error(home: Path) -> None:
    given = taken(jpeg())
    intake.delete_asset(given.id)
    intake.delete_asset(given.id)


def test_the_same_bytes_are_taken_in_again_when_their_file_was_lost(home: Path) -> None:
    factory.storage().delete([taken(jpeg()).key])
    assert factory.storage().local(taken(jpeg()).key).read_bytes() == jpeg()


def test_many_come_in_the_order_of_their_ids(home: Path) -> None:
    red, blue = taken(jpeg("red")), taken(jpeg("blue"))
    assert resolve.assets([blue.id, red.id, blue.id]) == (blue, red, blue)
    assert resolve.assets([]) == ()


def test_an_unknown_id_is_named(home: Path) -> None:
    given = taken(jpeg())
    with pytest.raises(NotFound, match="there is no asset ast_nope"):
        resolve.assets([given.id, "ast_nope"])


# -- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"#EXTM3U\nfile:///etc/passwd", jpeg()[:300], b"hello"])
def test_what_is_refused_leaves_nothing_behind(home: Path, data: bytes) -> None:
    with pytest.raises(BadMedia) as caught:
        taken(data)
    assert caught.value.field == "file"
    assert files_in(home) == []


class Endless(io.RawIOBase):
    """A sender who never stops; counts what was taken of him."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += size
        return bytes(size)


def test_a_sender_who_never_stops_is_cut_off_at_the_limit(home: Path) -> None:
    sender = Endless()
    with pytest.raises(TooLarge, match="file: larger than 1 MB"):
        intake.ingest(sender, "a.jpg", "file")  # type: ignore[arg-type]
    assert sender.given <= 3 << 20
    assert files_in(home) == []


def test_a_sender_who_goes_away_leaves_nothing_behind(home: Path) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        intake.ingest(Broken(), "a.jpg", "file")  # type: ignore[arg-type]
    assert files_in(home) == []


def test_a_full_disk_is_said_to_be_full(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTOON_MIN_FREE_MB", str(1 << 30))
    _forget_settings()
    with pytest.raises(StorageFull):
        taken(jpeg())
    assert files_in(home) == []


def test_a_database_that_is_away_leaves_no_file_behind(home: Path) -> None:
    with engine().begin() as connection:
        connection.exec_driver_sql("CREATE TRIGGER no BEFORE INSERT ON asset BEGIN SELECT RAISE(ABORT, 'away'); END")
    with pytest.raises(IntegrityError, match="away"):
        taken(jpeg())
    assert files_in(home) == []


def test_many_at_the_same_time_are_all_kept(home: Path) -> None:
    found: list[Asset] = []
    senders = [threading.Thread(target=lambda n=n: found.append(taken(jpeg(size=(20 + n % 3, 20))))) for n in range(9)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len({each.id for each in found}) == 9
    assert all(factory.storage().has(each.key) for each in found)


# -- by reference ----------------------------------------------------------------------------------------------------


def test_an_id_means_its_asset(home: Path) -> None:
    given = taken(jpeg())
    assert resolve.resolve(given.id, "media.0") == given


def test_an_id_of_nothing_is_a_mistake_in_its_field(home: Path) -> None:
    assert reason("ast_" + "a" * 26) == "there is no asset ast_" + "a" * 26


@pytest.mark.parametrize(
    "form", ["{name}", "{uploads}/{name}", "file://{uploads}/{name}", "file://localhost{uploads}/{name}"]
)
def test_a_file_of_the_upload_area_is_taken_in(home: Path, form: str) -> None:
    (home / "uploads" / "cat.jpg").write_bytes(jpeg())
    found = resolve.resolve(form.format(name="cat.jpg", uploads=home / "uploads"), "media.0")
    assert (found.name, found.kind) == ("cat.jpg", "image")


def test_a_uri_may_be_escaped(home: Path) -> None:
    (home / "uploads" / "my cat.jpg").write_bytes(jpeg())
    assert resolve.resolve(f"file://{home}/uploads/my%20cat.jpg", "media.0").name == "my cat.jpg"


def test_a_file_named_twice_is_one_asset(home: Path) -> None:
    (home / "uploads" / "cat.jpg").write_bytes(jpeg())
    assert resolve.resolve("cat.jpg", "media.0") == resolve.resolve("cat.jpg", "media.1")


def test_a_folder_the_operator_adds_is_part_of_the_area(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = tmp_path / "nas"
    added.mkdir()
    (added / "cat.jpg").write_bytes(jpeg())
    assert reason(str(added / "cat.jpg")) == WHERE
    monkeypatch.setenv("PYTOON_MEDIA_ROOTS", os.pathsep.join([str(tmp_path / "none"), str(added)]))
    _forget_settings()
    assert resolve.resolve(str(added / "cat.jpg"), "media.0").kind == "image"


@pytest.mark.parametrize("reference", ["http://example.com/a.jpg", "HTTPS://example.com/a.jpg"])
def test_the_web_is_not_fetched_from(home: Path, reference: str) -> None:
    assert reason(reference) == "fetching from the web is not enabled here; upload the file"


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
def test_other_ways_of_naming_a_file_are_refused(home: Path, tmp_path: Path, reference: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(jpeg())
    assert reason(reference) == NEITHER


def test_what_is_outside_is_refused_alike_whether_it_exists_or_not(home: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(jpeg())
    assert reason(str(tmp_path / "secret.jpg")) == reason(str(tmp_path / "nothing.jpg")) == WHERE
    assert reason(str(home / "pytoon.db")) == WHERE


def test_a_link_does_not_lead_out(home: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(jpeg())
    (home / "uploads" / "a.jpg").symlink_to(tmp_path / "secret.jpg")
    (home / "uploads" / "folder").symlink_to(tmp_path)
    assert reason("a.jpg") == WHERE
    assert reason("folder/secret.jpg") == WHERE


def test_a_link_that_stays_inside_is_followed(home: Path) -> None:
    (home / "uploads" / "a.jpg").write_bytes(jpeg())
    (home / "uploads" / "b.jpg").symlink_to(home / "uploads" / "a.jpg")
    assert resolve.resolve("b.jpg", "media.0").kind == "image"


def test_a_link_to_itself_is_refused(home: Path) -> None:
    (home / "uploads" / "a.jpg").symlink_to(home / "uploads" / "a.jpg")
    assert reason("a.jpg") == WHERE


def test_only_files_are_files(home: Path) -> None:
    (home / "uploads" / "folder").mkdir()
    os.mkfifo(home / "uploads" / "pipe.jpg")
    assert reason("folder") == "this is not a file"
    assert reason("pipe.jpg") == "this is not a file"


def test_a_file_of_the_area_passes_the_same_gate(home: Path) -> None:
    (home / "uploads" / "a.mp4").write_text("#EXTM3U\n")
    assert reason("a.mp4") == "the file is a playlist"


@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40) | st.text(alphabet="./\\~%2e:file-", max_size=30))
def test_no_text_leads_out_of_the_area(home: Path, reference: str) -> None:
    assert reason(reference)
