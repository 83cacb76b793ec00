"""The form of a text: whether it is a script for a film, with directions, or narration only; and what frames it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.planning.text import label_words as words
from app.planning.text.directions import BARE_TIME, BRACKETED_TIME, STAMP, ZERO
from app.planning.text.labels import SLUG, TIMECODE, Kind, Label, is_character, kind_of, label_of, part_of, speaker_name

MIN_TIMES, MIN_PARTS, MIN_LINES_OF_SPEAKER = 2, 2, 2
# In a dialogue of two speakers, or of one, at least this part of the lines has their names.
MIN_SHARE = 0.5
_SURE = (
    r"sure(?: thing)?|certainly|of course|absolutely|great|okay|ok|no problem|gladly|happy to help|klar|gerne|"
    r"natürlich|"
    r"selbstverständlich|bien sûr|certainement|voici|avec plaisir|claro|por supuesto|aquí (?:tienes|está)|con gusto|"
    r"certo|certamente|ecco|com certeza|aqui está|конечно|вот|当然|好的|以下是|这是|もちろん|以下は|물론|네"
)
_HERE = (
    r"here(?:['’]s| is| are)|below is|this is|hier (?:ist|sind|kommt)|voici|aquí (?:tienes|está)|ecco|aqui está|вот|"
    r"以下是|这是|以下は|다음은"
)
OPENING = re.compile(
    rf"^\W*(?:(?:{_SURE})\b.{{0,20}}?[!,.:，！。：…]+.{{0,200}}(?:{words.WORKS}).{{0,160}}|(?:{_HERE}).{{0,120}}"
    rf"(?:{words.WORKS}).{{0,120}}[:：]|(?:{_SURE})[!.！。]?)$",
    re.IGNORECASE,
)
_ASKS = (
    r"would you like (?:me|a|any|another)|do you want me|shall i|should i|let me know if you|"
    r"feel free to (?:adjust|edit|"
    r"modify|customi[sz]e|change|tweak)|i can (?:also )?(?:adjust|write|make|create)|want me to|if you(?:['’]d|"
    r" would) like|"
    r"i hope this (?:helps|script)|hope this helps|this script (?:is|runs|should)|soll ich|möchtest du, dass ich|"
    r"lass mich wissen, (?:ob|wenn)|sag mir bescheid|souhaitez-vous|voulez-vous que|n['’]hésitez pas à me|"
    r"¿?(?:quieres|te gustaría) que|avísame si|vuoi che|fammi sapere se|gostaria que eu|me avise se|хотите, чтобы я|"
    r"дайте знать, если|需要我|如果你(?:需要|想)|要不要我|必要であれば|ご希望|원하시면"
)
_OF_SCRIPT = (
    rf"{words.WORKS}|adjust|adapt|chang|edit|modif|tweak|tone|longer|shorter|length|style|anpass|änder|länger|kürzer|"
    r"ajust|modifi|cambi|acort|alarg|tono|ton|измен|调整|修改|更短|更长|変更|수정"
)
CLOSING = re.compile(
    rf"^\W*(?:{_ASKS}).{{0,200}}?(?:{_OF_SCRIPT}).{{0,200}}$|^\W*(?:i )?hope this helps\W*$", re.IGNORECASE
)
COUNT = re.compile(
    r"^\W*(?:(?:approx(?:imately|\.)?|about|total|estimated|~|ca\.|circa|environ)\s*){0,3}"
    r"(?:(?:word count|wortanzahl|wörter|"
    r"nombre de mots|número de palabras|字数)\s*[:：]\s*[~≈]?\d+.{0,30}|\d{1,4} words?|\d{1,4} wörter)\W*$",
    re.IGNORECASE,
)
# A number after the sign is a rank ("#1").
HASHTAGS = re.compile(r"^(?:[#＃](?=\w*[^\W\d_])[\w\u200d]+[\s,]*){1,60}$")
ANSWER = re.compile(rf"^\W*(?:{_SURE})[!.！。]?$", re.IGNORECASE)
MAX_CHATTER = 400
# The name of a speaker with the time at which he begins, above what he says.
STAMPED_NAME = re.compile(rf"[^\W\d_][\w .'’-]{{0,40}}?(?:\s{{2,}}|\s+[\[(]|\s+[-–—|]\s+|\t|\s){TIMECODE}[\])]?")
# In a script without another label for what is said, this is one, beside those of pictures.
AUDIO = ("audio", "áudio", "音频", "음성", "аудио")
VIDEO = ("video", "vídeo", "visual", "visuals", "видео", "视频")
# The title of a script, as models of language write it.
SCRIPT_TITLE = re.compile(r"(?:video|film|reel|tiktok|shorts?|youtube)[ -]?(?:video )?script")


@dataclass(frozen=True, slots=True)
class ScriptForm:
    """What the lines of a text show: it ``is_script`` for a film, ``has_speech`` if a label stands before what is said.

    ``has_times`` says that bare time codes begin its lines, ``has_parts`` that headings part it into scenes, and
    ``has_characters`` that it is a screenplay with the name of a character above each dialogue. ``speaks_audio`` says
    that "Audio:" stands before what is said. ``speakers`` are names of speakers in small letters.
    ``has_stamped_names`` says that names with times stand above what is said, ``has_narrator_lines`` that "NARRATOR"
    does.
    """

    is_script: bool = False
    has_speech: bool = False
    has_times: bool = False
    has_parts: bool = False
    has_characters: bool = False
    speaks_audio: bool = False
    speakers: frozenset[str] = frozenset()
    has_stamped_names: bool = False
    has_narrator_lines: bool = False


def form_of(lines: Sequence[str]) -> ScriptForm:
    """Return the form of a text of ``lines``, which have no marks of emphasis."""
    has_times = _has_times(lines)
    rows = [without_time(line, has_times) for line in lines]
    labels = [label for row in rows if (label := label_of(row))]
    parts = [part for row in rows if (part := part_of(row))]
    is_chat = sum(1 for line in lines if STAMP.match(line)) >= MIN_TIMES
    speakers = _speakers(labels, sum(1 for row in rows if row), is_chat=is_chat)
    is_slug = any(SLUG.match(row) for row in rows)
    named = [part for part in parts if part.is_marked and not part.is_numbered]
    has_names = len(named) >= MIN_PARTS and any(part.is_sure for part in named)
    has_parts = any(part.is_strong for part in parts) or has_names
    has_columns = min(_times_of(AUDIO, labels), _times_of(VIDEO, labels)) >= MIN_TIMES
    is_script = (
        any(label.is_strong for label in labels)
        or has_parts
        or is_slug
        or _times(lines) >= MIN_TIMES
        or has_columns
        or _is_presented(labels)
    )
    has_speech = any(label.kind == Kind.SPEECH and (label.is_strong or is_script) for label in labels)
    has_characters = is_slug and any(map(is_character, rows))
    is_spoken = has_speech or has_characters or bool(speakers)
    speaks_audio = is_script and not is_spoken and any(label.name.casefold() in AUDIO for label in labels)
    stamped = sum(1 for row in rows if STAMPED_NAME.fullmatch(row))
    narrators = sum(1 for row in rows if is_name_line(row, ScriptForm(has_narrator_lines=True)))
    return ScriptForm(
        is_script,
        is_spoken or speaks_audio,
        has_times,
        has_parts,
        has_characters,
        speaks_audio,
        speakers,
        stamped >= MIN_TIMES,
        narrators >= MIN_TIMES and not has_characters,
    )


def _is_presented(labels: Sequence[Label]) -> bool:
    """Return whether labels present a script: "Video script: …", or "Script:" alone beside "Hashtags:" and the like."""
    if any(label.kind == Kind.TITLE and SCRIPT_TITLE.fullmatch(label.name.casefold()) for label in labels):
        return True
    is_announced = any(label.kind == Kind.SPEECH and not label.words for label in labels)
    return is_announced and any(label.kind in (Kind.NOTE, Kind.CAPTION, Kind.TITLE) for label in labels)


def _times(lines: Sequence[str]) -> int:
    return sum(1 for line in lines if BRACKETED_TIME.match(line))


def _has_times(lines: Sequence[str]) -> bool:
    """Return whether bare time codes begin lines: from zero on, because others are times of the day."""
    times = [match["time"] for line in lines if (match := BARE_TIME.match(line))]
    return len(times) >= MIN_TIMES and ZERO.match(times[0]) is not None


def without_time(line: str, has_times: bool) -> str:
    """Return ``line`` without the time code that it begins with; bare ones count if ``has_times``."""
    bracketed = BRACKETED_TIME.match(line)
    match = bracketed or (BARE_TIME.match(line) if has_times else None)
    return line[match.end() :] if match else line


def _times_of(names: Sequence[str], labels: Sequence[Label]) -> int:
    return sum(1 for label in labels if label.name.casefold() in names)


def is_name_line(line: str, form: ScriptForm) -> bool:
    """Return whether a line is only the name of who says the lines below it: in a transcript, or "NARRATOR"."""
    if form.has_stamped_names and STAMPED_NAME.fullmatch(line):
        return True
    kind, is_strong, _ = kind_of(line.strip())
    return form.has_narrator_lines and kind == Kind.SPEECH and is_strong and is_character(line)


def is_answer(line: str) -> bool:
    """Return whether a line is only an answer to a request, such as "Sure!"."""
    return ANSWER.match(line) is not None


def _speakers(labels: Sequence[Label], count: int, *, is_chat: bool) -> frozenset[str]:
    """Return the names before a colon in a dialogue: two that come again, or one before half of ``count`` lines.

    In a chat the name after the time of each message is one.
    """
    counts = Counter(name for label in labels if (name := speaker_name(label)))
    again = {name for name, times in counts.items() if times >= MIN_LINES_OF_SPEAKER}
    if is_chat:
        return frozenset(counts)
    if not again:
        return frozenset()
    is_dialogue = len(again) > 1 or (len(counts) <= 2 and counts.total() >= MIN_SHARE * count)
    return frozenset(counts) if is_dialogue else frozenset()


def is_chatter(line: str, *, opens: bool) -> bool:
    """Return whether a line before (``opens``) or after a script speaks about it, as models of language do."""
    if len(line) > MAX_CHATTER:
        return False
    pattern = OPENING if opens else CLOSING
    return pattern.match(line) is not None or (not opens and COUNT.match(line) is not None)


def is_directed(line: str, form: ScriptForm) -> bool:
    """Return whether a line of a script for a film has a label, is in brackets, or is the heading of a part."""
    if is_name_line(line, form):
        return True
    if not (form.is_script or form.speakers or form.has_times):
        return line.startswith("[") and line.endswith("]")
    row = without_time(line, form.has_times)
    label = label_of(row)
    is_labelled = label is not None and (label.kind is not None or label.name.casefold() in form.speakers)
    return row != line or is_labelled or part_of(row) is not None or row[:1] in ("[", "(") or is_character(row)
