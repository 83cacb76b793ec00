"""The texts of the credits of stock footage."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.text.credits import (
    MAX_COLUMNS,
    MAX_NAME_COLUMNS,
    WORDS,
    card_text,
    credit_text,
    credits_file,
    film_credits,
    licence_of,
)
from schemas.clip import Clip, Credit
from schemas.scene_graph import MAX_OVERLAY_TEXT
from schemas.text_width import width

JANE = Credit("pexels", "Jane Doe", "https://www.pexels.com/@jane", "https://www.pexels.com/video/1/")
ANA = Credit("pixabay", "Ana", "https://pixabay.com/users/ana/", "https://pixabay.com/videos/id-2/")


def clip(scene_id: int, credit: Credit | None) -> Clip:
    return Clip(scene_id, "video", f"clips/{scene_id}", f"v{scene_id}", "stock", credit=credit)


def clips_of(*names: str, provider: str = "pexels", first: int = 1) -> list[Clip]:
    numbered = enumerate(names, first)
    return [clip(n, Credit(provider, name, page_url=f"https://library.example/{provider}/{n}")) for n, name in numbered]


def card(*clips: Clip, language: str = "en") -> str:
    return card_text(film_credits(clips), language)


def test_credit_names_author_and_provider() -> None:
    assert credit_text(JANE) == "Video by Jane Doe on Pexels"
    assert credit_text(replace(ANA, author=" \n")) == "Video from Pixabay"
    assert credit_text(Credit("own_library", "Zoë")) == "Video by Zoë on own_library"


def test_licence_has_its_address() -> None:
    assert "https://www.pexels.com/license/" in licence_of("pexels")
    assert "https://pixabay.com/service/" in licence_of("pixabay")
    assert licence_of("own_library") == ""


def test_video_of_several_scenes_is_credited_once_with_all_of_them() -> None:
    credits = film_credits([clip(4, JANE), clip(2, None), clip(1, ANA), clip(7, JANE)])
    assert [(each.credit, each.scenes) for each in credits] == [(JANE, (4, 7)), (ANA, (1,))]


def test_file_has_a_line_with_text_page_and_licence_for_each_video() -> None:
    assert credits_file(film_credits([clip(1, JANE), clip(2, ANA), clip(3, JANE)])).splitlines() == [
        "Video by Jane Doe on Pexels: https://www.pexels.com/video/1/ (Pexels License, https://www.pexels.com/license/)",
        "Video by Ana on Pixabay: https://pixabay.com/videos/id-2/ "
        "(Pixabay Content License, https://pixabay.com/service/license-summary/)",
    ]


def test_author_of_several_lines_stays_on_one_line_of_the_file() -> None:
    odd = Credit("own_library", "Jane\nDoe\u2028Smith", page_url="https://library.example/1\n")
    assert credits_file(film_credits([clip(1, odd)])) == (
        "Video by Jane Doe Smith on own_library: https://library.example/1\n"
    )


def test_card_names_each_author_once() -> None:
    assert card(*clips_of("Jane Doe", "John Roe", "Jane Doe")) == "Footage: Jane Doe, John Roe (Pexels)"


def test_card_names_the_authors_by_provider() -> None:
    clips = [*clips_of("Jane Doe"), *clips_of("Ana", provider="pixabay", first=2), *clips_of("John Roe", first=3)]
    assert card(*clips) == "Footage: Jane Doe, John Roe (Pexels); Ana (Pixabay)"


def test_card_names_the_provider_of_a_video_without_an_author() -> None:
    assert card(*clips_of("")) == "Footage: Pexels"
    assert card(*clips_of("", "Jane Doe")) == "Footage: Jane Doe (Pexels)"
    assert card(*clips_of("Ana"), *clips_of("", provider="pixabay")) == "Footage: Ana (Pexels); Pixabay"


@pytest.mark.parametrize(
    ("count", "end"), [(4, "C, D (Pexels)"), (5, "C, D and 1 other (Pexels)"), (7, "C, D and 3 others (Pexels)")]
)
def test_authors_without_space_on_the_card_are_counted(count: int, end: str) -> None:
    assert card(*clips_of(*"ABCDEFG"[:count])) == f"Footage: A, B, {end}"


def test_long_names_leave_space_for_fewer() -> None:
    names = [f"{letter}driana Wolfeschlegelsteinhausen" for letter in "ABCD"]
    assert card(*clips_of(*names)) == f"Footage: {', '.join(names[:3])} and 1 other (Pexels)"


def test_too_long_name_is_cut_between_characters() -> None:
    family = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    text = card(*clips_of(family * 30))
    name = text.removeprefix("Footage: ").removesuffix(" (Pexels)")
    assert name == family * (len(name) // len(family)) + "…" and width(name) <= MAX_NAME_COLUMNS


def test_names_of_all_scripts_stay_as_they_are() -> None:
    names = ["王小明", "Łukasz Żółć", "نور", "Ngô Thị"]
    assert card(*clips_of(*names)) == f"Footage: {', '.join(names)} (Pexels)"


def test_card_is_in_the_language_of_the_film() -> None:
    clips = clips_of(*"ABCDEF")
    assert card(*clips, language="de-AT") == "Videos: A, B, C, D und 2 weitere (Pexels)"
    assert card(*clips, language="sw") == card(*clips)
    assert all(several.format(3) != several for _, _, several in WORDS.values())


def test_film_without_stock_footage_has_no_card() -> None:
    assert card(clip(1, None)) == "" == credits_file(film_credits([clip(1, None)]))


@given(st.lists(st.tuples(st.sampled_from(["pexels", "pixabay"]), st.text(max_size=80)), min_size=1, max_size=30))
def test_card_is_always_short_and_names_every_provider(videos: list[tuple[str, str]]) -> None:
    clips = [clip(n, Credit(provider, author)) for n, (provider, author) in enumerate(videos)]
    text = card(*clips)
    assert width(text) <= MAX_COLUMNS and len(text) <= MAX_OVERLAY_TEXT
    assert all({"pexels": "Pexels", "pixabay": "Pixabay"}[provider] in text for provider, _ in videos)
