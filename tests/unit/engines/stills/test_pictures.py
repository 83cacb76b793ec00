"""Opening image files as 8-bit sRGB."""

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from app.core.errors import BadMedia
from engines.stills.pictures import open_picture

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def same_size(size):
    return size


def quarter_size(size):
    return size[0] // 4, size[1] // 4


# For each EXIF orientation, the transpose of the stored image that makes the displayed one upright.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def corner_colours(picture):
    """Return the colours of the four corners: top left, top right, bottom left, bottom right."""
    rows, columns = (3, -4), (3, -4)
    return [tuple(int(v) for v in picture.rgb[row, column]) for row in rows for column in columns]


def near(colours, others, within=6):
    return np.abs(np.subtract(colours, others)).max() <= within


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("needed_size", [quarter_size, same_size])
def test_every_exif_orientation_is_applied(shots, quadrants, orientation, suffix, needed_size):
    image = quadrants(240, 160)
    stored = image.transpose(STORED[orientation]) if STORED[orientation] is not None else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = shots.save_image(stored, f"turned.{suffix}", exif=exif, **({} if suffix == "png" else {"quality": 95}))
    picture = open_picture(path, needed_size)
    assert picture.width > picture.height
    assert (picture.width, picture.height) == ((240, 160) if needed_size is same_size else (60, 40))
    assert near(corner_colours(picture), [RED, GREEN, BLUE, WHITE], 16)


@pytest.mark.parametrize(
    ("mode", "suffix"), [("RGB", "png"), ("P", "png"), ("RGBA", "png"), ("CMYK", "tif"), ("CMYK", "jpg")]
)
def test_all_colour_modes_give_the_same_colours(shots, quadrants, mode, suffix):
    path = shots.save_image(
        quadrants(64, 64).convert(mode), f"it.{suffix}", **({"quality": 98} if suffix == "jpg" else {})
    )
    assert near(corner_colours(open_picture(path, same_size)), [RED, GREEN, BLUE, WHITE])


def test_lab_is_supported(shots, quadrants):
    transform = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    path = shots.save_image(ImageCms.applyTransform(quadrants(64, 64), transform), "it.tif")
    assert near(corner_colours(open_picture(path, same_size)), [RED, GREEN, BLUE, WHITE], 30)


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_modes_are_supported(shots, mode):
    image = Image.new("L", (20, 20), 255)
    picture = open_picture(shots.save_image(image.convert(mode), "grey.png"), same_size)
    assert (picture.rgb == 255).all()


def test_16_bits_are_scaled_not_clipped(shots):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)
    picture = open_picture(shots.save_image(Image.fromarray(np.tile(ramp, (8, 1))), "deep.png"), same_size)
    assert np.abs(picture.rgb[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_transparent_value_of_a_grey_of_16_bits_becomes_alpha(shots):
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (8, 1))
    path = shots.save_image(Image.fromarray(ramp), "deep.png", transparency=int(ramp[0, 200]))
    picture = open_picture(path, same_size)
    assert picture.alpha is not None
    assert np.flatnonzero(picture.alpha[0] == 0).tolist() == [200]
    assert picture.rgb[0, 100].tolist() == [100, 100, 100]


@pytest.mark.parametrize(("top", "name"), [(1.0, "unit"), (255.0, "bytes"), (65535.0, "deep")])
def test_float_greys_are_scaled_by_their_range(shots, top, name):
    ramp = np.tile(np.linspace(0, top, 64, dtype=np.float32), (8, 1))
    row = open_picture(shots.save_image(Image.fromarray(ramp), f"{name}.tif"), same_size).rgb[0, :, 0]
    assert row[0] == 0
    assert row[-1] == 255
    assert abs(int(row[32]) - 129) <= 2


def test_alpha_of_a_transparent_picture_is_kept(shots):
    image = Image.new("RGBA", (20, 10), (10, 20, 30, 255))
    image.paste((0, 0, 0, 0), (0, 0, 10, 10))
    picture = open_picture(shots.save_image(image), same_size)
    assert picture.alpha is not None
    assert (picture.alpha[:, :10] == 0).all()
    assert (picture.alpha[:, 10:] == 255).all()


def test_opaque_alpha_is_dropped(shots):
    assert open_picture(shots.save_image(Image.new("RGBA", (8, 8), (1, 2, 3, 255))), same_size).alpha is None


def test_transparent_palette_colour_becomes_alpha(shots):
    image = Image.new("P", (20, 10), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.paste(1, (10, 0, 20, 10))
    picture = open_picture(shots.save_image(image, "cut.gif", transparency=1), same_size)
    assert picture.alpha is not None
    assert tuple(picture.rgb[0, 0]) == RED
    assert picture.alpha[0, 0] == 255
    assert picture.alpha[0, 15] == 0


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_animation_gives_its_first_frame(shots, suffix):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (BLUE, RED, GREEN)]
    path = shots.save_image(frames[0], f"moving.{suffix}", save_all=True, append_images=frames[1:])
    assert near(open_picture(path, same_size).rgb[5, 5], BLUE, 12)


def profile(*primaries):
    """Return an ICC profile (v2, matrix and gamma) with these primaries in XYZ (D50), as bytes."""

    def fixed(values):
        return b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    white = (0.9642, 1.0, 0.8249)
    tags = {b"wtpt": b"XYZ \0\0\0\0" + fixed(white)}
    tags |= {
        name: b"XYZ \0\0\0\0" + fixed(xyz) for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)
    }
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv\0\0\0\0" + struct.pack(">IHH", 1, 563, 0))
    tags |= {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(78 + 1)}
    tags |= {b"cprt": b"text\0\0\0\0none\0\0\0\0"}
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + fixed(white) + bytes(48)
    return header + struct.pack(">I", len(tags)) + table + body


