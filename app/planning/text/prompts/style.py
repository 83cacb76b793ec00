"""Wishes about the style and the length of a film: "fast, funny, with a hook", "30 seconds"."""

from __future__ import annotations

import re

from app.planning.text.prompts.lengths import DURATION
from app.planning.text.prompts.patterns import FRAME, PLATFORM, PRODUCTION_NOUN, STYLE_OF

_ADJECTIVES = """
fast slow quick snappy punchy short brief concise long simple minimal minimalist clean modern retro vintage funny fun
humorous witty playful silly serious dramatic epic emotional touching moving sad happy joyful uplifting upbeat
energetic energic lively calm relaxed relaxing quiet soft gentle romantic dreamy warm cosy cozy friendly casual
professional formal elegant luxurious premium bold loud edgy trendy viral catchy engaging exciting inspiring
inspirational motivational informative educational cinematic aesthetic moody dark bright colourful colorful animated
fast-paced slow-paced lustig witzig schnell langsam kurz knackig modern ruhig emotional romantisch dramatisch seriös
professionell energisch freundlich locker einfach spannend inspirierend unterhaltsam stilvoll fröhlich rapide lente
lent drôle court courte dynamique calme émouvant émouvante romantique moderne sérieux sérieuse simple élégant élégante
inspirant inspirante percutant percutante amusant amusante rápido rápida lento lenta divertido divertida corto corta
dinámico dinámica tranquilo tranquila emotivo emotiva romántico romántica moderno moderna serio seria sencillo
sencilla elegante inspirador inspiradora gracioso graciosa
"""
ADJECTIVE = (
    "(?:" + "|".join(sorted(map(re.escape, set(_ADJECTIVES.split())), key=lambda word: (-len(word), word))) + ")"
)
DEGREE = r"(?:(?:very|really|super|quite|rather|pretty|a bit|sehr|ganz|très|muy|bien|bitte|please)\s+)"
ADJECTIVE_TAIL = r"(?:\s+(?:style|tone|mood|pace|vibe|look|feel|stil|ton))?"
WITH = (
    r"(?:with|using|including|mit|avec|con)\s+(?:[\w-]+\s+){0,3}?"
    rf"{PRODUCTION_NOUN}(?:\s+(?:at the (?:start|beginning|end)|am (?:anfang|ende)))?"
)
LENGTH = (
    rf"(?:(?:about|around|max\.?|maximum|under|in|for|lasting|up to|ca\.|etwa|en|de|environ)\s+)?{DURATION}"
    r"(?:\s+(?:long|max\.?|or less|lang|maximum))?"
)
AUDIENCE = (
    rf"(?:for|on|für|pour|para)\s+(?:{PLATFORM}|(?:gen|generation) [xyz]|kids|children|teens|teenagers|beginners|"
    r"everyone|"
    r"adults|kinder|anfänger|débutants|niños|principiantes)"
)
ADJECTIVE_NOUN = rf"(?:{ADJECTIVE}\s+){{1,2}}{PRODUCTION_NOUN}"
WISH = re.compile(
    rf"\s*(?:{DEGREE}?{ADJECTIVE}{ADJECTIVE_TAIL}|{WITH}|{LENGTH}|{AUDIENCE}|{FRAME}|{ADJECTIVE_NOUN}|{STYLE_OF})\s*",
    re.IGNORECASE,
)
SEPARATOR = re.compile(r"(\s*[,;]\s*|\s+(?:and|und|et|y|e)\s+)", re.IGNORECASE)
OPENING_WISHES_COLUMNS = 80
# A topic that asks how something is done may end with the time that it takes.
HOW = re.compile(r"^(?:how|why|wie|warum|comment|pourquoi|cómo|por qué)\b", re.IGNORECASE)
ENDING_LENGTH = re.compile(rf"\s+(?:in|en)\s+{DURATION}\s*$", re.IGNORECASE)


def is_only_wishes(text: str) -> bool:
    """Return whether ``text`` is a list of wishes, such as "30 seconds, funny, with a hook"."""
    parts = SEPARATOR.split(text.strip().rstrip(".!"))[::2]
    return all(map(_is_wish, parts))


def _is_wish(part: str) -> bool:
    """Return whether ``part`` is one wish, or several adjectives in a row ("funny short")."""
    return bool(WISH.fullmatch(part)) or (bool(part.split()) and all(map(WISH.fullmatch, part.split())))


def without_wishes(topic: str, *, is_ordered: bool) -> str:
    """Return ``topic`` without the wishes at its end; ``is_ordered`` says that an instruction came before it."""
    parts = SEPARATOR.split(topic)
    end = len(parts)
    while end > 1 and _is_wish(parts[end - 1]):
        end -= 2
    # Adjectives are wishes only after a comma: "salt and simple" is a topic.
    while end < len(parts) and not parts[end].strip().startswith((",", ";")):
        end += 2
    shorter = "".join(parts[:end])
    if is_ordered and not HOW.match(shorter):
        shorter = ENDING_LENGTH.sub("", shorter)
    return shorter if shorter.strip() else topic


def without_opening_wishes(sentence: str) -> str:
    """Return ``sentence`` without wishes before a colon at its beginning ("Fast, funny: our mug")."""
    wishes, colon, rest = sentence.partition(":")
    is_wished = colon and rest.strip() and len(wishes) <= OPENING_WISHES_COLUMNS and is_only_wishes(wishes)
    return rest.strip() if is_wished else sentence
