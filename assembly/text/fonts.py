"""The fonts of the house and no others: a folder and a fontconfig file naming it, so that every machine sets the
same text in the same letters."""

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
KINDS = (".ttf", ".otf", ".ttc")

CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{files}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Fonts:
    """``folder`` holds ``files/`` (links to the fonts), ``cache/`` and ``fonts.conf``.

    ``edition`` is the hash of which fonts they are, wherever they lie: equal editions set a text equally.
    """

    folder: Path
    edition: str

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def env(self) -> tuple[tuple[str, str], ...]:
        """What ffmpeg needs in its environment to see these fonts and nothing of the machine's."""
        return (("FONTCONFIG_FILE", str(self.folder / "fonts.conf")), ("FONTCONFIG_PATH", str(self.folder)))


def installed() -> tuple[Path, ...]:
    """Every font file of the font packages, sorted; raises ``Unconfigured`` when a package is missing."""
    found: list[Path] = []
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise Unconfigured("fonts", f"the package {package} is not installed")
        for place in spec.submodule_search_locations:
            found += [path for path in Path(place).rglob("*") if path.suffix.lower() in KINDS]
    return tuple(sorted(found, key=lambda path: path.name))


def fonts(home: Path | None = None) -> Fonts:
    """The fonts folder under ``home`` (this process's storage home), made when it is not there.

    Its name is the hash of what it lists, so an update of a font makes a new folder and running encoders keep theirs.
    """
    files = installed()
    folder = (home or settings().home).absolute() / "fonts" / _digest(files, str)
    ready = Fonts(folder, _digest(files, lambda path: path.name))
    if not (ready.folder / "fonts.conf").is_file():
        _make(ready.folder, files)
    return ready


def _digest(files: tuple[Path, ...], called: Callable[[Path], str]) -> str:
    lines = [f"{called(path)} {path.stat().st_size}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _make(folder: Path, files: tuple[Path, ...]) -> None:
    """Two workers may make it at once: one rename wins, and both folders would have been the same."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".fonts-", dir=folder.parent))
    try:
        (draft / "files").mkdir()
        (draft / "cache").mkdir()
        for path in files:
            (draft / "files" / path.name).symlink_to(path)
        text = CONFIG.format(files=escape(str(folder / "files")), cache=escape(str(folder / "cache")))
        (draft / "fonts.conf").write_text(text, encoding="utf-8")
        draft.chmod(0o755)
        _rename(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _rename(draft: Path, folder: Path) -> None:
    try:
        draft.rename(folder)
    except OSError:
        if not (folder / "fonts.conf").is_file():
            raise
