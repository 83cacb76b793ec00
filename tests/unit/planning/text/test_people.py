"""People whom a text introduces: recognised by rules, and never where no person is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.text.people import people

INTRODUCED = [
    ("en", "Dr. Jean-Luc Müller of the WHO warned us.", "Dr. Jean-Luc Müller", "WHO"),
    ("en", "Maria Chen, chief engineer at Acme, built it.", "Maria Chen", "Chief engineer at Acme"),
    ("en", "“It works,” said Tim Cook, Apple's CEO.", "Tim Cook", "CEO, Apple"),
    ("en", "Meet Anna Schmidt, head of research at Siemens.", "Anna Schmidt", "Head of research at Siemens"),
    ("en", "Apple CEO Tim Cook smiled.", "Tim Cook", "CEO, Apple"),
    ("en", "When CEO Tim Cook smiled, we did.", "Tim Cook", "CEO"),
    ("en", "According to Maria Chen of Acme, it is safe.", "Maria Chen", "Acme"),
    ("en", "Ask chef Gordon Ramsay.", "Gordon Ramsay", "Chef"),
    ("en", "Prof. Anna Schmidt (MIT) says so.", "Prof. Anna Schmidt", "MIT"),
    ("en", "Sam O'Brien, a nurse from Leeds, works nights.", "Sam O'Brien", "Nurse from Leeds"),
    ("en", "Ludwig van Beethoven, composer, was deaf.", "Ludwig van Beethoven", "Composer"),
    ("en", "Former president Barack Obama came.", "Barack Obama", "Former president"),
    ("en", "Mr. John Smith of Lloyds disagreed.", "John Smith", "Lloyds"),
    ("en", "NASA engineer Maria Chen built it.", "Maria Chen", "Engineer, NASA"),
    ("en", "In New York, director Jane Doe said no.", "Jane Doe", "Director"),
    ("de", "Laut Prof. Anna Schmidt (Charité) hilft das.", "Prof. Anna Schmidt", "Charité"),
    ("de", "Anna Schmidt, Chefingenieurin bei Siemens, baut Züge.", "Anna Schmidt", "Chefingenieurin bei Siemens"),
    ("de", "Dr. Karl Weber vom Robert Koch-Institut warnt.", "Dr. Karl Weber", "Robert Koch-Institut"),
    ("de", "Die Ingenieurin Anna Schmidt von Siemens sagt nein.", "Anna Schmidt", "Ingenieurin, Siemens"),
    ("de", "Bürgermeisterin Eva Maier eröffnet den Markt.", "Eva Maier", "Bürgermeisterin"),
    (
        "fr",
        "Selon Jean Dupont, directeur de l'Institut Pasteur, non.",
        "Jean Dupont",
        "Directeur de l'Institut Pasteur",
    ),
    ("fr", "Le président Emmanuel Macron arrive.", "Emmanuel Macron", "Président"),
    ("fr", "La professeure Anne Martin (CNRS) explique.", "Anne Martin", "Professeure, CNRS"),
    ("es", "María López, directora del Museo del Prado, ríe.", "María López", "Directora del Museo del Prado"),
    ("es", "El presidente Pedro Sánchez llegó.", "Pedro Sánchez", "Presidente"),
]
WITHOUT_PEOPLE = [
    ("en", "Dr. Pepper is a drink."),
    ("en", "Dr. Martens boots last for years."),
    ("en", "Mount Everest is the king of mountains."),
    ("en", "New York, capital of cool, never sleeps."),
    ("en", "Tim Cook is happy."),
    ("en", "Joan of Arc was brave."),
    ("en", "In March, engineers met in Paris."),
    ("en", "Acme Corp, founder of nothing, fell."),
    ("en", "Big Ben, Westminster Abbey and the Tower."),
    ("en", "The Galaxy Watch Pro, manager of your day, is here."),
    ("en", "President Lincoln Memorial is white."),
    ("en", "Captain Morgan Rum is sweet."),
    ("en", "Chef Boyardee Ravioli is back."),
    ("en", "We met Anna Smith, engineers and designers."),
    ("en", "Marie Curie (1867) was great."),
    ("en", "General Motors, owner of Opel, sold it."),
    ("en", "Our Head of Growth left in May."),
    ("en", "The CEO of Apple spoke."),
    ("en", "Follow Red Bull for more."),
    ("en", "Open Google Maps and Street View."),
    ("de", "Die Zugspitze ist hoch."),
    ("de", "Die Deutsche Bahn fährt im März."),
    ("de", "Dr. Oetker Pizza schmeckt."),
    ("de", "Frau Holle schüttelt die Betten."),
    ("de", "Der Leiter der Abteilung kam am Montag."),
    ("fr", "La Tour Eiffel est haute."),
    ("fr", "Le directeur du musée est parti en juillet."),
    ("es", "El río Ebro es largo."),
    ("es", "La directora del museo llegó el lunes."),
]


@pytest.mark.parametrize(("language", "sentence", "name", "role"), INTRODUCED)
def test_person_is_recognised_with_the_role_or_affiliation(language: str, sentence: str, name: str, role: str) -> None:
    (person,) = people([sentence], language)
    assert (person.name, person.role) == (name, role)
    assert person.written in sentence


@pytest.mark.parametrize(("language", "sentence"), WITHOUT_PEOPLE)
def test_sentence_without_a_person_has_none(language: str, sentence: str) -> None:
    assert people([sentence], language) == ()


def test_person_is_introduced_once() -> None:
    text = ["Maria Chen, chief engineer at Acme, built it.", "“It works,” said Maria Chen, chief engineer at Acme."]
    assert len(people(text, "en")) == 1


def test_language_without_rules_has_no_people() -> None:
    assert people(["Dr. Jean-Luc Müller of the WHO warned us."], "sv") == ()


WORDS = "the|cat|sat|On|Monday|in|New|York|and|Dr.|of|CEO|at|,|(|)|WHO|said|Maria".split("|")  # noqa: SIM905


@given(st.lists(st.sampled_from(WORDS)))
def test_name_of_a_person_is_in_the_text(words: list[str]) -> None:
    sentence = " ".join(words)
    assert all(person.written in sentence and person.role for person in people([sentence], "en"))
