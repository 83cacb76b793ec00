"""Opening of media files: no code follows references to other files."""

import ast
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.error import FFmpegError

from app.core.errors import BadMedia, PytoonError
from app.media import loudness
from app.media.av_open import av_input, open_av
from app.media.ffmpeg import Command, command, read_output, run
from app.media.probe.inspection import Limits, inspect
from app.store.backends.folder import Folder
from assembly.encode.join import join
from assembly.picture import direct_decode, footage
from assembly.picture.normalise import Frame, StartOffset
from assembly.picture.source import Source, probe_source
from assembly.report import detectors
from audio.music import tracks
from engines.footage import probe_footage
from engines.hosted.order_pictures import OrderFrame, last_frame
from engines.hosted.returned_clips import check_returned_clip
from schemas.order import ClipOrder
from schemas.segment import ClipRange
from tests.media import material

FRAME = Frame(64, 48, Fraction(25))
CLIP_RANGE = ClipRange(material.video("x"), 0, 2, 2)
ORDER = ClipOrder("model", seconds=1, aspect="4:3", width=64, height=48)
LIMITS = Limits(max_bytes=8 << 20, max_pixels=4_000_000, max_ms=60_000)


def decode_with_open_av(path: Path) -> None:
    with open_av(path) as container:
        if next(container.decode(container.streams[0]), None) is None:
            raise EOFError("no frame")


def decode_directly(path: Path) -> None:
    with direct_decode.open_pictures(path, FRAME, Fraction(0), StartOffset(Fraction(0), Fraction(1))) as read:
        if read() is None:
            raise EOFError("no frame")


def read_with_ffmpeg(path: Path) -> None:
    with read_output(footage.read_command(path, Source(64, 48), CLIP_RANGE, FRAME)) as out:
        pixels = out.read()
    assert len(pixels) == 2 * 64 * 48 * 3 // 2


def open_as_footage(path: Path) -> None:
    with footage.open_footage(path, CLIP_RANGE, FRAME) as read:
        assert not read.ended


