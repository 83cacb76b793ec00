"""Images with odd notes, missing end marks and rare types: what is accepted is shown, the rest is refused by name."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pi_heif
import pillow_heif
import pytest
from PIL import Image

from app.core.errors import BadMedia
from app.media.probe.inspection import Limits, MediaFacts, inspect
from engines.stills.pictures import open_picture
from tests.odd.broken_notes import GIF_NOTES, PNG_NOTES, WEBP_NOTES, chunk, exif, raw_profile, webp_with

LIMITS = Limits(max_bytes=64 << 20, max_pixels=120_000_000, max_ms=60_000)
# In the stored picture, the left third is red and the rest is blue.
RED, BLUE = (250, 10, 10), (10, 10, 250)


def picture(width: int = 96, height: int = 48) -> Image.Image:
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width // 3, height))
    return image


def encoded(format_: str, image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or picture()).save(buffer, format_, **options)
    return buffer.getvalue()


def facts(folder: Path, data: bytes) -> MediaFacts:
    path = folder / "a"
    path.write_bytes(data)
    return inspect(path, "file", LIMITS)


def shown(folder: Path, data: bytes) -> np.ndarray:
    """The pixels as the renderer shows them, after the inspection has accepted the file."""
    media = facts(folder, data)
    rgb = open_picture(folder / "a", lambda size: size).rgb
    assert (rgb.shape[1], rgb.shape[0]) == (media.width, media.height)
    return rgb


def refused(folder: Path, data: bytes) -> str:
    with pytest.raises(BadMedia) as caught:
        facts(folder, data)
    return str(caught.value.reason)


def is_red(pixel: np.ndarray) -> bool:
    return bool(pixel[0] > 180 and pixel[2] < 90)


def is_blue(pixel: np.ndarray) -> bool:
    return bool(pixel[2] > 180 and pixel[0] < 90)


def shows_the_picture(rgb: np.ndarray) -> bool:
    middle = rgb.shape[0] // 2
    return is_red(rgb[middle, 5]) and is_blue(rgb[middle, -5])


# -- notes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("note", PNG_NOTES)
@pytest.mark.parametrize("place", ["before the pixels", "after the pixels"])
def test_png_with_a_damaged_note_is_shown(tmp_path: Path, note: str, place: str) -> None:
    data = encoded("PNG")
    at = 33 if place == "before the pixels" else len(data) - 12
    assert shows_the_picture(shown(tmp_path, data[:at] + PNG_NOTES[note] + data[at:]))


@pytest.mark.parametrize(
    "note", [chunk(b"eXIf", exif(6)), raw_profile(exif(6)), raw_profile(b"Exif\x00\x00" + exif(6))]
)
def test_png_is_shown_as_its_exif_orientation_says(tmp_path: Path, note: bytes) -> None:
    data = encoded("PNG")
    rgb = shown(tmp_path, data[:33] + note + data[33:])
    assert rgb.shape == (96, 48, 3)
    assert is_red(rgb[5, 20])
    assert is_blue(rgb[-5, 20])


@pytest.mark.parametrize("note", GIF_NOTES)
def test_gif_with_a_damaged_note_is_shown(tmp_path: Path, note: str) -> None:
    data = encoded("GIF", picture().quantize(4))
    at = data.index(b",", 13 + 3 * 4)
    assert shows_the_picture(shown(tmp_path, data[:at] + GIF_NOTES[note] + data[at:]))


@pytest.mark.parametrize("note", WEBP_NOTES)
def test_webp_with_a_damaged_note_is_shown(tmp_path: Path, note: str) -> None:
    data = encoded("WEBP", lossless=True, exif=exif(1))
    assert shows_the_picture(shown(tmp_path, webp_with(data, note)))


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


JPEG_NOTES = {
    "EXIF that is not TIFF": segment(0xE1, b"Exif\x00\x00garbage"),
    "empty EXIF": segment(0xE1, b"Exif\x00\x00"),
    "EXIF with orientation 99": segment(0xE1, b"Exif\x00\x00" + exif(99)),
    "XMP that is not XML": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00<<<<"),
    "short JFIF": segment(0xE0, b"JFIF"),
    "short Adobe": segment(0xEE, b"Adobe"),
    "profile without data": segment(0xE2, b"ICC_PROFILE\x00"),
    "profile that is not a profile": segment(0xE2, b"ICC_PROFILE\x00\x01\x01not a profile"),
    "further images that do not exist": segment(0xE2, b"MPF\x00II*\x00\xff\xff\xff\x00"),
    "Photoshop resources cut off": segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04"),
    "IPTC of another length": segment(
        0xED, b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\xff\xff\xff\xff\x1c\x02\x78\xff\xff"
    ),
    "comment": segment(0xFE, b"\x00" * 300),
    "empty comment": segment(0xFE, b""),
    "fill bytes": b"\xff\xff\xff" + segment(0xFE, b"x"),
}


@pytest.mark.parametrize("note", JPEG_NOTES)
def test_jpeg_with_a_damaged_note_is_shown(tmp_path: Path, note: str) -> None:
    data = encoded("JPEG", quality=95)
    assert shows_the_picture(shown(tmp_path, data[:2] + JPEG_NOTES[note] + data[2:]))


@pytest.mark.parametrize("format_", ["WEBP", "AVIF", "HEIF"])
def test_image_with_damaged_exif_is_shown(tmp_path: Path, format_: str) -> None:
    notes = b"II*\x00\x08\x00\x00\x00\x01\x00" + struct.pack("<HHI4s", 0x010E, 2, 4, b"abc") + bytes(4)
    data = heic(picture(), exif=notes) if format_ == "HEIF" else encoded(format_, exif=notes)
    assert data.count(notes) == 1
    assert shows_the_picture(shown(tmp_path, data.replace(notes, b"?" * len(notes))))


@pytest.mark.parametrize("number", [700, 33723, 34377, 34665, 34853])
def test_tiff_with_a_damaged_note_is_shown(tmp_path: Path, number: int) -> None:
    data = encoded("TIFF", tiffinfo={269: "a name"})
    at = struct.unpack_from("<I", data, 4)[0]
    entries = [data[at + 2 + 12 * index :][:12] for index in range(struct.unpack_from("<H", data, at)[0])]
    entries.append(struct.pack("<HHII", number, 4 if number > 34377 else 7, 1 if number > 34377 else 60, at + 7))
    directory = struct.pack("<H", len(entries)) + b"".join(
        sorted(entries, key=lambda entry: int.from_bytes(entry[:2], "little"))
    )
    data = data[:4] + struct.pack("<I", len(data)) + data[8:] + directory + bytes(4)
    assert shows_the_picture(shown(tmp_path, data))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "WEBP", "AVIF", "TIFF"])
def test_orientation_is_applied_as_pillow_applies_it(tmp_path: Path, format_: str, orientation: int) -> None:
    from PIL import ImageOps

    tags = Image.Exif()
    tags[0x0112] = orientation
    data = encoded(format_, exif=tags)
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    assert np.abs(shown(tmp_path, data).astype(int) - expected).max() <= 8


# -- ends ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"optimize": True}, {"subsampling": 0}, {"quality": 20}]
)
@pytest.mark.parametrize("end", [b"", b"\x00", bytes(5_000), b"rubbish" * 100, b"\xff", b"\xff\xd9 and rubbish" * 9])
def test_jpeg_with_all_its_pixels_and_any_end_is_shown(tmp_path: Path, options: dict[str, object], end: bytes) -> None:
    assert shows_the_picture(shown(tmp_path, encoded("JPEG", **options)[:-2] + end))


@pytest.mark.parametrize("part", [0.4, 0.7, 0.95])
@pytest.mark.parametrize("end", [b"", b"\xff\xd9", bytes(20_000)])
def test_jpeg_without_some_of_its_pixels_is_refused_whatever_its_end(tmp_path: Path, part: float, end: bytes) -> None:
    noise = np.random.default_rng(5).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    data = encoded("JPEG", Image.fromarray(noise))
    assert refused(tmp_path, data[: int(len(data) * part)] + end) == "the JPEG is damaged or incomplete"


@pytest.mark.parametrize("missing", [12, 16])
def test_png_with_all_its_pixels_and_no_end_is_shown(tmp_path: Path, missing: int) -> None:
    assert shows_the_picture(shown(tmp_path, encoded("PNG")[:-missing]))


def test_png_with_a_wrong_checksum_of_its_pixels_is_refused(tmp_path: Path) -> None:
    data = bytearray(encoded("PNG"))
    data[data.index(b"IDAT") + 20] ^= 0x55
    assert refused(tmp_path, bytes(data)) == "the PNG is damaged or incomplete"


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (7, 200), (200, 5)])
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_image_of_a_few_pixels_is_accepted(tmp_path: Path, format_: str, size: tuple[int, int]) -> None:
    assert facts(tmp_path, encoded(format_, Image.new("RGB", size))).kind == "image"


def test_motion_photo_is_an_image(tmp_path: Path) -> None:
    """Phones append a short MP4 to the JPEG."""
    data = encoded("JPEG", quality=95) + struct.pack(">I4s4sI", 16, b"ftyp", b"mp42", 0) + bytes(3_000)
    assert shows_the_picture(shown(tmp_path, data))


def test_jpeg_of_several_images_is_its_first_one(tmp_path: Path) -> None:
    """Ultra HDR of Android has a gain map as second image, as panoramas and 3D pictures have others."""
    data = encoded("MPO", save_all=True, append_images=[Image.new("RGB", (24, 12))])
    assert shows_the_picture(shown(tmp_path, data))


# -- rare types ------------------------------------------------------------------------------------------------------


RARE: dict[str, Callable[[], bytes]] = {
    "JPEG 2000": lambda: encoded("JPEG2000"),
    "PPM": lambda: encoded("PPM"),
    "ICO": lambda: encoded("ICO", picture(48, 48), sizes=[(48, 48), (16, 16)]),
    "CMYK JPEG": lambda: encoded("JPEG", picture().convert("CMYK"), quality=95),
    "CMYK TIFF": lambda: encoded("TIFF", picture().convert("CMYK")),
    "CIELab TIFF": lambda: encoded("TIFF", lab()),
    "palette TIFF": lambda: encoded("TIFF", picture().quantize(4)),
    "LZW TIFF": lambda: encoded("TIFF", compression="tiff_lzw"),
    "Deflate TIFF": lambda: encoded("TIFF", compression="tiff_adobe_deflate"),
    "JPEG TIFF": lambda: encoded("TIFF", compression="jpeg", quality=95),
    "BigTIFF": lambda: encoded("TIFF", big_tiff=True),
    "TIFF of two pages": lambda: encoded("TIFF", save_all=True, append_images=[Image.new("RGB", (9, 9))]),
    "AVIF of 10 bits": lambda: encoded("AVIF", quality=90),
    "palette PNG": lambda: encoded("PNG", picture().quantize(4)),
    "lossless WebP": lambda: encoded("WEBP", lossless=True),
}


def lab() -> Image.Image:
    from PIL import ImageCms

    srgb, space = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.profileToProfile(picture(), srgb, space, outputMode="LAB")
    assert converted is not None
    return converted


@pytest.mark.parametrize("kind", RARE)
def test_rare_kind_of_image_is_shown(tmp_path: Path, kind: str) -> None:
    assert shows_the_picture(shown(tmp_path, RARE[kind]()))


def test_tiff_of_a_kind_that_is_not_read_is_refused_by_that(tmp_path: Path) -> None:
    data = bytearray(encoded("TIFF"))
    at = struct.unpack_from("<I", data, 4)[0]
    for entry in range(struct.unpack_from("<H", data, at)[0]):
        if struct.unpack_from("<H", data, at + 2 + 12 * entry)[0] == 262:
            struct.pack_into("<H", data, at + 2 + 12 * entry + 8, 9_999)
    assert refused(tmp_path, bytes(data)).startswith("the TIFF has pixels of a kind that is not read")


def changed_tag(number: int, at: int, layout: str, value: int) -> bytes:
    """Return a TIFF in which a part of the entry of a tag, at an offset in it, is replaced."""
    data = bytearray(encoded("TIFF"))
    start = struct.unpack_from("<I", data, 4)[0]
    for entry in range(start + 2, start + 2 + 12 * struct.unpack_from("<H", data, start)[0], 12):
        if struct.unpack_from("<H", data, entry)[0] == number:
            struct.pack_into(layout, data, entry + at, value)
    return bytes(data)


def directory(at: int, tags: dict[int, tuple[int, int, int]], following: int = 0) -> bytes:
    """A TIFF directory; ``tags`` are (type, count, value or offset) by number."""
    entries = b"".join(struct.pack("<HHII", number, *tag) for number, tag in sorted(tags.items()))
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)


def grey_tiff(value: int, layout: str, photometric: int) -> bytes:
    """A TIFF of one value of 16 or 32 bits, 8 × 8 pixels; ``photometric`` is 0 if 0 is white."""
    pixels = struct.pack(layout, value) * 64
    bits = 8 * struct.calcsize(layout)
    tags = {256: (4, 1, 8), 257: (4, 1, 8), 258: (3, 1, bits), 259: (3, 1, 1), 262: (3, 1, photometric)}
    tags |= {273: (4, 1, 8), 277: (3, 1, 1), 278: (4, 1, 8), 279: (4, 1, len(pixels))}
    return b"II*\x00" + struct.pack("<I", 8 + len(pixels)) + pixels + directory(0, tags)


@pytest.mark.parametrize(
    ("data", "level"),
    [
        (encoded("PNG", Image.fromarray(np.full((8, 8), 100, np.uint16))), 0),
        (encoded("PNG", Image.fromarray(np.full((8, 8), 0x8000, np.uint16))), 128),
        (grey_tiff(100, "<H", 1), 0),
        (grey_tiff(0x4000, "<H", 1), 64),
        (grey_tiff(0x4000, "<H", 0), 191),
        (grey_tiff(0x80000000, "<I", 1), 128),
        (grey_tiff(0xC0000000, "<I", 1), 191),
    ],
    ids=["dark PNG", "PNG", "dark TIFF", "TIFF", "TIFF whose 0 is white", "TIFF of 32 bits", "light TIFF of 32 bits"],
)
def test_grey_of_many_bits_has_its_level(tmp_path: Path, data: bytes, level: int) -> None:
    assert np.abs(shown(tmp_path, data).astype(int) - level).max() <= 1


@pytest.mark.parametrize(
    ("marker", "bits", "reason"),
    [(0xC1, 12, "is a JPEG of 12 bits per colour"), (0xC3, 8, "is a lossless JPEG"), (0xC3, 14, "is a lossless JPEG")],
)
def test_jpeg_of_a_kind_that_is_not_decoded_is_refused_by_name(
    tmp_path: Path, marker: int, bits: int, reason: str
) -> None:
    data = bytearray(encoded("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = marker, bits
    assert refused(tmp_path, bytes(data)) == f"the file {reason}, which is not accepted"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (encoded("TGA"), "a Targa image"),
        (encoded("TGA", compression="tga_rle"), "a Targa image"),
        (encoded("DDS"), "a DDS texture"),
        (encoded("PCX"), "a PCX image"),
        (b"\x00\x00\x02\x00" + encoded("ICO")[4:], "a Windows cursor"),
        (b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nENDHDR\n...", "a PAM image"),
        (b"PF\n1 1\n-1.0\n" + bytes(12), "a PFM image"),
        (b"qoif" + bytes(20), "a QOI image"),
        (b"AT&TFORM" + bytes(20), "a DjVu document"),
    ],
    ids=["TGA", "RLE TGA", "DDS", "PCX", "CUR", "PAM", "PFM", "QOI", "DjVu"],
)
def test_image_of_another_type_is_refused_by_name(tmp_path: Path, data: bytes, name: str) -> None:
    assert refused(tmp_path, data) == f"the file is {name}, which is not accepted"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (changed_tag(273, 0, "<H", 9_999), "the file is a TIFF without pixels: its tags do not say"),
        (changed_tag(273, 4, "<I", 0), "the file is a TIFF without pixels: its tags do not say"),
        (changed_tag(256, 0, "<H", 9_999), "the file is a TIFF without pixels: its tags do not say"),
        (changed_tag(273, 4, "<I", 1_000_000), "the file is a TIFF whose tags are larger than the file"),
        (changed_tag(256, 8, "<I", 0), "the file is a TIFF without pixels: its tags do not say"),
        (changed_tag(273, 8, "<I", 10_000_000), "the TIFF is damaged or incomplete"),
        (encoded("TIFF")[:4] + b"\xff\xff\xff\x00" + encoded("TIFF")[8:], "the TIFF is damaged or incomplete"),
    ],
    ids=["no strips", "zero strips", "no width", "too many strips", "zero width", "strip elsewhere", "no directory"],
)
def test_damaged_tiff_is_refused_by_the_real_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    assert refused(tmp_path, data).startswith(reason)


@pytest.mark.parametrize("size", ["itself", "each other"])
def test_tiff_whose_directories_are_a_circle_is_shown_if_one_has_pixels(tmp_path: Path, size: str) -> None:
    data = bytearray(encoded("TIFF", save_all=True, append_images=[Image.new("RGB", (9, 9))] * (size != "itself")))
    first = at = struct.unpack_from("<I", data, 4)[0]
    while at:
        end = at + 2 + 12 * struct.unpack_from("<H", data, at)[0]
        at = struct.unpack_from("<I", data, end)[0]
    struct.pack_into("<I", data, end, first)
    assert shows_the_picture(shown(tmp_path, bytes(data)))


def test_largest_picture_of_an_icon_is_shown(tmp_path: Path) -> None:
    data = encoded("ICO", picture(256, 256), sizes=[(16, 16), (256, 256), (32, 32)])
    assert facts(tmp_path, data).width == 256


# -- HEIC ------------------------------------------------------------------------------------------------------------


def heic(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.register_heif_opener()
    image.save(buffer, "HEIF", quality=90, **options)
    pi_heif.register_heif_opener()  # which the product reads HEIC with
    return buffer.getvalue()


def test_heic_photograph_is_shown(tmp_path: Path) -> None:
    data = heic(picture())
    assert shows_the_picture(shown(tmp_path, data))
    assert facts(tmp_path, data) == MediaFacts("image", "image/heic", ".heic", 96, 48)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_photograph_is_shown_upright(tmp_path: Path, orientation: int) -> None:
    from PIL import ImageOps

    tags = Image.Exif()
    tags[0x0112] = orientation
    with Image.open(io.BytesIO(encoded("PNG", exif=tags))) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    rgb = shown(tmp_path, heic(picture(), exif=tags.tobytes()))
    assert rgb.shape == expected.shape
    for row, column in ((5, 5), (5, -5), (-5, 5), (-5, -5)):
        assert is_red(rgb[row, column]) == is_red(expected[row, column])


def test_heic_with_transparent_pixels_has_alpha(tmp_path: Path) -> None:
    image = picture().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 30, 20))
    assert facts(tmp_path, heic(image)).alpha


def test_heic_cut_off_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    data = heic(Image.fromarray(noise))
    assert refused(tmp_path, data[: len(data) // 2]) == "the HEIF is damaged or incomplete"


# -- camera raw ------------------------------------------------------------------------------------------------------


def raw_file(embedded: bytes, *, is_dng: bool = True) -> bytes:
    """A raw file like those of cameras: a thumbnail of 16 × 12 pixels, then sensor data, and somewhere a JPEG."""

    def page(
        width: int, height: int, photometric: int, reduced: int, more: dict[int, tuple[int, int, int]]
    ) -> dict[int, tuple[int, int, int]]:
        size = {254: (4, 1, reduced), 256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, 8), 259: (3, 1, 1)}
        return size | {262: (3, 1, photometric), 273: (4, 1, 512), 277: (3, 1, 1), 278: (4, 1, height)} | more

    dng = {50706: (1, 4, 0x0401)} if is_dng else {}
    first = page(16, 12, 1, 1, {279: (4, 1, 192), 330: (4, 1, 256), 274: (3, 1, 6), **dng})
    sensor = page(400, 300, 32803, 0, {279: (4, 1, 192)})
    data = b"II*\x00\x08\x00\x00\x00" + directory(8, first)
    data = data.ljust(256, b"\x00") + directory(256, sensor)
    return data.ljust(512, b"\x00") + bytes(400) + embedded


@pytest.mark.parametrize("is_dng", [True, False])
def test_embedded_picture_of_full_size_is_shown_for_a_raw_file(tmp_path: Path, is_dng: bool) -> None:
    rgb = shown(tmp_path, raw_file(encoded("JPEG", picture(1200, 600)), is_dng=is_dng))
    assert rgb.shape == (1200, 600, 3)  # turned as the first directory says
    assert is_red(rgb[5, 300])
    assert is_blue(rgb[-5, 300])


def test_raw_file_with_a_thumbnail_is_refused_with_its_size(tmp_path: Path) -> None:
    reason = refused(tmp_path, raw_file(encoded("JPEG", picture(160, 120))))
    assert reason == "the file is a camera raw file (DNG) whose preview has only 16 × 12 pixels"


def test_page_of_full_size_is_shown_and_not_the_thumbnail_before_it(tmp_path: Path) -> None:
    thumbnail, full = Image.new("RGB", (32, 16), "lime"), picture(1200, 600)
    data = bytearray(encoded("TIFF", thumbnail, save_all=True, append_images=[full], tiffinfo={254: 1}))
    at = struct.unpack_from("<I", data, 4)[0]
    second = struct.unpack_from("<I", data, at + 2 + 12 * struct.unpack_from("<H", data, at)[0])[0]
    for entry in range(struct.unpack_from("<H", data, second)[0]):
        if struct.unpack_from("<H", data, second + 2 + 12 * entry)[0] == 254:
            struct.pack_into("<I", data, second + 2 + 12 * entry + 8, 0)
    assert shows_the_picture(shown(tmp_path, bytes(data)))


@pytest.mark.parametrize(
    ("head", "name"),
    [(b"FUJIFILMCCD-RAW 0201", "RAF"), (b"IIRO\x08\x00\x00\x00", "ORF"), (b"IIU\x00\x08\x00\x00\x00", "RW2")],
)
def test_raw_file_of_a_maker_is_read_by_its_embedded_picture_or_refused_by_name(
    tmp_path: Path, head: bytes, name: str
) -> None:
    assert shows_the_picture(shown(tmp_path, head + bytes(500) + encoded("JPEG", picture(1200, 600))))
    assert refused(tmp_path, head + bytes(500)) == f"the file is a camera raw file ({name}) without a preview"
