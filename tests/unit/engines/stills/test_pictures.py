"""Every kind of file comes out as the same plain picture."""

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from app.core.errors import BadMedia
from engines.stills.pictures import open_picture

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def as_it_is(size):
    return size


def a_quarter(size):
    return size[0] // 4, size[1] // 4


# What the stored picture must be turned by so that, shown by its orientation, it is upright again.
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


def seen(picture):
    """The colours of the four corners: top left, top right, bottom left, bottom right."""
    rows, columns = (3, -4), (3, -4)
    return [tuple(int(v) for v in picture.rgb[row, column]) for row in rows for column in columns]


def near(colours, others, within=6):
    return np.abs(np.subtract(colours, others)).max() <= within


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("enough", [a_quarter, as_it_is])
def test_a_picture_stands_upright_whatever_way_it_was_held(studio, quarters, orientation, suffix, enough):
    image = quarters(240, 160)
    stored = image.transpose(STORED[orientation]) if STORED[orientation] is not None else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = studio.saved(stored, f"turned.{suffix}", exif=exif, **({} if suffix == "png" else {"quality": 95}))
    picture = open_picture(path, enough)
    assert picture.width > picture.height
    assert (picture.width, picture.height) == ((240, 160) if enough is as_it_is else (60, 40))
    assert near(seen(picture), [RED, GREEN, BLUE, WHITE], 16)


@pytest.mark.parametrize(
    ("mode", "suffix"), [("RGB", "png"), ("P", "png"), ("RGBA", "png"), ("CMYK", "tif"), ("CMYK", "jpg")]
)
def test_all_colour_modes_show_the_same_colours(studio, quarters, mode, suffix):
    path = studio.saved(quarters(64, 64).convert(mode), f"it.{suffix}", **({"quality": 98} if suffix == "jpg" else {}))
    assert near(seen(open_picture(path, as_it_is)), [RED, GREEN, BLUE, WHITE])


def test_lab_is_understood(studio, quarters):
    way = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    path = studio.saved(ImageCms.applyTransform(quarters(64, 64), way), "it.tif")
    assert near(seen(open_picture(path, as_it_is)), [RED, GREEN, BLUE, WHITE], 30)


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_pictures_are_grey(studio, mode):
    image = Image.new("L", (20, 20), 255)
    picture = open_picture(studio.saved(image.convert(mode), "grey.png"), as_it_is)
    assert (picture.rgb == 255).all()


def test_sixteen_bits_are_scaled_not_clipped(studio):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)
    picture = open_picture(studio.saved(Image.fromarray(np.tile(ramp, (8, 1))), "deep.png"), as_it_is)
    assert np.abs(picture.rgb[0, :, 0].astype(int) - np.arange(256)).max() <= 1


@pytest.mark.parametrize(("top", "name"), [(1.0, "unit"), (255.0, "bytes"), (65535.0, "deep")])
def test_floating_greys_are_read_by_their_range(studio, top, name):
    ramp = np.tile(np.linspace(0, top, 64, dtype=np.float32), (8, 1))
    row = open_picture(studio.saved(Image.fromarray(ramp), f"{name}.tif"), as_it_is).rgb[0, :, 0]
    assert row[0] == 0
    assert row[-1] == 255
    assert abs(int(row[32]) - 129) <= 2


def test_alpha_is_kept_where_something_shines_through(studio):
    image = Image.new("RGBA", (20, 10), (10, 20, 30, 255))
    image.paste((0, 0, 0, 0), (0, 0, 10, 10))
    picture = open_picture(studio.saved(image), as_it_is)
    assert picture.alpha is not None
    assert (picture.alpha[:, :10] == 0).all()
    assert (picture.alpha[:, 10:] == 255).all()


def test_alpha_that_hides_nothing_is_no_alpha(studio):
    assert open_picture(studio.saved(Image.new("RGBA", (8, 8), (1, 2, 3, 255))), as_it_is).alpha is None


def test_a_transparent_palette_colour_is_alpha(studio):
    image = Image.new("P", (20, 10), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.paste(1, (10, 0, 20, 10))
    picture = open_picture(studio.saved(image, "cut.gif", transparency=1), as_it_is)
    assert picture.alpha is not None
    assert tuple(picture.rgb[0, 0]) == RED
    assert picture.alpha[0, 0] == 255
    assert picture.alpha[0, 15] == 0


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_of_a_moving_picture_the_first_frame_is_taken(studio, suffix):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (BLUE, RED, GREEN)]
    path = studio.saved(frames[0], f"moving.{suffix}", save_all=True, append_images=frames[1:])
    assert near(open_picture(path, as_it_is).rgb[5, 5], BLUE, 12)


def profile(*primaries):
    """The bytes of an ICC profile (v2, matrix and gamma) with these primaries in XYZ (D50)."""

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
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + fixed(white) + bytes(48)
    return head + struct.pack(">I", len(tags)) + table + body


def test_a_profile_says_what_the_numbers_mean(studio, quarters):
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    plain = open_picture(studio.saved(quarters(40, 40), "plain.png", icc_profile=profile(red, green, blue)), as_it_is)
    swapped = open_picture(
        studio.saved(quarters(40, 40), "swapped.jpg", quality=98, icc_profile=profile(green, red, blue)), as_it_is
    )
    assert near(seen(plain), [RED, GREEN, BLUE, WHITE])
    assert near(seen(swapped), [GREEN, RED, BLUE, WHITE], 12)


def test_a_profile_is_read_under_transparency_too(studio):
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    path = studio.saved(Image.new("RGBA", (8, 8), (255, 0, 0, 90)), icc_profile=profile(green, red, blue))
    picture = open_picture(path, as_it_is)
    assert near(picture.rgb[0, 0], GREEN)
    assert (picture.alpha == 90).all()


def test_an_srgb_profile_changes_nothing(studio, quarters):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert near(
        seen(open_picture(studio.saved(quarters(40, 40), icc_profile=srgb), as_it_is)), [RED, GREEN, BLUE, WHITE], 1
    )


def test_a_broken_profile_is_passed_over(studio, quarters):
    path = studio.saved(quarters(40, 40), icc_profile=b"no profile at all")
    assert near(seen(open_picture(path, as_it_is)), [RED, GREEN, BLUE, WHITE], 1)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_huge_picture_is_reduced_while_it_is_read(studio, quarters, suffix):
    path = studio.saved(quarters(9000, 6000), f"huge.{suffix}")
    picture = open_picture(path, lambda size: (500, 300))
    assert 500 <= picture.width < 2000
    assert picture.height >= 300
    assert near(seen(picture), [RED, GREEN, BLUE, WHITE], 10)


def test_a_small_picture_stays_as_it_is(studio, quarters):
    picture = open_picture(studio.saved(quarters(30, 20)), lambda size: (1000, 1000))
    assert (picture.width, picture.height) == (30, 20)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif"])
def test_a_picture_that_breaks_off_is_bad_media(studio, suffix):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    path = studio.saved(noise, f"torn.{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(BadMedia):
        open_picture(path, as_it_is)


def test_what_is_no_picture_is_bad_media(tmp_path):
    (tmp_path / "words.png").write_text("once upon a time")
    for path in (tmp_path / "words.png", tmp_path / "not_there.png"):
        with pytest.raises(BadMedia):
            open_picture(path, as_it_is)