OPENERS: dict[str, Callable[[Path], object]] = {
    "open_av": decode_with_open_av,
    "av_input": lambda path: run(command("read", *av_input(path), "-f", "null", "-")),
    "inspect": lambda path: inspect(path, "media", LIMITS),
    "engines.footage.probe_footage": lambda path: probe_footage(path, 0),
    "engines.hosted.returned_clips.check_returned_clip": lambda path: check_returned_clip(path, ORDER, "acme"),
    "engines.hosted.order_pictures.last_frame": lambda path: last_frame(
        path, "x", OrderFrame(64, 48), Folder(path.parent)
    ),
    "assembly.picture.source.probe_source": probe_source,
    "assembly.picture.direct_decode.open_pictures": decode_directly,
    "assembly.picture.footage.read_command": read_with_ffmpeg,
    "assembly.picture.footage.open_footage": open_as_footage,
    "assembly.report.detectors.detect_stretches": lambda path: detectors.detect_stretches(path, 1000, sound=True),
    "assembly.encode.join": lambda path: join([(path, 25)], Fraction(25), path.with_name("joined.mp4"), path),
    "audio.music.tracks.decode_track": lambda path: tracks.decode_track(path, 1),
    "loudness.measure": loudness.measure,
}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A video with sound whose packets precede its index."""
    path = tmp_path / "target.mov"
    inputs = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1")
    run(command("make a video", *inputs, "-pix_fmt", "yuv420p", "-c:a", "aac", path))
    run(command("make a stream", "-i", path, "-c", "copy", tmp_path / "target.ts"))
    return path


# -- files that refer to others --------------------------------------------------------------------------------------


def make_playlist(target: Path) -> Path:
    path = target.with_name("list.m3u8")
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ntarget.ts\n#EXT-X-ENDLIST\n")
    return path


def make_concat_list(target: Path) -> Path:
    path = target.with_name("list.mp4")
    path.write_text("ffconcat version 1.0\nfile target.mov\n")
    return path


def make_reference_movie(target: Path) -> Path:
    """Write a movie without packets; its data reference names ``target``."""
    data = target.read_bytes()
    path = target.with_name("reference.mov")
    index = data.index(b"moov") - 4
    path.write_bytes(data[: data.index(b"mdat") - 4] + _replace_data_references(data[index:], target.name))
    return path


def _replace_data_references(boxes: bytes, name: str) -> bytes:
    """Return the boxes with every data reference replaced by one to the file ``name`` in the same folder."""
    result = b""
    while boxes:
        size, kind = struct.unpack(">I4s", boxes[:8])
        inside, boxes = boxes[8:size], boxes[size:]
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
            inside = _replace_data_references(inside, name)
        if kind == b"dref":
            alias = bytes(130) + struct.pack(">HH", 1, 1) + bytes(16)
            alias += struct.pack(">HH", 2, len(name)) + name.encode() + bytes(len(name) % 2) + struct.pack(">hH", -1, 0)
            inside = struct.pack(">IIIII", 0, 1, len(alias) + 12, 0x616C6973, 0)[:20] + alias
        result += struct.pack(">I4s", len(inside) + 8, kind) + inside
    return result


FILES_WITH_REFERENCES = {
    make_playlist: {},
    make_concat_list: {},
    make_reference_movie: {"enable_drefs": "1"},
}


@pytest.mark.parametrize("make_file", FILES_WITH_REFERENCES)
def test_plain_av_open_follows_the_reference(target: Path, make_file: Callable[[Path], Path]) -> None:
    with av.open(str(make_file(target)), options=FILES_WITH_REFERENCES[make_file]) as container:
        assert next(container.decode(video=0)).width == 64


@pytest.mark.parametrize("make_file", FILES_WITH_REFERENCES)
@pytest.mark.parametrize("opener", OPENERS)
def test_opener_does_not_follow_a_reference(target: Path, make_file: Callable[[Path], Path], opener: str) -> None:
    with pytest.raises((PytoonError, FFmpegError, EOFError)):
        OPENERS[opener](make_file(target))


@pytest.mark.parametrize("opener", OPENERS)
def test_opener_opens_a_video(target: Path, opener: str) -> None:
    OPENERS[opener](target)


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["concat:target.ts", "subfile,,start,0,end,0,,:target.ts", "-i.mov", "a%03d.mov"])
@pytest.mark.parametrize("opener", ["open_av", "av_input", "loudness.measure"])
def test_file_name_is_not_read_as_a_protocol_or_a_pattern(
    target: Path, name: str, opener: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(target.parent)
    with pytest.raises((PytoonError, FFmpegError, OSError)):
        OPENERS[opener](Path(name))
    Path(name).write_bytes(target.with_suffix(Path(name).suffix).read_bytes())
    OPENERS[opener](Path(name))


# -- use in the project ----------------------------------------------------------------------------------------------


def _calls(source: str, name: str) -> list[ast.Call]:
    return [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and ast.unparse(node.func) == name
    ]


def test_only_av_open_opens_media_files_for_reading() -> None:
    root = Path(__file__).parents[2]
    modules = {
        str(path.relative_to(root))
        for folder in ("app", "tasks", "engines", "audio", "assembly")
        for path in (root / folder).rglob("*.py")
        for call in _calls(path.read_text(), "av.open")
        if '"w"' not in [ast.unparse(argument).replace("'", '"') for argument in call.args]
    }
    assert modules == {"app/media/av_open.py"}


# -- length ----------------------------------------------------------------------------------------------------------


def test_measured_length_has_priority_over_the_stated_length(target: Path) -> None:
    assert probe_footage(target, 0).length_ms == 1000
    assert probe_footage(target, 0, measured_ms=800).length_ms == 800
    with pytest.raises(BadMedia, match="ends at 800 ms"):
        probe_footage(target, 900, measured_ms=800)


def test_inspection_and_engine_agree_on_the_length(target: Path) -> None:
    assert inspect(target, "media", LIMITS).length_ms == probe_footage(target, 0).length_ms


def test_limits_precede_the_input_file_in_a_command(target: Path) -> None:
    for reading in (loudness.measure_command(target), tracks.decode_command(target, target.with_suffix(".wav"), 1)):
        assert isinstance(reading, Command)
        index = reading.args.index("-i")
        assert reading.args[index - 6 : index + 2] == av_input(target)
        assert av_input(target)[-4:-1] == ("-f", "mov", "-i")
