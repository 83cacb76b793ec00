"""The estimated length of a spoken line is near the length of its recording, numbers and abbreviations included."""

from __future__ import annotations

from statistics import mean

import pytest

from app.core.config import Settings
from app.planning.text.spoken_length import sound_ms, spoken_ms
from audio.levels import RATE
from audio.line_finishing import finish_line
from audio.voices import espeak
from audio.words import speakable_text

STORY = (
    "Most mornings begin the same way you pour a cup of coffee you answer two letters and by the time you remember "
    "it again it is cold"
)
SPOKEN = {
    "en": (
        "It costs $19.99 today, at 7:30 pm.",
        "Dr. Smith paid $2.4bn in 2023, e.g. for 25 km of cable.",
        "Our mug keeps coffee hot for 6 h at 60 °C.",
        "Sales grew 35% to €1.2m.",
        "Mr. and Mrs. Jones live at No. 7, Baker St.",
        "The bottle holds 500 ml and weighs 120 g.",
        "Call (555) 010-7788 today.",
        "From 9 a.m. to 5 p.m., 24/7, 365 days a year.",
        "Save $60 now. It was $249, and it is $189.",
        "The Moon pulls the water of the oceans toward it.",
    ),
    "de": (
        "Dr. Müller zahlte 3,5 % Zinsen.",
        "Sie kostete 1.250,50 € und wiegt z. B. 80 g.",
        "Der Turm ist 330 m hoch und 10.100 t schwer.",
        "Am 3. Oktober 1990 um 12:30 Uhr.",
        "Nur 29,99 € statt 49,99 €.",
        "Das sind ca. 20 Mio. Euro pro Jahr.",
        "Bei 25 °C und 100 km/h verbraucht er 5 l.",
        "Prof. Dr. Weber arbeitet seit 1998 in Berlin.",
        "Die Wohnung hat 85 m² und kostet 1.200 € im Monat.",
        "Unser Becher hält den Kaffee sechs Stunden lang heiß.",
    ),
    "fr": (
        "Le Dr Martin a payé 3,5 % d'intérêts.",
        "Il coûte 29,99 € au lieu de 49,99 €.",
        "La tour mesure 330 m et pèse 10 100 t.",
        "Le 14 juillet 1789 à 12 h 30.",
        "Environ 20 M€ par an, soit 5 % du total.",
        "À 25 °C et 100 km/h, elle consomme 5 l.",
        "M. Dupont habite à Lyon depuis 1998.",
        "L'appartement fait 85 m² et coûte 1 200 € par mois.",
        "La Lune attire l'eau des océans vers elle.",
    ),
    "es": (
        "El Dr. García pagó un 3,5 % de intereses.",
        "Cuesta 29,99 € en lugar de 49,99 €.",
        "La torre mide 330 m y pesa 10.100 t.",
        "El 12 de octubre de 1492 a las 12:30.",
        "Unos 20 millones de euros al año, es decir, el 5 % del total.",
        "A 25 °C y 100 km/h consume 5 l.",
        "La Sra. López vive en Madrid desde 1998.",
        "El piso tiene 85 m² y cuesta 1.200 € al mes.",
        "Nuestra taza mantiene el café caliente durante seis horas.",
    ),
}


def _recorded_ms(text, language):
    """Return the length of the finished line of the bundled voice that speaks every language."""
    spoken = espeak.build(Settings()).say(speakable_text(text, language).text, None, language, 1.0, 0)
    samples, _ = finish_line(spoken, spoken.words)
    return len(samples) * 1000 // RATE


@pytest.mark.parametrize("language", SPOKEN)
def test_estimates_are_near_the_recordings_of_numbers_units_and_abbreviations(language):
    shares = {text: spoken_ms(text, 1.0, language) / _recorded_ms(text, language) for text in SPOKEN[language]}
    assert {text: share for text, share in shares.items() if not 0.8 <= share <= 1.2} == {}
    assert mean(shares.values()) == pytest.approx(1, abs=0.1)


# Recordings of the default English voice.
@pytest.mark.parametrize(
    ("text", "recorded_ms"),
    [
        (STORY, 7080),
        ("Most mornings begin the same way.", 1865),
        ("Meet the Ember mug.", 1105),
        ("It costs $19.99 today, at 7:30 pm.", 3935),
        ("You pour a coffee, you answer two emails, and by the time you remember it, it is cold.", 4700),
        ("Our reusable bottle is made of recycled stainless steel, and it fits every car and bicycle.", 5310),
        ("Dr. Smith paid $2.4bn in 2023, e.g. for 25 km of cable.", 6825),
    ],
)
def test_estimate_is_near_the_default_voice(text, recorded_ms):
    assert spoken_ms(text) == pytest.approx(recorded_ms, rel=0.12)


def test_chinese_is_spoken_at_about_four_and_a_half_characters_a_second():
    assert 16 * 1000 / sound_ms("我们的新杯子可以让咖啡保温六小时", "zh") == pytest.approx(4.5, abs=0.1)


def test_faster_voice_takes_less_time():
    assert spoken_ms(STORY, speed=2.0) == pytest.approx(spoken_ms(STORY) / 2, abs=1)


def test_amount_counts_with_all_the_words_that_it_is_spoken_with():
    assert spoken_ms("It costs $19.99 today.") == spoken_ms("It costs nineteen dollars ninety-nine today.")
    assert spoken_ms("It weighs 80 g.") == spoken_ms("It weighs eighty grams.")


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Dr. Smith is here", "Doctor Smith is here", "en"),
        ("Ask Mrs. Jones", "Ask Mrs Jones", "en"),
        ("J. K. Rowling", "J K Rowling", "en"),
        ("Das kostet ca. zehn Euro", "Das kostet circa zehn Euro", "de"),
        ("misc. and so on", "misc and so on", "en"),
        ("Chiedi al Dott. Rossi", "Chiedi al Dott Rossi", "it"),
    ],
)
def test_dot_of_an_abbreviation_is_no_pause(one, other, language):
    assert sound_ms(one, language) == sound_ms(other, language)


def test_pauses_inside_the_text_count_and_the_final_pause_does_not():
    assert spoken_ms("One. Two") > spoken_ms("One Two")
    assert spoken_ms("One, two") > spoken_ms("One two")
    assert spoken_ms("One two.") == spoken_ms("One two")
    assert sound_ms("一二。三四", "zh") > sound_ms("一二三四", "zh")


def test_colon_of_a_time_and_mark_of_a_number_are_no_pause():
    assert sound_ms("um 12:30 Uhr", "de") == sound_ms("um 1230 Uhr", "de")


def test_text_without_letters_takes_no_time():
    assert spoken_ms("") == spoken_ms("🎉 … —") == 0
