"""The media of a command: the files that a directory means, their upload, and what cannot be used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from app.cli.file_checks import check_files, max_file_bytes, too_large, type_of_file
from app.client import Client, Report
from app.core.errors import BadRequest, NotFound, Omitted, Refused
from app.media.probe.unsupported import UnsupportedFile
from schemas.job import MAX_MEDIA
from schemas.omissions import Omission, joined_omissions

NO_PICTURE = "it is sound; give it by --music, or as a clip with a picture"
# A warning names at most this many hidden files.
NAMED_HIDDEN = 5
# The answers with which a server refuses one file and could accept another.
REFUSES_FILE = (413, 422)


@dataclass(frozen=True, slots=True)
class MediaFiles:
    """The ``paths`` of media in order; those ``from_directories`` may turn out to be unusable.

    ``omissions`` are the files of directories that are not used, ``hidden`` the names of hidden files.
    """

    paths: tuple[Path, ...] = ()
    from_directories: frozenset[Path] = frozenset()
    omissions: tuple[Omission, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What to say about hidden files; "" if there are none."""
        if not self.hidden:
            return ""
        more = ", …" if len(self.hidden) > NAMED_HIDDEN else ""
        return f"hidden files are not used ({len(self.hidden)}): {', '.join(self.hidden[:NAMED_HIDDEN])}{more}"


def media_files(names: Sequence[str]) -> MediaFiles:
    """Return the files in the given order; a directory stands for the media in it, sorted by name and number.

    Raises ``NotFound``, and ``BadRequest`` for a directory without media or for more files than a film may have.
    """
    paths: list[Path] = []
    parts = []
    for name in names:
        path = Path(name).expanduser()
        if path.is_dir():
            parts.append(_files_of_directory(path))
            paths += parts[-1].paths
        elif path.is_file():
            paths.append(path)
        else:
            raise NotFound("file", name)
    if len(paths) > MAX_MEDIA:
        raise BadRequest("--media", f"there are {len(paths)} files, and a film has at most {MAX_MEDIA}")
    return MediaFiles(
        tuple(paths),
        frozenset(path for part in parts for path in part.paths),
        tuple(omission for part in parts for omission in part.omissions),
        tuple(name for part in parts for name in part.hidden),
    )


def _files_of_directory(directory: Path) -> MediaFiles:
    entries = sorted(directory.iterdir(), key=_name_and_numbers)
    hidden = tuple(entry.name for entry in entries if entry.name.startswith("."))
    visible = [entry for entry in entries if not entry.name.startswith(".")]
    reasons = {entry: _reason_not_used(entry) for entry in visible}
    paths = tuple(entry for entry, reason in reasons.items() if not reason)
    omissions = tuple(Omission(entry.name, reason) for entry, reason in reasons.items() if reason)
    found = MediaFiles(paths, frozenset(paths), omissions, hidden)
    if not paths:
        why = "; ".join([*(f"{omission.what}: {omission.why}" for omission in omissions), *filter(None, [found.note])])
        raise BadRequest("--media", f"there are no pictures or clips in {directory}" + (f" ({why})" if why else ""))
    return found


def _reason_not_used(entry: Path) -> str:
    """Return why an entry of a directory is no medium by its first bytes; "" if it may be one."""
    if entry.is_dir():
        return "it is a directory; name it too to use the files in it"
    if entry.is_symlink() and not entry.exists():
        return "it is a link to a file that does not exist"
    if not entry.is_file():
        return "it is not a regular file"
    try:
        file_type = type_of_file(entry)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return f"it {file_type.description}" if isinstance(file_type, UnsupportedFile) else ""


def _name_and_numbers(path: Path) -> list[tuple[int, str]]:
    """Return a key that sorts "2.jpg" before "10.jpg"."""
    parts = re.findall(r"\d+|\D+", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def check_media(client: Client, files: MediaFiles, others: Iterable[Path] = (), *, strict: bool = False) -> MediaFiles:
    """Check all files of a command before the first upload; return ``files`` without those that cannot be used.

    A file of a directory that the server would refuse is left out. Raises ``Omitted`` instead if ``strict``, and the
    error of a file that the user has named, also of the ``others``.
    """
    named = [path for path in files.paths if path not in files.from_directories]
    max_bytes = max_file_bytes(client) if files.paths or others else None
    check_files([*named, *others], max_bytes)
    refused = {path: error for path in files.from_directories if (error := too_large(path, max_bytes))}
    reasons = [(path.name, f"it is larger than {refused[path].limit}") for path in files.paths if path in refused]
    omissions = [*files.omissions, *(Omission(name, reason) for name, reason in reasons)]
    _check_strict(omissions, strict)
    checked = replace(
        files, paths=tuple(path for path in files.paths if path not in refused), omissions=tuple(omissions)
    )
    if files.paths and not checked.paths:
        raise _nothing_left(omissions)
    return checked


def upload_media(
    client: Client, console: Console, files: MediaFiles, *, strict: bool = False
) -> tuple[list[str], tuple[Omission, ...]]:
    """Upload files; return their asset ids in the same order, and what of the directories is not used. Print the note.

    A file of a directory that the server refuses is left out. Raises ``Omitted`` instead if ``strict``, and ``Refused``
    for a file that the user has named, or if no file is left.
    """
    if files.note:
        console.print(files.note, markup=False, soft_wrap=True)
    ids: list[str] = []
    omissions = list(files.omissions)
    for number, path in enumerate(files.paths, 1):
        label = f"uploading {path.name} ({number} of {len(files.paths)})"
        try:
            asset = upload_file(client, console, path, label)
            reason = NO_PICTURE if asset.get("kind") == "audio" else ""
        except Refused as error:
            if path not in files.from_directories or error.http_status not in REFUSES_FILE:
                raise
            asset, reason = {}, _reason(error)
        if reason and path in files.from_directories:
            omissions.append(Omission(path.name, reason))
            _check_strict(omissions, strict)
        else:
            ids.append(asset["asset_id"])
    if files.paths and not ids:
        raise _nothing_left(omissions)
    return ids, tuple(omissions)


def _nothing_left(omissions: Iterable[Omission]) -> BadRequest:
    return BadRequest("--media", "; ".join(f"{omission.what}: {omission.why}" for omission in omissions))


def _check_strict(omissions: Iterable[Omission], strict: bool) -> None:
    if strict and (warnings := [omission.warning for omission in omissions]):
        raise Omitted(joined_omissions(warnings))


def _reason(error: Refused) -> str:
    """Return the reason in the message of a server without the name of the field."""
    return str(error.message).partition(": ")[2] or str(error.message)


def upload_file(client: Client, console: Console, path: Path, label: str = "") -> dict[str, str]:
    """Upload a file and return its asset; raises ``Refused`` with the name of the file."""
    shown = escape(label or f"uploading {path.name}")
    try:
        with console.status(shown) as status:
            return client.upload(path, in_percent(partial(_show_share, status, shown)))
    except Refused as error:
        raise Refused(error.http_status, f"{path.name}: {_reason(error)}", error.what_now) from error


def _show_share(status: Status, label: str, share: int) -> None:
    status.update(f"{label} {share}%")


def in_percent(show: Callable[[int], None]) -> Report:
    """Return a progress callback that calls ``show`` once for each whole percent sent."""
    shown = -1

    def report(sent: int, total: int) -> None:
        nonlocal shown
        share = 100 * sent // total
        if share > shown:
            shown = share
            show(share)

    return report
