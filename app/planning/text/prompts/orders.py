"""Orders in a prompt without the word "video", such as "Explain …" or "Give me 3 facts about …"."""

from __future__ import annotations

import re

from app.planning.text.prompts.lengths import DURATION
from app.planning.text.prompts.patterns import (
    ARTICLE,
    FILM_NOUN,
    FOR_PLATFORM,
    LENGTH_OR_SHAPE,
    PLATFORM,
    POLITE,
    REQUEST,
    SHAPE,
    VERB,
    VIDEO_NOUN,
)
from app.planning.text.prompts.style import ADJECTIVE

# Verbs that are never the narration of a film.
_EXPLAIN = (
    r"(?:explain|describe|summari[sz]e|tell (?:me|us|people|viewers)|talk|teach (?:me|us)|inform (?:me|us)|"
    r"write (?:me |us )?(?:an? )?(?:short |brief )?(?:script|story|text|voice ?over|narration)|"
    r"erkläre?|beschreibe?|erzähle?|schreibe? (?:mir )?(?:ein(?:en)? )?(?:skript|text|geschichte)|"
    r"explique[zr]?|décris|décrivez|raconte[zr]?|parle[zr]?|écri(?:s|vez) (?:un )?(?:script|texte)|"
    r"explíca(?:me|nos)?|explica|describe|cuénta(?:me|nos)|habla(?:me)?|háblame|escribe (?:un )?(?:guion|guión|texto))"
)
# Verbs that an advertisement may say to its viewers: an order only in a prompt without a full stop.
_PROMOTE = (
    r"(?:show|present|introduce|promote|advertise|announce|feature|zeige?|präsentiere?|bewirb|montre[zr]?|présente[zr]?|"
    r"muestra|presenta|promociona)"
)
# Verbs that are an order only before "me", "us" or a counted list.
_GIVE = (
    rf"(?:{_PROMOTE}|give|list|name|share|find|collect|suggest|tell|nenne?|gib|liste|sammle|donne[zr]?|cite[zr]?|liste[zr]?|"
    r"propose[zr]?|muéstra|da|di|enumera|nombra|comparte)"
)
_TO = r"(?:[\s-](?:me|us|mir|uns|moi|nous|nos)\b)"
_ABOUT = r"(?:\s+(?:something about|etwas über|about|on|that|über|von|sur|de la|de|du|sobre|acerca de|vor))?"
EXPLAIN_ORDER = re.compile(
    rf"^(?P<order>(?:{POLITE})?(?:{REQUEST})?{_EXPLAIN}{_TO}?{_ABOUT},?)\s+(?P<topic>\S.*)$", re.IGNORECASE | re.DOTALL
)
COUNT_WORD = (
    r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|"
    r"deux|trois|quatre|cinq|sept|huit|neuf|dix|dos|tres|cuatro|cinco|seis|siete|ocho|"
    r"nueve|diez|some|einige|quelques|algunos)"
)
LIST_NOUN = (
    r"(?:(?:fun )?facts?|things?|tips?|tricks?|hacks?|ways?|reasons?|steps?|ideas?|benefits?|mistakes?|secrets?|"
    r"lessons?|rules?|habits?|myths?|examples?|places|recipes?|quotes?|signs?|questions?|books|movies|foods|exercises?|advantages?|"
    r"differences|fakten|dinge|tipps|wege|gründe|schritte|ideen|vorteile|fehler|geheimnisse|regeln|orte|rezepte|"
    r"faits|choses|conseils|astuces|façons|raisons|étapes|idées|avantages|erreurs|règles|endroits|recettes|"
    r"datos|hechos|cosas|consejos|trucos|formas|maneras|razones|pasos|beneficios|errores|secretos|reglas|lugares|recetas)"
)
# A verb that makes a film or a text is such an order only before things that it counts.
GIVE_ORDER = re.compile(
    rf"^(?P<order>(?:{POLITE})?(?:{REQUEST})?(?:{_GIVE}{_TO}|(?:dame|danos|dime|muéstrame|{_GIVE})"
    rf"(?=\s+(?:the\s+)?(?:top\s+)?{COUNT_WORD}\s)|"
    rf"{VERB}(?=(?:the\s+)?(?:top\s+)?{COUNT_WORD}\s+(?:[\w'’-]+\s+){{0,3}}?{LIST_NOUN}\b)))\s*(?P<topic>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
PROMOTE_ORDER = re.compile(
    rf"^(?P<order>(?:{POLITE})?(?:{REQUEST})?{_PROMOTE})\s+(?P<topic>\S.*)$", re.IGNORECASE | re.DOTALL
)
# A list of things that the prompt counts but does not name: "3 surprising facts about the deep sea".
COUNTED_LIST = re.compile(
    r"^(?:(?:the|my|our|die|les|los|las)\s+)?(?:(?:top|best)\s+)?"
    rf"(?P<list>{COUNT_WORD}\s+(?:[\w'’-]+\s+){{0,3}}?{LIST_NOUN})\b"
    r"(?P<rest>[^:]*)(?P<given>:\s*\S.*)?$",
    re.IGNORECASE | re.DOTALL,
)
_MEDIA_NOUN = (
    r"(?:photos?|photographs?|pictures?|pics|images?|clips?|videos?|footage|files?|media|"
    r"fotos?|bilder|aufnahmen|imágenes|vídeos)"
)
_MEDIA_WORD = (
    r"(?:these|those|the|my|our|all|of|attached|uploaded|own|diese[nrs]?|den|die|meine[nr]?|unsere[nr]?|ces|mes|nos|les|"
    r"estas|estos|mis|las|los)"
)
# Words that only point at the files of the request.
MEDIA_REFERENCE = re.compile(rf"^(?:{_MEDIA_WORD}\s+)*{_MEDIA_NOUN}$", re.IGNORECASE)
MEDIA_ORDER = re.compile(
    rf"^(?:{POLITE})?(?:use|turn|take|edit|combine|cut|nimm|verwende|utilise[zr]?|usa)\s+"
    rf"(?:{_MEDIA_WORD}\s+)*{_MEDIA_NOUN}\s+"
    rf"(?:(?:to|and)\s+{VERB}|into\s+|für\s+|pour (?:faire|créer)\s+|para (?:hacer|crear)\s+)[^.!?]*{FILM_NOUN}\W*$",
    re.IGNORECASE,
)
# An order that does not say what the film is about: "Generate a video", "Mach ein lustiges Video".
_PLAIN_MODIFIER = rf"(?:(?:{ADJECTIVE}(?:e[nmrs]?)?|{DURATION}|{SHAPE}|{PLATFORM}|new|neues)(?:\s*,\s*|\s+))"
_MAKE = rf"(?:{POLITE})?(?:(?:{REQUEST})(?:{VERB})?|{VERB})"
EMPTY_ORDER = re.compile(
    rf"^(?:{_MAKE}(?:{ARTICLE})?{_PLAIN_MODIFIER}*{FILM_NOUN}(?:\s+{ADJECTIVE})?{FOR_PLATFORM}{LENGTH_OR_SHAPE}|"
    rf"{_MAKE}?(?:(?:make|turn) )?(?:this|it|that) into (?:{ARTICLE})?{_PLAIN_MODIFIER}*{FILM_NOUN})\W*$",
    re.IGNORECASE,
)
# The topic before the noun: "Make a cat video", "Erstelle ein Katzenvideo".
NOUN_ORDER = re.compile(
    rf"^(?P<order>{_MAKE}(?:{ARTICLE})?{_PLAIN_MODIFIER}*)(?P<topic>(?:[^\W\d_]+\s+){{1,3}}?|[^\W\d_]{{3,}}?)"
    rf"(?P<noun>{VIDEO_NOUN}){FOR_PLATFORM}{LENGTH_OR_SHAPE}\W*$",
    re.IGNORECASE,
)
