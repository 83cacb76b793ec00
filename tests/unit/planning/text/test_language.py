"""Detection of the language of a text."""

from __future__ import annotations

import pytest

from app.planning.text.language import language_of, primary_subtag


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Our new mug keeps coffee hot for six hours.", "en"),
        ("Unser neuer Becher hält den Kaffee sechs Stunden lang heiß.", "de"),
        ("Notre nouvelle tasse garde le café chaud pendant six heures.", "fr"),
        ("Nuestra nueva taza mantiene el café caliente durante seis horas.", "es"),
        ("La nostra nuova tazza mantiene il caffè caldo per sei ore.", "it"),
        ("A nossa nova caneca mantém o café quente durante seis horas.", "pt"),
        ("Наша новая кружка сохраняет кофе горячим шесть часов.", "ru"),
        ("Наша нова кружка зберігає каву гарячою шість годин.", "uk"),
        ("كوبنا الجديد يحافظ على القهوة ساخنة لمدة ست ساعات.", "ar"),
        ("我们的新杯子可以让咖啡保温六小时", "zh"),
        ("新しいマグカップはコーヒーを六時間温かく保ちます", "ja"),
        ("우리의 새 머그잔은 커피를 여섯 시간 동안 뜨겁게 유지합니다", "ko"),
        ("הספל החדש שלנו שומר על הקפה חם", "he"),
        ("แก้วใหม่ของเราเก็บกาแฟให้ร้อน", "th"),
        ("हमारा नया मग कॉफी को गर्म रखता है", "hi"),
        ("Η νέα μας κούπα κρατά τον καφέ ζεστό", "el"),
    ],
)
def test_language_of_a_sentence_is_detected(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "Hello", "OK", "🎉🎉", "2026", "$9.99", "Un café"])
def test_too_short_text_counts_as_english(text):
    assert language_of(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Our trip to Rio de Janeiro",
        "Croissants at dawn",
        "Ice cream gelato artisan",
        "Zeitgeist magazine issue 4",
        "Best pizza in Napoli",
        "Portfolio Ana Martins",
        "Kindergarten opening day",
    ],
)
def test_text_of_a_few_words_with_foreign_names_is_english(text):
    assert language_of(text) == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hochzeit von Anna und Paul", "de"),
        ("Der Kaffee ist heiß", "de"),
        ("Mariage de Julie et Marc", "fr"),
        ("Bodas de Ana y Luis", "es"),
        ("El pan es viejo", "es"),
        ("Il pane è caldo", "it"),
        ("Yeni ekmeğimiz hazır", "tr"),
        ("Новый хлеб", "ru"),
    ],
)
def test_text_of_a_few_words_has_another_language_if_it_is_sure(text, language):
    assert language_of(text) == language


def test_name_in_another_script_does_not_determine_the_language():
    assert language_of("iPhone 手机很好用的") == "zh"
    assert language_of("Tokyoの朝") == "ja"
    assert language_of("Our friends in Tokyo write 東京 on the box of every mug.") == "en"


def test_primary_subtag_precedes_the_region():
    assert [primary_subtag(tag) for tag in ("pt-BR", "zh_Hans", "EN")] == ["pt", "zh", "en"]
