"""Texts that a fuzz target makes up, and what must be true of each when it is read."""

from __future__ import annotations

import re
import time

from hypothesis import strategies as st

from app.core.errors import BadRequest, TooLarge
from app.inputs.registry import read_script
from app.planning.text.left_out import omissions_of
from app.planning.text.passages import passages
from app.planning.text.spoken_text import ScriptText, script_text
from schemas.job import MAX_SCRIPT

# The CPU time in which a text of the greatest length is read, on a slow machine.
MAX_CPU_S = 20.0
WORD = re.compile(r"kw\d+q")
# Parts of which a warning names the beginning only. No reader sees definitions of links and languages of code.
NAMED_IN_PART = ("code", "section", "address")
UNSEEN = re.compile(r"\[[^\]\n]*\]:|(?:`{3}|~{3})[^\n]*kw")
URL = re.compile(r"\bhttps?://\S*")
_SIGNS = (
    "* ** _ __ ` ``` ~~ ~~~ # ## ### > - + -- --- === | || [ ] ( ) { } < > </ /> ![ ]( [^1] : :: ; . ... ! ? , & &amp; "
    "&lt; &#42; \\ \\\\ 【 】 （ ） ♪ “ ” „ « » ' \" 1. 2. 3) (1) ① 1️⃣ #1 – — 0:05 [0:05] <b> </b> <br> <p> <break/> "
    "<speak> <!-- --> <s> </s> <script> </script> ¹ [1] http://a.b/c {\\ $ % ^ @ ™ 🎉 ☐ → ："
)
SIGNS = tuple(_SIGNS.split())
LABELS = (
    "Narrator:", "**Narrator:**", "Visual:", "*Visual:", "Text on screen:", "Scene 1", "Scene 2:", "[Hook]", "Anna:",
    "Bob:", "SFX:", "Camera:", "Title:", "Voiceover (calm):", "旁白：", "画面：", "INT. HOUSE – DAY", "FADE IN:",
    "[12/03/2024, 10:15] Anna:", "VIDEO:", "AUDIO:", "Shot 1:", "Script:", "Hashtags: #a", "V.O.:", "INSERT:", "CTA:",
    "Anna (0:05)", "== ", " ==", "<think>", "</think>", '<sub alias="so">', "</sub>", '<say-as interpret-as="digits">',
    "</say-as>", '<audio src="a.mp3">', "</audio>", "\n> 3 ", "\n- 5 °C ", "\n# 1 in ", "\n+ 5 ", "\n1/ ",
    "(laughs)", "[music]", "*sighs*", "Note:", "Q:", "NARRATOR", "Would you like me to change", "Here is your script:",
)  # fmt: skip
SPACES = (" ", " ", " ", "", "\n", "\n\n", "\n  ", "\n    ", "\n> ", "\n- ", "\n1. ", "\n| ", " | ", "\t", "  \n", "。")


@st.composite
def written_texts(draw: st.DrawFn) -> str:
    """Texts of words, each with a number of its own, among signs, labels and spaces."""
    parts: list[str] = []
    for number in range(draw(st.integers(1, 40))):
        kind = draw(st.integers(0, 5))
        if kind <= 2:
            parts.append(f"kw{number}q")
        else:
            parts.append(draw(st.sampled_from(SIGNS if kind < 5 else LABELS)))
        parts.append(draw(st.sampled_from(SPACES)))
    return "".join(parts)


@st.composite
def repeated_texts(draw: st.DrawFn) -> str:
    """Texts of the greatest length that repeat a few signs, words and labels."""
    unit = "".join(draw(st.lists(st.sampled_from((*SIGNS, *LABELS, *SPACES, "a", "b c")), min_size=1, max_size=5)))
    start = draw(st.sampled_from(("", "a", *SIGNS)))
    return (start + unit * (MAX_SCRIPT // len(unit) + 1))[:MAX_SCRIPT] if unit else start


def words_of(script: ScriptText) -> str:
    """All that a film says and shows of a text, and all that its warnings name."""
    shown = [line.shown.text for line in script.lines if line.shown]
    said = [alias.spoken for alias in script.aliases]
    seen = [f"{line.words} {line.picture} {line.on_screen}" for line in script.lines]
    return " ".join((*seen, *said, *shown, *script.left_out, script.title or ""))


def check_words(text: str) -> None:
    """Check that each word of ``text`` is spoken, shown or named, and that reading raises no other error."""
    try:
        script = script_text(text)
        read_script(text.encode("utf-8", "ignore"), "a.md")
        read_script(text.encode("utf-8", "ignore"), "a.txt")
    except (BadRequest, TooLarge):
        return
    omissions_of(script.parts_left_out)
    passages(script.lines, "en")
    if any(part.kind in NAMED_IN_PART for part in script.parts_left_out) or UNSEEN.search(text):
        return
    found = words_of(script)
    lost = [word for word in WORD.findall(URL.sub("", text)) if word not in found]
    assert not lost, f"neither spoken, shown nor named: {lost}"


def check_time(text: str) -> float:
    """Check that ``text`` is read within the time for any text; return the CPU time."""
    script_text.cache_clear()
    start = time.process_time()
    script = script_text(text)
    passages(script.lines, "en")
    taken = time.process_time() - start
    assert taken < MAX_CPU_S, f"{taken:.1f} s of CPU time for {len(text):,} characters"
    return taken
