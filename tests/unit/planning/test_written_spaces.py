"""From a script to its captions, in writing systems with and without spaces: no space is added, no word is cut."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.scenes.beats import Pace, beats
from app.planning.text.clauses import split_with_spaces
from app.planning.text.sentences import keywords, sentences, shorten
from app.planning.timing.timeline import build, retime
from assembly.text import subtitles
from schemas.preset import CaptionStyle, Pacing
from schemas.speech import Speech
from schemas.text_width import one_line
from schemas.timeline import Timeline, TimelineSchema
from tests.unit.planning import films

TEXTS = {
    "zh": "你好，世界。这是 iPhone手机（大约３０元）！他说“你好”——然后走了……价格是３０元（大约）！",
    "ja": "新しいマグカップは、ｺｰﾋｰを六時間温かく保ちます。ｶﾞｯﾂﾎﾟｰｽﾞ３０円「Python入門」を読んだ。",
    "th": "ขนมปังต้องใช้เวลา ขนมปังที่ดีต้องใช้เวลานานกว่านั้นมากและต้องอดทน ใช้iPhoneได้ 30บาท",
    "lo": "ເຂົ້າຈີ່ທີ່ດີຕ້ອງໃຊ້ເວລາດົນກວ່ານັ້ນ ແລະຕ້ອງອົດທົນ",
    "km": "នំប៉័ងល្អត្រូវការពេលវេលាយូរជាងនេះ។ ខ្ញុំស្រឡាញ់ភាសាខ្មែរ",
    "my": "ကောင်းမွန်သောပေါင်မုန့်သည် အချိန်ပိုကြာသည်။",
    "ko": "모든 위대한 이야기는 iPhone에서 시작된다. 오늘 (약 30원) 시작하세요!",
    "mixed": "很好👍🏽！👨‍👩‍👧‍👦 hello你好 world 🇩🇪ไทย, wi-fi很好",
}
STYLES = (CaptionStyle(), CaptionStyle(max_chars=8, max_lines=2), CaptionStyle(max_chars=200, max_lines=1))


def captioned(text: str, style: CaptionStyle, voice: bool, caption: str = "") -> Timeline:
    graph = films.graph_of(films.spoken(text, caption=caption))
    speech = films.speech(graph) if voice else Speech("en")
    preset = replace(films.PRESET, captions=style)
    return retime(graph, build(graph, films.SIZE), speech, films.still_clips(graph), preset)


def caption_lines(film: Timeline) -> list[str]:
    return [line for cue in film.tracks.captions for line in cue.text.split("\n")]


@pytest.mark.parametrize("voice", [True, False])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("language", TEXTS)
def test_every_caption_line_is_a_part_of_the_text(language: str, style: CaptionStyle, voice: bool) -> None:
    film = captioned(TEXTS[language], style, voice)
    shown = caption_lines(film)
    assert all(line in TEXTS[language] for line in shown)
    assert "".join("".join(shown).split()) == "".join(TEXTS[language].split())
    reloaded = TimelineSchema.read(TimelineSchema.plain(film))
    for cue in reloaded.tracks.captions:
        assert list(subtitles.cue_text_lines(cue)) == cue.text.split("\n")
    assert all(line in subtitles.srt(reloaded) and line in subtitles.vtt(reloaded) for line in shown)


@pytest.mark.parametrize("language", TEXTS)
def test_own_caption_keeps_its_spaces(language: str) -> None:
    shown = caption_lines(captioned("One two three.", STYLES[0], True, caption=TEXTS[language]))
    assert all(line in TEXTS[language] for line in shown)


def test_thai_lines_contain_whole_words() -> None:
    text = "ขนมปังต้องใช้เวลา ขนมปังที่ดีต้องใช้เวลานานกว่านั้นมากและต้องอดทน"
    words = ["ขนมปัง", "ต้อง", "ใช้", "เวลา", "ที่", "ดี", "นาน", "กว่า", "นั้น", "มาก", "และ", "อดทน"]
    for columns in range(8, 30):
        for line in caption_lines(captioned(text, CaptionStyle(max_chars=columns), True)):
            unmatched = line.replace(" ", "")
            while unmatched:
                unmatched = unmatched.removeprefix(next(word for word in words if unmatched.startswith(word)))


def test_thai_breaks_at_a_written_space_if_possible() -> None:
    text = "ขนมปังต้องใช้เวลามาก ขนมปังที่ดีต้องใช้เวลานาน"
    assert caption_lines(captioned(text, CaptionStyle(max_chars=24), True)) == text.split()
    assert split_with_spaces(text, 2, "th") == ("ขนมปังต้องใช้เวลามาก ", "ขนมปังที่ดีต้องใช้เวลานาน")


PACE = Pace(Pacing(lead_ms=200, tail_ms=350, min_scene_ms=1500, max_scene_ms=3000))


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(("pictures", "max_lines"), [(0, 400), (6, 400), (0, 2), (3, 1)])
def test_beats_contain_the_text_unchanged(language: str, pictures: int, max_lines: int) -> None:
    lines = beats(sentences(TEXTS[language], language), PACE, pictures, max_lines)
    assert all(line in TEXTS[language] for line in lines)
    assert "".join("".join(lines).split()) == "".join(TEXTS[language].split())


@given(st.text(st.sampled_from("ab é,.!“”（３０）。你好かカｶไทยเก็한👍🏽"), max_size=60), st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_joined_parts_are_the_sentence(text: str, count: int) -> None:
    assert "".join(split_with_spaces(one_line(text), count)) == one_line(text)


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("columns", [5, 12, 30, 60])
def test_shortened_text_is_the_start_of_the_text(language: str, columns: int) -> None:
    assert TEXTS[language].startswith(shorten(TEXTS[language], columns).rstrip("…"))


def test_shortened_text_does_not_cut_a_thai_word() -> None:
    assert shorten("ขนมปังที่ดีต้องใช้เวลานานกว่านั้นมาก", 10) == "ขนมปังที่ดี…"


@pytest.mark.parametrize("language", ["zh", "ja", "th"])
def test_keyword_is_in_the_text(language: str) -> None:
    assert all(word in TEXTS[language] for word in keywords(TEXTS[language], language))
