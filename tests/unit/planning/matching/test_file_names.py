"""Words of file names, and names that number."""

from __future__ import annotations

import unicodedata

import pytest

from app.planning.matching.file_names import are_numbered, text_of_name

WORDS = [
    ("coffee.png", "coffee"),
    ("cat_on_sofa.jpg", "cat on sofa"),
    ("CatOnSofa2.jpg", "Cat On Sofa"),
    ("03-rocket-launch.jpeg", "rocket launch"),
    ("golden-gate-bridge-1920x1080.jpg", "golden gate bridge"),
    ("pexels-john-doe-sunset-beach-1234567.jpg", "john doe sunset beach"),
    ("AdobeStock_123456_bread.jpeg", "bread"),
    ("IMG_1234_beach.jpg", "beach"),
    ("kaesekuchen-final_v2.png", "kaesekuchen"),
    ("chien%20sur%20la%20plage.jpg", "chien sur la plage"),
    ("berlin-1989.jpg", "berlin 1989"),
    ("iPhone15Pro.png", "iPhone Pro"),
    ("猫とソファ.jpg", "猫とソファ"),
    (unicodedata.normalize("NFD", "Käse.jpg"), "Käse"),
    ("video-game.mp4", "game"),
    ("night market.jpg", "night market"),
]
SILENT = [
    "IMG_1234.JPG",
    "IMG_20240512_184233.jpg",
    "DSC00012.jpg",
    "_DSC0012.NEF",
    "DSCN0012 copy.jpg",
    "P1020304.JPG",
    "GOPR0123.MP4",
    "DJI_0042.MOV",
    "PXL_20240512_184233123.MP.jpg",
    "WhatsApp Image 2024-05-12 at 18.42.33.jpeg",
    "WhatsApp Video 2024-05-12 at 18.42.33.mp4",
    "signal-2024-05-12-184233.jpg",
    "FB_IMG_1589123456.jpg",
    "Screenshot 2024-05-12 at 18.42.33.png",
    "Screenshot_20240512-184233_Instagram.png",
    "Bildschirmfoto 2024-05-12 um 18.42.33.png",
    "снимок экрана 2024-05.png",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301.png",
    "9b74c9897bac770ffc029102a200c5de.jpg",
    "photo-1495474472287-4d71bcdd2085.jpg",
    "image (3).png",
    "slide-3.png",
    "Unbenannt.png",
    "100_0123.jpg",
    "20240512_184233.jpg",
    "1.jpg",
    "",
]


@pytest.mark.parametrize(("name", "words"), WORDS)
def test_words_of_a_name(name, words):
    assert text_of_name(name) == words


@pytest.mark.parametrize("name", SILENT)
def test_names_of_cameras_and_programs_have_no_words(name):
    assert not text_of_name(name)


@pytest.mark.parametrize(
    "names",
    [
        ["01_cat.jpg", "02-dog.jpg", "10.jpg"],
        ["1.jpg", "2.jpg"],
        ["(1) cat.png", "(2) dog.png"],
        ["slide1.png", "slide2.png"],
    ],
)
def test_numbers_that_count_up_are_an_order(names):
    assert are_numbered(names)


@pytest.mark.parametrize(
    "names",
    [
        ["1.jpg"],
        ["1.jpg", "3.jpg", "2.jpg"],
        ["cat1.jpg", "dog2.jpg"],
        ["01_cat.jpg", "dog.jpg"],
        ["2023 ski.jpg", "2024 beach.jpg"],
        ["1st.jpg", "2nd.jpg"],
    ],
)
def test_other_names_are_no_order(names):
    assert not are_numbered(names)
