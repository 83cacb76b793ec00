"""JPEG XL images: shown with their colours, orientation and transparency, and refused by their size before decoding."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from app.core.errors import BadMedia
from app.media.ffmpeg import command, run
from app.media.images.jxl import Head, read_head
from app.media.probe.facts import Limits
from app.media.probe.inspection import inspect
from app.media.probe.sandbox import Budget, look
from engines.stills.pictures import Picture, open_picture
from schemas.content_types import content_type

LIMITS = Limits(max_bytes=64 << 20, max_pixels=4_000_000, max_ms=60_000)
RED, BLUE = (250, 10, 10), (10, 10, 250)
BUDGET = Budget(cpu_s=10, wall_s=60, mb=512)


def picture(mode: str = "RGB") -> Image.Image:
    """A picture of 96 × 50 pixels whose left third is red and whose rest is blue."""
    image = Image.new("RGB", (96, 50), BLUE)
    image.paste(RED, (0, 0, 32, 50))
    return image.convert(mode)


def encoded(folder: Path, image: Image.Image, *options: object, **notes: object) -> bytes:
    """Return the codestream that libjxl writes, by default without loss."""
    source, path = folder / "source.png", folder / "encoded.jxl"
    image.save(source, **notes)
    run(command("encode", "-i", source, "-c:v", "libjxl", "-effort", 1, *(options or ("-distance", 0)), path))
    return path.read_bytes()


def shown(folder: Path, data: bytes) -> Picture:
    path = folder / "a.jxl"
    path.write_bytes(data)
    facts = inspect(path, "file", LIMITS)
    assert (facts.kind, facts.suffix, facts.content_type) == ("image", ".jxl", content_type(".jxl"))
    found = open_picture(path, lambda size: size)
    assert (found.width, found.height, found.alpha is not None) == (facts.width, facts.height, facts.alpha)
    return found


def refused(folder: Path, data: bytes, limits: Limits = LIMITS) -> str:
    path = folder / "a.jxl"
    path.write_bytes(data)
    with pytest.raises(BadMedia) as caught:
        inspect(path, "file", limits)
    return str(caught.value.reason)


def box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + name + data


def container(*boxes: bytes) -> bytes:
    return b"\x00\x00\x00\x0cJXL \r\n\x87\n" + box(b"ftyp", b"jxl \x00\x00\x00\x00jxl ") + b"".join(boxes)


@pytest.mark.parametrize("options", [("-distance", 0), ("-distance", 1)])
def test_codestream_is_shown(tmp_path: Path, options: tuple[object, ...]) -> None:
    rgb = shown(tmp_path, encoded(tmp_path, picture(), *options)).rgb
    assert np.abs(rgb[25, [5, 90]].astype(int) - [RED, BLUE]).max() <= 12


@pytest.mark.parametrize("parts", [1, 2])
def test_container_is_shown(tmp_path: Path, parts: int) -> None:
    data = encoded(tmp_path, picture())
    boxes = [box(b"jxlc", data)]
    if parts == 2:
        boxes = [box(b"jxlp", bytes(4) + data[:7]), box(b"jxlp", struct.pack(">I", 0x80000001) + data[7:])]
    notes = [box(b"Exif", b"\xff" * 20), box(b"xml ", b"<<<")]
    assert shown(tmp_path, container(*notes, *boxes)).rgb[25, 5].tolist() == list(RED)


def test_transparent_pixels_and_deep_grey_are_kept(tmp_path: Path) -> None:
    image = picture("RGBA")
    image.paste((0, 0, 0, 0), (40, 10, 60, 30))
    alpha = shown(tmp_path, encoded(tmp_path, image)).alpha
    assert alpha is not None
    assert (alpha[20, 50], alpha[5, 5]) == (0, 255)
    grey = Image.fromarray(np.full((50, 96), 0x8000, np.uint16))
    assert shown(tmp_path, encoded(tmp_path, grey)).rgb[25, 5].tolist() == [128, 128, 128]


def test_colour_profile_is_applied(tmp_path: Path) -> None:
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = (data.index(tag, 128) for tag in (b"rXYZ", b"bXYZ"))
    data[red + 4 : red + 12], data[blue + 4 : blue + 12] = data[blue + 4 : blue + 12], data[red + 4 : red + 12]
    rgb = shown(tmp_path, encoded(tmp_path, picture(), icc_profile=bytes(data))).rgb
    assert np.abs(rgb[25, 5].astype(int) - BLUE).max() <= 3


# -- header ----------------------------------------------------------------------------------------------------------


class Writer:
    """Numbers of some bits, the lowest first."""

    def __init__(self) -> None:
        self.value, self.count = 0, 0

    def add(self, value: int, bits: int) -> Writer:
        self.value |= value << self.count
        self.count += bits
        return self

    def data(self) -> bytes:
        return b"\xff\x0a" + self.value.to_bytes(40, "little")


def header(width: int, height: int, orientation: int = 1, *, animated: bool = False) -> bytes:
    """The header of a codestream (18181-1, D.2 and D.3), with sizes of up to 2**30."""
    writer = Writer().add(0, 1).add(3, 2).add(height - 1, 30).add(0, 3).add(3, 2).add(width - 1, 30)
    writer.add(0, 1).add(1, 1).add(orientation - 1, 3).add(0, 1).add(0, 1).add(int(animated), 1)
    return writer.data()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_header_states_the_displayed_size(orientation: int) -> None:
    size = (700, 300) if orientation < 5 else (300, 700)
    assert read_head(header(700, 300, orientation)) == Head(*size, is_animated=False)


@pytest.mark.parametrize(
    ("ratio", "size"), [(1, (64, 64)), (2, (76, 64)), (3, (85, 64)), (4, (96, 64)), (5, (113, 64)), (7, (128, 64))]
)
def test_header_with_a_ratio_states_the_width(ratio: int, size: tuple[int, int]) -> None:
    assert read_head(Writer().add(1, 1).add(7, 5).add(ratio, 3).add(1, 1).data()) == Head(*size, is_animated=False)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_the_codestream_is_applied(tmp_path: Path, orientation: int) -> None:
    data = oriented(encoded(tmp_path, picture()), orientation)
    tags = Image.Exif()
    tags[0x0112] = orientation
    buffer = io.BytesIO()
    picture().save(buffer, "PNG", exif=tags)
    (tmp_path / "a.png").write_bytes(buffer.getvalue())
    expected = open_picture(tmp_path / "a.png", lambda size: size)
    assert (shown(tmp_path, data).rgb == expected.rgb).all()


# Bit depth of 8 (1 + 2), 16-bit buffers (1), no extra channels (2), no XYB (1), sRGB (1).
COLOUR_BITS = 8
# No extensions (2), default transforms (1).
LAST_BITS = 3


def oriented(data: bytes, orientation: int) -> bytes:
    """Insert an orientation into the header of a codestream without extra fields, whose other fields stay."""
    bits = int.from_bytes(data[2:], "little")
    header_bits = 1 + 2 + 9 + 3 + 2 + 9 + 2
    assert not bits >> header_bits - 2 & 3, "the header has only default values, or extra fields"
    at, writer = 0, Writer()
    for count in (header_bits - 1, 1, COLOUR_BITS, LAST_BITS):
        field = bits >> at & (1 << count) - 1
        at += count
        if count == 1:
            writer.add(1, 1).add(orientation - 1, 3).add(0, 3)
        else:
            writer.add(field, count)
        if count == COLOUR_BITS:
            writer.add(1, 1)  # default tone mapping, which is part of the extra fields
    # The frames begin at a whole byte.
    return data[:2] + writer.value.to_bytes(-(-writer.count // 8), "little") + data[2 + -(-at // 8) :]


# -- refused ---------------------------------------------------------------------------------------------------------


def test_animated_jpeg_xl_is_refused_by_name(tmp_path: Path) -> None:
    assert refused(tmp_path, header(96, 50, animated=True)) == (
        "the file is an animated JPEG XL image, which is not accepted"
    )


@pytest.mark.parametrize("length", [2, 9, 60, -1])
def test_jpeg_xl_cut_off_is_refused(tmp_path: Path, length: int) -> None:
    data = encoded(tmp_path, picture())
    assert refused(tmp_path, data[:length]) == "the JXL is damaged or incomplete"
    assert refused(tmp_path, container(box(b"jxlc", data[:length]))) == "the JXL is damaged or incomplete"


def test_container_without_a_codestream_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, container()) == "the JXL is damaged or incomplete"


def test_jpeg_xl_of_too_many_pixels_is_refused_by_its_header(tmp_path: Path) -> None:
    data = encoded(tmp_path, Image.new("RGB", (3_000, 2_000)))
    assert len(data) < 100_000
    path = tmp_path / "a.jxl"
    for bomb, size in ((data, "3000 × 2000"), (header(1_000_000, 900_000), "1000000 × 900000")):
        path.write_bytes(bomb)
        outcome = look(path, "file", LIMITS, BUDGET)
        assert outcome.answer == {"refused": [f"{size} pixels are more than the allowed 4,000,000"]}
        assert outcome.cpu_s < 1


def test_limits_of_time_and_memory_hold_for_the_decoder(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 255, (4_000, 5_000, 3), dtype=np.uint8)
    source, path = tmp_path / "a.ppm", tmp_path / "a.jxl"
    Image.fromarray(noise).save(source)
    run(command("encode", "-i", source, "-c:v", "libjxl", "-effort", 1, "-distance", 0, path))
    limits = Limits(128 << 20, 120_000_000, 1)
    assert look(path, "file", limits, Budget(cpu_s=1, wall_s=60, mb=512)).is_over_budget
    assert look(path, "file", limits, Budget(cpu_s=20, wall_s=60, mb=64)).answer == {"memory": True}
