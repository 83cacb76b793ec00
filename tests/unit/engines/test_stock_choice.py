"""The choice of a stock video and of its file, and the data that is kept of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.stock_footage.choice import best_file, best_video, is_suitable, orientation_of
from engines.stock_footage.credit import credit_of
from engines.stock_footage.video import StockFile, StockVideo, plain_video, read_video, usable_files
from schemas.clip import Credit
from schemas.order import ClipOrder

ORDER = ClipOrder("videos", seconds=5, width=1080, height=1920)
FILE = StockFile("https://files.example/a.mp4", 1080, 1920)


def video(number=1, seconds=5, width=1080, height=1920, files=(FILE,)):
    page, author = f"https://library.example/{number}", "https://library.example/@jane"
    return StockVideo("pexels", number, width, height, seconds, page, "Jane Doe", author, tuple(files))


def file(shorter, ratio=(9, 16)):
    width, height = (shorter * side // min(ratio) for side in ratio)
    return StockFile(f"https://files.example/{shorter}.mp4", width, height)


def chosen(videos, order=ORDER):
    best = best_video(videos, order)
    return best and best.number


def test_nearest_length_that_is_long_enough_is_chosen():
    assert chosen([video(1, 30), video(2, 7), video(3, 9)]) == 2


def test_longer_video_is_preferred_to_one_that_is_too_short():
    assert chosen([video(1, 4), video(2, 20)]) == 2


def test_longest_is_chosen_if_all_are_too_short():
    assert chosen([video(1, 2), video(2, 4), video(3, 3)]) == 2


def test_exact_length_is_chosen():
    assert chosen([video(1, 6), video(2, 5), video(3, 4)]) == 2


def test_enough_pixels_are_more_important_than_the_length():
    assert chosen([video(1, 5, files=[file(360)]), video(2, 8)]) == 2


def test_video_of_the_film_is_not_chosen_again():
    order = replace(ORDER, taken=("pexels:1", "pixabay:2"))
    assert chosen([video(1), video(2, 9)], order) == 2
    assert chosen([video(1)], order) is None


@pytest.mark.parametrize(
    ("film", "portrait", "landscape", "square"),
    [((1080, 1920), True, False, False), ((1920, 1080), False, True, False), ((1080, 1080), True, True, True)],
)
def test_orientation_is_that_of_the_film(film, portrait, landscape, square):
    order = replace(ORDER, width=film[0], height=film[1])
    sizes = ((1080, 1920), (1920, 1080), (1080, 1080))
    assert [is_suitable(video(width=w, height=h), order) for w, h in sizes] == [portrait, landscape, square]


def test_orientation_has_the_name_of_a_search():
    films = ((1080, 1920), (1920, 1080), (1080, 1080))
    names = [orientation_of(replace(ORDER, width=w, height=h)) for w, h in films]
    assert names == ["portrait", "landscape", None]


def test_video_without_a_file_is_not_chosen():
    assert chosen([video(files=())]) is None


def test_video_without_an_id_is_not_chosen():
    assert chosen([video(0)]) is None


def test_no_videos_give_no_choice():
    assert chosen([]) is None


def test_seed_chooses_among_equals_and_only_among_them():
    videos = [video(1), video(2), video(3, 9), video(4)]
    assert [chosen(videos, replace(ORDER, seed=seed)) for seed in range(4)] == [1, 2, 4, 1]


def test_videos_of_little_relevance_are_not_compared():
    assert chosen([*(video(number, 9) for number in range(1, 31)), video(31, 5)]) == 1


def test_smallest_file_with_the_pixels_of_the_film_is_chosen():
    files = [file(2160), file(360), file(1080), file(720)]
    assert best_file(files, ORDER) == file(1080)
    assert best_file(files, replace(ORDER, width=1920, height=1080)) == file(1080)
    assert best_file(files, replace(ORDER, width=720, height=1280)) == file(720)
    assert best_file(files, replace(ORDER, width=800, height=800)) == file(1080)


def test_largest_file_is_chosen_if_none_has_the_pixels_of_the_film():
    assert best_file([file(360), file(720), file(540)], ORDER) == file(720)


@given(st.lists(st.integers(100, 4000), min_size=1), st.integers(100, 4000), st.randoms())
def test_order_of_the_files_does_not_matter(shorters, wanted, random):
    files = [file(shorter) for shorter in shorters]
    order = replace(ORDER, width=wanted, height=wanted * 2)
    best = best_file(files, order)
    random.shuffle(files)
    assert best_file(files, order) == best
    assert best.shorter_px >= wanted or best.shorter_px == max(shorters)


def test_files_without_an_address_or_a_size_are_left_out():
    files = [StockFile("", 10, 10), StockFile("https://a.example/x", 0, 0), StockFile("ftp://a.example/x", 9, 9), FILE]
    assert usable_files(files) == (FILE,)


def test_video_survives_its_plain_form():
    assert read_video(plain_video(video(7, files=[file(360), file(720)]))) == video(7, files=[file(360), file(720)])


def test_credit_names_author_and_provider_with_their_pages():
    page, author = "https://library.example/1", "https://library.example/@jane"
    assert credit_of(video()) == Credit("pexels", "Jane Doe", author, page)
