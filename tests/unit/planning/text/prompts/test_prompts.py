"""Parsing of prompts: instruction, topic, length and narration, and the sentences about a topic."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.text.prompts.parsing import NO_TOPIC, ParsedPrompt, parse_prompt
from app.planning.text.prompts.topic_text import topic_sentences


@pytest.mark.parametrize(
    ("prompt", "topic", "seconds"),
    [
        ("Create a 20 second vertical video about the history of tea", "the history of tea", 20),
        ("make me an ad for our new coffee mug", "our new coffee mug", None),
        ("Can you make a one-minute explainer about how solar panels work?", "how solar panels work", 60),
        ("A 15-second ad: Luna, the lamp that wakes you", "Luna, the lamp that wakes you", 15),
        ("I want a short film about my grandmother's garden.", "my grandmother's garden", None),
        ("Video about cats", "cats", None),
        ("Generate a 45 sec promo for TikTok and Instagram about our bakery, in a friendly tone", "our bakery", 45),
        ("Create a video that explains why the sky is blue", "why the sky is blue", None),
        ("create a video in 9:16 showing a sunrise", "a sunrise", None),
        ("Make a video about our bakery in 9:16", "our bakery", None),
        ("Make a video about our bakery in 16:9 format.", "our bakery", None),
        ("Make a video about our bakery in vertical format", "our bakery", None),
        ("Make a video about our bakery in portrait", "our bakery", None),
        ("Make a video about our bakery, in 1:1", "our bakery", None),
        ("Make a video about our bakery in 9:16 with captions", "our bakery", None),
        ("Make a video about our bakery with upbeat music, in a friendly tone, in 9:16", "our bakery", None),
        ("Make a video about our bakery in 9:16 (20 seconds)", "our bakery", 20),
        ("Make a video about a room with a view in 9 parts", "a room with a view in 9 parts", None),
        ("Make a video of my dog (20 seconds)", "my dog", 20),
        ("Please create a 30s video for our bottle, with upbeat music and captions.", "our bottle", 30),
        ("Erstelle ein 20-sekündiges Video über die Geschichte des Tees", "die Geschichte des Tees", 20),
        ("Crée une vidéo de 15 secondes sur le café", "le café", 15),
        ("Haz un video de 30 segundos sobre el café de Colombia", "el café de Colombia", 30),
        ("制作一个20秒的关于茶的视频", "茶", 20),
        ("15秒の猫についての動画を作ってください", "猫", 15),
        ("A cat surfing on a big wave at sunset", "A cat surfing on a big wave at sunset", None),
    ],
)
def test_instruction_is_separated_from_the_topic(prompt, topic, seconds):
    assert parse_prompt(prompt) == ParsedPrompt(topic, (), seconds and seconds * 1000)


@pytest.mark.parametrize(
    "frame",
    [
        " in 9:16",
        " in 16:9 format",
        ", in 4:5",
        " in a square format",
        " in vertical",
        " in portrait mode",
        " in landscape orientation",
        ", vertical",
        " (9:16)",
        " 9:16",
        " as a 4:5 video",
        " as a vertical 9:16 reel",
        " in 1080p",
        " at 1080p",
        ", 1080p",
        " in 4K",
        " in full HD",
        " in 1080x1920",
        " in vertical 9:16, 1080p",
        " in 9:16 with upbeat music and captions",
        ", with captions, in 9:16, 1080p",
        " in 9:16.",
    ],
)
@pytest.mark.parametrize("instruction", ["Create a video about the history of tea", "The history of tea"])
def test_frame_size_is_not_part_of_the_topic(instruction, frame):
    if instruction.startswith("The") and (" with " in frame or frame.endswith(".")):
        instruction = f"Make an ad for {instruction}"
    assert parse_prompt(instruction + frame).topic.lower() == "the history of tea"


@pytest.mark.parametrize(
    ("prompt", "topic"),
    [
        ("Erstelle ein Video über Tee im Hochformat", "Tee"),
        ("Erstelle ein Video über Tee im Format 9:16", "Tee"),
        ("Crée une vidéo sur le café au format 9:16", "le café"),
        ("Haz un video sobre el café en formato vertical", "el café"),
        ("制作一个关于茶的竖屏视频", "茶"),
        ("制作一个关于茶的9:16视频", "茶"),
        ("茶についての縦型動画を作ってください", "茶"),
        ("create a video in 1080p about tea", "tea"),
    ],
)
def test_frame_size_is_recognised_in_other_languages(prompt, topic):
    assert parse_prompt(prompt).topic == topic


@pytest.mark.parametrize(
    "topic",
    [
        "pizza in Times Square",
        "painting in landscape and portrait",
        "the 4:5 ratio in music",
        "how to boil eggs in 3 minutes",
    ],
)
def test_words_that_resemble_a_frame_size_stay_in_the_topic(topic):
    assert parse_prompt(f"Create a video about {topic}").topic == topic


@pytest.mark.parametrize(
    "prompt",
    [
        "The story of tea is long. It began in China.",
        "Our mug keeps coffee hot for 30 seconds.",
        "Give your story a new look.",
        "Make your morning special with a short walk on the beach.",
        "Keep it hot for hours. Meet our new mug.",
        "Make it yours today.",
        "Our video shows what a harbour looks like at night.",
    ],
)
def test_sentence_that_resembles_an_instruction_is_narrated(prompt):
    parsed = parse_prompt(prompt)
    assert parsed.topic == "" and " ".join(parsed.sentences) == prompt
    assert parsed.target_ms is None


def test_sentences_after_the_instruction_are_narrated():
    parsed = parse_prompt("Make an ad for our mug. It keeps coffee hot. Buy it today.")
    assert parsed == ParsedPrompt("our mug", ("It keeps coffee hot.", "Buy it today."))


@pytest.mark.parametrize(
    "direction",
    [
        "Keep it under 30 seconds.",
        "Use calm music.",
        "Make it fun and upbeat.",
        "Add captions.",
        "The video should feel warm.",
        "Style: cinematic.",
        "End with our logo.",
        "Vertical format.",
        "In 9:16.",
        "Vertical 9:16, 1080p.",
        "As a square video.",
        "30 seconds max.",
    ],
)
def test_directions_are_not_narrated(direction):
    parsed = parse_prompt(f"Make an ad for our mug. {direction} It keeps coffee hot.")
    assert parsed.sentences == ("It keeps coffee hot.",)
    assert parsed.target_ms == (30_000 if "30" in direction else None)


@pytest.mark.parametrize(
    ("length", "ms"),
    [
        ("2 minute", 120_000),
        ("half a minute", 30_000),
        ("1.5 minute", 90_000),
        ("90s", 90_000),
        ("20 minutes", 600_000),
    ],
)
def test_length_is_parsed(length, ms):
    assert parse_prompt(f"Create a video about tea. Length: {length}.").target_ms == ms
    assert parse_prompt(f"Create a video about tea lasting {length}").target_ms == ms


def test_word_that_resembles_a_length_is_not_a_length():
    assert parse_prompt("Create a film as an ad about tea").target_ms is None
    assert parse_prompt("Create a 30s film about tea").target_ms == 30_000


@pytest.mark.parametrize(
    "prompt", ["Make it short.", "30 seconds, funny, with a hook", "Turn these photos into a film", "In 9:16."]
)
def test_prompt_that_only_says_how_has_no_topic_and_no_narration(prompt):
    parsed = parse_prompt(prompt)
    assert (parsed.topic, parsed.sentences, parsed.missing) == ("", (), NO_TOPIC)


@given(st.text(min_size=1, max_size=200).filter(lambda text: any(c.isalnum() for c in text)))
@settings(max_examples=150, deadline=None)
def test_any_prompt_has_a_topic_or_a_narration_or_misses_one(prompt):
    parsed = parse_prompt(prompt)
    assert parsed.topic or parsed.sentences or parsed.missing


@pytest.mark.parametrize(
    ("prompt", "topic", "seconds"),
    [
        ("Make a 30 seconds video about our bakery, fast, funny, with a hook", "our bakery", 30),
        ("Create a fast, funny 1-minute video about coffee with a hook and upbeat music", "coffee", 60),
        ("I need a video for my wedding photos, romantic, slow, 1 minute", "my wedding photos", 60),
        ("Create an ad for our mug in 15 seconds", "our mug", 15),
        ("30 second ad for Acme running shoes, energetic, for gen z", "Acme running shoes", 30),
        ("Make something viral about coffee", "coffee", None),
        ("Erstelle ein lustiges 30-Sekunden-Video über unsere Bäckerei mit einem starken Hook", "unsere Bäckerei", 30),
        ("Mach mir einen Werbespot für unser neues Fahrrad, schnell und witzig", "unser neues Fahrrad", None),
        ("Crée une vidéo de 30 secondes sur notre boulangerie, rapide et drôle", "notre boulangerie", 30),
        ("Crée une vidéo sur notre boulangerie, avec une accroche", "notre boulangerie", None),
        ("Haz un vídeo sobre nuestra panadería, rápido y divertido, con gancho", "nuestra panadería", None),
        ("Explain quantum computing in 60 seconds", "quantum computing", 60),
        ("Tell me about the history of tea", "the history of tea", None),
        ("Write a script about the fall of Rome.", "the fall of Rome", None),
        ("Erkläre mir die Photosynthese", "die Photosynthese", None),
        ("Explique-moi la photosynthèse", "la photosynthèse", None),
        ("Explícame la fotosíntesis", "la fotosíntesis", None),
        ("Show our new collection", "our new collection", None),
    ],
)
def test_order_style_and_length_are_not_part_of_the_topic(prompt, topic, seconds):
    assert parse_prompt(prompt) == ParsedPrompt(topic, (), seconds and seconds * 1000)


@pytest.mark.parametrize(
    "prompt",
    [
        "Our mug keeps coffee hot for six hours. 30 seconds, funny, with a hook.",
        "Fast, funny, 30 seconds: our mug keeps coffee hot for six hours.",
        "Make it fast and funny, 30 seconds, with a strong hook. Our mug keeps coffee hot for six hours.",
    ],
)
def test_wishes_around_the_narration_are_not_narrated(prompt):
    parsed = parse_prompt(prompt)
    assert parsed.sentences == ("Our mug keeps coffee hot for six hours.",) and parsed.target_ms == 30_000


@pytest.mark.parametrize(
    "sentence", ["Show your colours.", "Give your story a new look.", "Salt and simple bread is all we make here."]
)
def test_sentence_with_the_verb_of_an_order_is_narrated(sentence):
    assert parse_prompt(sentence).sentences == (sentence,)


@pytest.mark.parametrize(
    ("prompt", "missing"),
    [
        ("3 facts about octopuses", "3 facts about octopuses"),
        ("Give me 3 facts about octopuses.", "3 facts about octopuses"),
        ("Give me three surprising facts about the deep sea, fast, funny", "three surprising facts about the deep sea"),
        ("Make a TikTok: 3 facts about the moon", "3 facts about the moon"),
        ("Make a video with 3 facts about whales", "3 facts about whales"),
        ("Create a short video listing 5 benefits of green tea", "5 benefits of green tea"),
        ("Top 5 reasons to visit Lisbon", "Top 5 reasons to visit Lisbon"),
        ("Nenne mir 5 Tipps für besseren Schlaf", "5 Tipps für besseren Schlaf"),
        ("3 faits sur les baleines", "3 faits sur les baleines"),
        ("Dame 5 consejos para dormir mejor", "5 consejos para dormir mejor"),
    ],
)
def test_list_that_is_counted_but_not_given_is_missing(prompt, missing):
    parsed = parse_prompt(prompt)
    assert (parsed.topic, parsed.sentences, parsed.missing) == (missing, (), missing)


def test_list_that_is_given_is_narrated():
    facts = ("They have no bones.", "They never sleep.")
    assert parse_prompt("3 facts about sharks. They have no bones. They never sleep.").sentences[1:] == facts
    parsed = parse_prompt("Make a video about 2 facts about sharks: they have no bones, they never sleep.")
    assert parsed == ParsedPrompt("2 facts about sharks", ("They have no bones, they never sleep.",))


def test_topic_sentences_use_the_words_of_the_topic():
    assert topic_sentences("A cat surfing", "en")[0] == "Take a moment for a cat surfing."
    assert topic_sentences("Luna, the lamp", "en")[2].startswith("Luna, the lamp.")
    assert topic_sentences("our reusable bottle that keeps drinks cold", "en")[2].startswith("Our reusable bottle.")
    assert topic_sentences("how solar panels work", "en")[0] == "Have you ever wondered how solar panels work?"


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "it", "pt", "nl", "pt-BR"])
def test_every_topic_sentence_is_complete(language):
    lines = topic_sentences("tea", language)
    assert len(lines) == 3 and "tea" in " ".join(lines).lower()
    assert all(line[0].isupper() and line[-1] in ".?" and "{" not in line for line in lines)


def test_language_without_templates_gives_the_topic_alone():
    assert topic_sentences("茶", "zh") == ("茶。",)
    assert topic_sentences("чай", "ru") == ("Чай.",)
    assert topic_sentences("चाय", "hi") == ("चाय।",)


def test_braces_in_a_topic_are_not_interpreted():
    assert topic_sentences("{topic} {0}", "en")[0] == "Take a moment for {topic} {0}."