def test_icc_profile_is_applied(shots, quadrants):
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    plain = open_picture(
        shots.save_image(quadrants(40, 40), "plain.png", icc_profile=profile(red, green, blue)), same_size
    )
    swapped = open_picture(
        shots.save_image(quadrants(40, 40), "swapped.jpg", quality=98, icc_profile=profile(green, red, blue)), same_size
    )
    assert near(corner_colours(plain), [RED, GREEN, BLUE, WHITE])
    assert near(corner_colours(swapped), [GREEN, RED, BLUE, WHITE], 12)


def test_icc_profile_is_applied_to_pictures_with_alpha(shots):
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    path = shots.save_image(Image.new("RGBA", (8, 8), (255, 0, 0, 90)), icc_profile=profile(green, red, blue))
    picture = open_picture(path, same_size)
    assert near(picture.rgb[0, 0], GREEN)
    assert (picture.alpha == 90).all()


def test_srgb_profile_keeps_the_colours(shots, quadrants):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert near(
        corner_colours(open_picture(shots.save_image(quadrants(40, 40), icc_profile=srgb), same_size)),
        [RED, GREEN, BLUE, WHITE],
        1,
    )


def test_broken_profile_is_ignored(shots, quadrants):
    path = shots.save_image(quadrants(40, 40), icc_profile=b"no profile at all")
    assert near(corner_colours(open_picture(path, same_size)), [RED, GREEN, BLUE, WHITE], 1)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_huge_picture_is_decoded_at_a_reduced_size(shots, quadrants, suffix):
    path = shots.save_image(quadrants(9000, 6000), f"huge.{suffix}")
    picture = open_picture(path, lambda size: (500, 300))
    assert 500 <= picture.width < 2000
    assert picture.height >= 300
    assert near(corner_colours(picture), [RED, GREEN, BLUE, WHITE], 10)


def test_small_picture_keeps_its_size(shots, quadrants):
    picture = open_picture(shots.save_image(quadrants(30, 20)), lambda size: (1000, 1000))
    assert (picture.width, picture.height) == (30, 20)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif"])
def test_truncated_picture_is_bad_media(shots, suffix):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    path = shots.save_image(noise, f"torn.{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(BadMedia):
        open_picture(path, same_size)


def test_missing_file_and_text_are_bad_media(tmp_path):
    (tmp_path / "words.png").write_text("once upon a time")
    for path in (tmp_path / "words.png", tmp_path / "not_there.png"):
        with pytest.raises(BadMedia):
            open_picture(path, same_size)
