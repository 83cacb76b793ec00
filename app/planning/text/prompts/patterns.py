"""Patterns for the parts of a prompt that are addressed to Pytoon and not to the viewer.

An *instruction* asks for a film and names its topic ("Create a 20 second video about …"). A *direction* says how the
film is made ("Use calm music.", "in 9:16").
"""

from __future__ import annotations

import re

from app.planning.text.prompts.lengths import DURATION

POLITE = r"(?:please|kindly|bitte|s'il te plaît|por favor|per favore)\s+"
REQUEST = (
    r"(?:(?:can|could|would) you\s+(?:please\s+)?|i(?:'d| would)? (?:want|like|need)(?: you)?(?: to)?\s+|"
    r"we (?:want|need)(?: to)?\s+|let'?s\s+|help me\s+|"
    r"(?:kannst|könntest|würdest) du\s+(?:mir\s+|uns\s+)?(?:bitte\s+)?|"
    r"(?:ich|wir) (?:möchten?|wollen|will|brauchen?|hätten? gerne?)\s+|"
    r"(?:je veux|je voudrais|j'aimerais|il me faut|peux-tu|pouvez-vous|pourriez-vous)\s+|"
    r"(?:quiero|queremos|quisiera|necesito|puedes|podrías|voglio|vorrei|puoi|quero|preciso de)\s+)"
)
VERB = (
    r"(?:create|make|generate|produce|build|write|render|shoot|craft|prepare|design|film|give|do|"
    r"erstelle|erzeuge|mach|mache|produziere|crée|créez|créer|fais|faites|faire|génère|générez|"
    r"crea|crear|créame|haz|hazme|haznos|hacer|genera|fai|fammi|fare|crie|cria|faça|gere|maak)"
    r"(?:[\s-]+(?:me|us|mir|uns|moi|nous|mi|voor mij))?(?:\s+(?:bitte|please))?\s+"
)
ARTICLE = r"(?:an?|the|some|one|this|eine?n?|une?|uno|una|um|uma|een)\s+"
# Nouns that always mean a video.
VIDEO_NOUN = (
    r"(?:video|videoclip|clip|ad|advert|advertisement|commercial|reel|tik ?tok|promo|teaser|trailer|slideshow|"
    r"werbespot|werbevideo|werbeclip|vidéo|vídeo|anuncio|anúncio|filmato)s?"
)
# The length of a film before a hyphen: "30-Sekunden-Video".
COMPOUND = r"(?:\d{1,3}-[^\W\d]+-)?"
# Also nouns that can mean something else.
FILM_NOUN = (
    rf"(?:{COMPOUND}(?:{VIDEO_NOUN}|(?:short|film|movie|spot|explainer|montage|animation|story|documentary|kurzfilm|"
    r"publicité|cortometraje|pubblicità|corto)s?)|(?:something|etwas|quelque chose|algo)(?:\s+[\w-]+)?)"
)
PLATFORM = r"(?:tik ?tok|instagram|youtube|reels|shorts|facebook|linkedin|social media|snapchat|x|twitter)"
FOR_PLATFORM = rf"(?:\s+(?:for|on)\s+{PLATFORM}(?:\s*(?:,|and|or)\s*{PLATFORM})*(?:\s+(?:shorts|reels))?)?"
COUNTED = r"(?:two|three|four|five|six|seven|eight|nine|ten|zwei|drei|fünf|trois|cinq|dos|tres|cinco)"
TOPIC_VERB = r"(?:explain|answer|show|tell|introduce|present|promote|advertise|announce|celebrate|cover|describe|sell)"
# The words between the film and its topic; "with" only before a counted list ("with 3 facts about …").
TOPIC_LINK = (
    r"(?:\s+(?:with|listing|containing|giving|sharing|mit|avec|con)\s+"
    rf"(?=(?:the\s+)?(?:top\s+)?(?:\d|{COUNTED}\b))|"
    rf"(?:\s+(?:(?:which|that)\s+(?:{TOPIC_VERB}s?:?|is about)|to\s+{TOPIC_VERB}|{TOPIC_VERB}ing|tells? the story of|"
    r"introducing|featuring|"
    r"about|on|of|for|where|in which|über|zu|für|zum thema|sur|à propos de|pour|de|sobre|acerca de|para|su|per|over)"
    r"\s+|\s*[:,–—-]\s+))"
)
RATIO = r"(?:9:16|16:9|1:1|4:5|3:4|4:3|2:3|3:2|21:9)"
RESOLUTION = r"(?:(?:360|480|720|1080|1440|2160|4320)p|[248]k|(?:(?:full|ultra)[ -]?)?hd|uhd|\d{3,4}\s?[x×]\s?\d{3,4})"
SHAPE = rf"(?:{RATIO}|{RESOLUTION}|vertical|horizontal|square|portrait|landscape)"
# One or more shapes and their noun: "vertical 9:16 format, 1080p".
FRAME = (
    rf"{SHAPE}(?:(?:\s*,\s*|\s+)(?:(?:at|in)\s+)?{SHAPE}|\s+and\s+(?:{RATIO}|{RESOLUTION}))*"
    r"(?:\s+(?:format|mode|orientation|resolution|quality|aspect ratio))?"
)
LENGTH_OR_SHAPE = (
    rf"(?:\s+(?:(?:of|lasting|in|de|di|von|van)\s+|d['’])(?:{DURATION}|{SHAPE})(?:\s+(?:length|format))?)*"
)
MODIFIERS = r"(?:[^\s.!?]+\s+){0,8}?"
# Adjectives after their noun and the link to the topic, in French, Spanish, Italian and Portuguese.
LATER_MODIFIERS = (
    r"(?:(?:\s+(?:(?:et|y|e)\s+)?[^\W\d_]+){1,3}?(?=\s+(?:sur|sobre|su|à propos de|acerca de|pour|para)\s))?"
)
INSTRUCTION = re.compile(
    rf"^\s*(?P<instruction>(?:{POLITE})?(?:{REQUEST}(?:{VERB})?|{VERB})(?:{ARTICLE})?{MODIFIERS}{FILM_NOUN}(?:\s+{FILM_NOUN})*"
    rf"(?:\s*\([^)]*\))?{LATER_MODIFIERS}{FOR_PLATFORM}{LENGTH_OR_SHAPE}{TOPIC_LINK})(?P<topic>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# A noun phrase without a verb: "A 15-second ad: …", "Video about …".
NAMED_VIDEO = re.compile(
    rf"^\s*(?P<instruction>(?:{ARTICLE})?{MODIFIERS}{VIDEO_NOUN}(?:\s+{VIDEO_NOUN})*{FOR_PLATFORM}{LENGTH_OR_SHAPE}"
    r"\s*(?:\s(?:about|for|showing|über|sur|sobre|su)\s|:\s))"
    r"(?P<topic>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# Without an order: "10 second clip of our dog", "A minute about Paris". With a full stop they may be narration.
NAMED_CLIP = re.compile(
    rf"^\s*(?P<order>(?:{ARTICLE})?{MODIFIERS}{VIDEO_NOUN}\s+(?:of|von|de)\s+)(?P<topic>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
TIMED_TOPIC = re.compile(
    rf"^\s*(?P<order>{DURATION}\s+(?:about|on|über|zu|sur|sobre|su)\s+)(?P<topic>\S.*)$", re.IGNORECASE | re.DOTALL
)
# The verb at the end of a German request: "Kannst du ein Video über Pinguine machen?".
GERMAN_REQUEST = re.compile(r"\b(?:kannst|könntest|würdest|möchten?|wollen|will)\b", re.IGNORECASE)
FINAL_VERB = re.compile(r"\s+(?:machen|erstellen|drehen|produzieren|erzeugen|generieren)\W*$", re.IGNORECASE)
# Words that make a clause or a sentence a direction.
PRODUCTION_NOUN = (
    r"(?:music|captions?|subtitles?|voice ?overs?|narration|narrator|fonts?|transitions?|footage|styles?|tones?|"
    r"colou?rs?|images?|photos?|pictures?|clips?|hook|call to action|cta|logo|close-?ups?|slogan|tagline|"
    r"musik|untertiteln?|sprecher(?:in|stimme)?|übergängen|einstieg|musique|sous-titres|voix off|"
    r"accroche|música|subtítulos|voz en off|gancho|transiciones)"
)
STYLE_WORD = (
    r"(?:short|brief|simple|upbeat|fun|funny|light|calm|energetic|professional|friendly|casual|punchy|vertical|clean|"
    r"modern|cinematic|fast|slow|engaging|emotional|inspiring|under|below|within|around|about|look|feel|sound)"
)
DIRECTION = re.compile(
    rf"^(?:{POLITE})?(?:(?:keep|make) (?:it|(?:the|this) (?:tone|pace|{FILM_NOUN}))(?: to)? (?:{STYLE_WORD}\b|\d)|"
    rf"(?:use|add|include|have|end with|start with|open with|finish with|close with|with)\b.*\b{PRODUCTION_NOUN}\b|"
    rf"(?:the|this) {FILM_NOUN} (?:should|must|needs?|has to|will)\b|"
    r"it (?:should|must) (?:be|look|feel|sound|have|last)\b|"
    r"(?:style|tone|format|aspect(?: ratio)?|duration|length|mood|(?:target )?audience|platform|language|music|voice|"
    rf"resolution)\s*:|(?:in |as )?(?:an? )?{FRAME}(?:\s+{FILM_NOUN})?\W*$)",
    re.IGNORECASE,
)
# A sentence that states only a length.
ONLY_LENGTH = re.compile(
    rf"^(?:about|around|max(?:imum)?\.?|under|no longer than|length|duration)?:?\s*{DURATION}"
    r"(?:\s+(?:long|max|or less))?\W*$",
    re.IGNORECASE,
)
STYLE_OF = (
    r"(?:in the style of|im stil (?:eine[rs]|von)|dans le style d(?:e |['’])|al estilo de|nello stile di)\s*"
    r"(?:an?\s+|un[ae]?\s+)?[\w'’-]+(?:\s+[\w'’-]+){0,2}"
)
# A direction at the end of a topic.
TRAILING_DIRECTION = re.compile(
    rf",?\s+(?:(?:with|using|including|mit|avec|con)\s+(?:[\w-]+\s+){{0,3}}{PRODUCTION_NOUN}(?:\s*(?:,|and|und|et|y)\s*(?:[\w-]+\s+){{0,2}}{PRODUCTION_NOUN})*|"
    r"in (?:an? )?(?:[\w-]+ ){0,2}(?:style|tone|format)|im (?:[\w-]+ )?stil|"
    rf"{STYLE_OF}|"
    rf"lasting (?:about |around )?{DURATION}|\({DURATION}\))\s*$",
    re.IGNORECASE,
)
# The size of the frame at the end of a topic: a ratio or a resolution in any form, a word for a shape only with words
# that show that it means the frame.
TRAILING_FRAME = re.compile(
    rf"(?:,?\s+(?:in|at) (?:an? )?{FRAME}|,?\s+(?:as|in) an? {FRAME}\s+{FILM_NOUN}|,\s*{FRAME}|\s*\({FRAME}\)|"
    rf"\s+(?:{RATIO}|\d{{3,4}}p)(?:\s+format)?|"
    rf",?\s+(?:(?:im|au|en|in|em) )?(?:format|formato|formaat) (?:{RATIO}|verticale?|horizontal|carré|cuadrado)|"
    rf",?\s+(?:im (?:hoch|quer)format|en {RATIO}|en {RESOLUTION}))\s*$",
    re.IGNORECASE,
)
# The platform or the kind of film at the end of a topic.
TRAILING_PLATFORM = re.compile(
    rf",?\s+(?:(?:for|für|pour|para)\s+(?:(?:my|our|meinen?|unseren?|mon|mi|meu)\s+)?(?!x\b){PLATFORM}"
    rf"(?:\s*(?:,|and|or|und|et|y)\s*{PLATFORM})*(?:\s+(?:shorts?|reels?|stor(?:y|ies)|feed))?|"
    rf"(?:as|als|como|comme|en)\s+(?:{ARTICLE})?(?:[\w-]+\s+)?(?:{PLATFORM}\s+)?{VIDEO_NOUN})\s*$",
    re.IGNORECASE,
)
CHINESE_INSTRUCTION = re.compile(
    r"^(?P<instruction>请?(?:帮我)?(?:制作|做|生成|创建|拍)(?:一个|一段|一部|个)?(?:\d+秒的?)?(?:关于|有关)?)"
    r"(?P<topic>.+?)的?(?:竖屏|横屏|竖版|横版|方形|\d{1,2}[:：]\d{1,2}|\d{3,4}p|4k)*的?(?:视频|短片|短视频|广告|影片)[。！]?$"
)
JAPANESE_INSTRUCTION = re.compile(
    r"^(?P<instruction>(?:\d+秒の)?)(?P<topic>.+?)(?:についての|に関する|を紹介する|の)(?:縦型|縦長|横型|横長|正方形)?の?(?:動画|ビデオ|広告|ショート動画)を?"
    r"(?:作って|作成して|生成して|制作して)(?:ください|下さい|ほしい)?[。！]?$"
)
INSTRUCTIONS = (INSTRUCTION, NAMED_VIDEO, CHINESE_INSTRUCTION, JAPANESE_INSTRUCTION)
