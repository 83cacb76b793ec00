"""The words of a text that may be part of a prompt: what is seen, and nothing that is addressed to viewers or private.

Left out are markup, SSML, stage directions, calls to action and offers, addresses, numbers of phones and accounts,
secrets, hashtags, names of accounts, emoji and control characters. Quotation marks and the brackets and options with
which prompts give commands ("[Push in]", "--ar 16:9", "(word:1.4)") lose their meaning.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

import regex

from app.core.redaction import REDACTED, redact_text
from app.planning.scenes.closing import CALLS
from app.planning.text.addresses import ADDRESS
from app.planning.text.amounts import amounts
from app.planning.text.directions import is_cue, without_cues
from app.planning.text.sentences import sentences
from schemas.emoji import EMOJI
from schemas.text_width import is_unspaced, one_line

# A longer text is cut before it is read: prompts have some hundred words.
MAX_READ = 4000
# A longer word is no word but a token, or a name of a file, except in scripts without spaces.
MAX_WORD = 60
MAX_SAME_CHARACTERS, MAX_SAME_WORDS = 3, 2
_FENCED = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1[`~]*|\Z)", re.DOTALL | re.MULTILINE)
_TAGS = re.compile(r"<[/!?A-Za-z][^<>]{0,500}>")
_LINKS = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}\)")
_STARS = re.compile(r"\*{2,}")
_REDACTED = re.compile(
    r"(?:(?<![\w-])[\w-]{1,60}[\"']?\s{0,3}[=:]\s{0,3}[\"']?|\bbearer\s{1,3})?"
    rf"[^\s*]{{0,80}}{re.escape(REDACTED)}\S{{0,80}}",
    re.IGNORECASE,
)
_TOKENS = re.compile(
    r"\b(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abprs]|hf|key)[-_][\w-]{8,}|\b(?:AKIA|AIza|eyJ)[\w.-]{12,}"
    r"|(?<![\w+/=-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[A-Za-z0-9+/=_-]{20,}(?![\w+/=-])"
)
_NUMBERS = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b|[+(]?\d(?:[\s()./-]{0,2}\d){7,}")
_TAGGED = re.compile(r"[#＃](?=\w*[^\W\d])\w+|(?<!\w)@\w[\w.]*")
_OPTIONS = re.compile(r"(?<!\S)--[A-Za-z]{2,}(?:\s+[\d:.]+)?|::[\d.-]*|(?<=\w):\d+(?:\.\d+)?(?=\))")
_QUOTES = re.compile(r"[\"“”„‟«»‹›「」『』〝〞`´]|(?<!\w)['‘’‚]|['‘’](?!\w)")
_STARRED = re.compile(r"(?<!\*)\*([^*\n]{1,80})\*(?!\*)")
# Stands for something private until it is known which sentences are calls to action; of the private use area.
_REMOVED = "\ue000"
_MARKUP = re.compile(r"[\[\]{}()<>【】（）〔〕〈〉《》|\\^~*_=•·●▪◦#]+")
_SPACE_BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?…。、，](?:\s|$))")
_MARKS = re.compile(r"([.,;:!?…。、，！？])(?:\s*[.,;:!?…。、，！？])+")
# Joiners are part of the spelling of Arabic and Indic scripts; other invisible characters are not of any.
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Co}\p{Cn}\p{Cs}--[\u200c\u200d]]|[\u200c\u200d](?![\p{L}\p{M}])", regex.V1)
_CALL = re.compile(
    r"\b(?:link in (?:the |my |our )?bio|subscribe|follow (?:us|me|for|along)|swipe (?:up|left|right)"
    r"|(?:click|tap) (?:here|the)|(?:order|buy|shop|book|call|try|start) (?:now|today|yours|online|here)"
    r"|sign up|learn more|comment below|like and|share this|find out more|abonnier\w*"
    r"|folg(?:t|e)? (?:uns|mir)|jetzt (?:kaufen|bestellen|buchen|testen|anmelden|sichern)"
    r"|abonne[zr]?[- ]|suivez|commandez|suscríbe\w*|síguenos|compra ahora|link na bio|iscriviti|seguici)",
    re.IGNORECASE,
)
# What a sentence that begins with the verb of a call has too; "Book on a table" is none.
_TO_VIEWERS = re.compile(
    r"\b(?:now|today|us|you|your|yours|our|free|here|below|link|bio|app|shop|store|website|jetzt|heute|uns|hier|dich|"
    r"euch|ihr|maintenant|aujourd|nous|ici|votre|ahora|hoy|aquí|tu|tuyo|nuestr\w)\b|\ue000",
    re.IGNORECASE,
)


# What a sentence with a price has if it offers something; "A sign of $5 on a door" does not.
_OFFER = re.compile(
    r"\b(?:now|only|just|instead|save|sale|off|discount|today|from|for|was|jetzt|nur|statt|heute|ab|für|seulement|lieu|"
    r"dès|pour|solo|ahora|desde|por)\b",
    re.IGNORECASE,
)


def seen_words(text: str, language: str | None = None) -> str:
    """Return the words of ``text`` that say what is seen, in one line; "" if there are none."""
    lines = [without_cues(line, [], is_script=False).words for line in _public(text).splitlines()]
    kept: dict[str, str] = {}
    for sentence in sentences("\n".join(lines), language):
        if not is_call(sentence) and (words := clean_words(sentence)):
            kept.setdefault(words.casefold(), words)
    return " ".join(kept.values())


def clean_words(text: str) -> str:
    """Return ``text`` in one line without markup, private data, commands, emoji and repetitions."""
    plain = _TAGGED.sub(" ", EMOJI.sub(" ", _public(text)))
    plain = _MARKUP.sub(" ", _QUOTES.sub("", _OPTIONS.sub(" ", plain)))
    line = one_line(_without_invisible(plain))
    line = _SPACE_BEFORE_MARK.sub("", _MARKS.sub(r"\1", _without_repetitions(line)))
    return line.strip(" ,;:、，-–—/…+&").lstrip(".!?。！？ ").strip()


def is_call(sentence: str) -> bool:
    """Return whether a sentence asks viewers to do something, or offers them something for a price."""
    if _CALL.search(sentence) or (CALLS.match(sentence.strip()) and _TO_VIEWERS.search(sentence)):
        return True
    return _OFFER.search(sentence) is not None and any(amount.kind == "price" for amount in amounts(sentence))


def _public(text: str) -> str:
    """Return ``text`` without code and tags; ``_REMOVED`` stands for addresses, secrets and numbers of accounts."""
    plain = unicodedata.normalize("NFC", text[:MAX_READ].encode(errors="ignore").decode())
    plain = _TAGS.sub(" ", _LINKS.sub(r"\1", _FENCED.sub("\n", plain.replace(_REMOVED, ""))))
    plain = _STARRED.sub(lambda match: " " if is_cue(match[1]) else match[1], plain)
    plain = redact_text(_STARS.sub("", plain))
    for private in (_REDACTED, ADDRESS, _TOKENS, _NUMBERS):
        plain = private.sub(f" {_REMOVED} ", plain)
    return plain


def _without_invisible(text: str) -> str:
    spaced = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    return str(_INVISIBLE.sub("", spaced))


def _without_repetitions(line: str) -> str:
    shorter = ("".join([*group][:MAX_SAME_CHARACTERS]) for _, group in groupby(line))
    words = groupby("".join(shorter).split(" "), str.casefold)
    return " ".join(word for _, group in words for word in [*group][:MAX_SAME_WORDS] if _is_word(word))


def _is_word(text: str) -> bool:
    return len(text) <= MAX_WORD or any(map(is_unspaced, text))
