"""The bundled fonts: a folder and a fontconfig file that names only this folder.

Every machine therefore renders the same text with the same fonts.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

from app.core.config import settings
from app.core.errors import Unconfigured

PACKAGES = (
    "fontpkg_poppins",
    "fontpkg_anton",
    "fontpkg_archivo_black",
    "fontpkg_bebas_neue",
    "fontpkg_dm_serif_display",
    "fontpkg_permanent_marker",
    "manimgx_fonts",
    "noto_cjk_sans_otc",
)
SUFFIXES = (".ttf", ".otf", ".ttc")

CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{files}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Fonts:
    """``folder`` contains ``files/`` (links to the fonts), ``cache/`` and ``fonts.conf``.

    ``fingerprint`` hashes the names and sizes of the fonts, not their paths: equal fingerprints render text equally.
    """

    folder: Path
    fingerprint: str

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def env(self) -> tuple[tuple[str, str], ...]:
        """Environment variables with which ffmpeg uses these fonts and none of the machine's."""
        return (("FONTCONFIG_FILE", str(self.folder / "fonts.conf")), ("FONTCONFIG_PATH", str(self.folder)))


def installed_fonts() -> tuple[Path, ...]:
    """Return every font file of the font packages, sorted by name.

    Raises ``Unconfigured`` when a package is missing.
    """
    paths: list[Path] = []
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise Unconfigured("fonts", f"the package {package} is not installed")
        for folder in spec.submodule_search_locations:
            paths += [path for path in Path(folder).rglob("*") if path.suffix.lower() in SUFFIXES]
    return tuple(sorted(paths, key=lambda path: path.name))


def fonts(home: Path | None = None) -> Fonts:
    """Return the fonts folder under ``home`` (default: this process's storage home), created when it is missing.

    Its name is a hash of the files it lists, so an updated font creates a new folder and running encoders keep theirs.
    """
    files = installed_fonts()
    folder = (home or settings().home).absolute() / "fonts" / _digest(files, str)
    if not (folder / "fonts.conf").is_file():
        _create(folder, files)
    return Fonts(folder, _digest(files, lambda path: path.name))


def _digest(files: tuple[Path, ...], label: Callable[[Path], str]) -> str:
    lines = [f"{label(path)} {path.stat().st_size}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _create(folder: Path, files: tuple[Path, ...]) -> None:
    """Create the folder; when two workers create it at once, one rename succeeds and both contents are equal."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".fonts-", dir=folder.parent))
    try:
        (draft / "files").mkdir()
        (draft / "cache").mkdir()
        for path in files:
            (draft / "files" / path.name).symlink_to(path)
        text = CONFIG.format(files=escape(str(folder / "files")), cache=escape(str(folder / "cache")))
        (draft / "fonts.conf").write_text(text, encoding="utf-8")
        draft.chmod(0o777 & ~settings().mask)
        _rename(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _rename(draft: Path, folder: Path) -> None:
    try:
        draft.rename(folder)
    except OSError:
        if not (folder / "fonts.conf").is_file():
            raise
