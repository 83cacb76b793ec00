"""Whether a part of a sentence can be its title, or the sentence says more as a whole."""

from __future__ import annotations

from app.planning.text.hooks import plain_words, question_mark
from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS
from app.planning.text.title_words import TitleWords
from schemas.text_width import width

# A part that is no clause has at least so many words.
MIN_WORDS = 3
# A statement within these limits is not cut after its verb.
SHORT_WORDS, SHORT_COLUMNS = 9, 44
# A shorter part of a question has no verb or no object ("How did a shepherd?").
MIN_QUESTION_WORDS = 5
# Words after which a phrase goes on with what it is about ("a cup of coffee", "taught machines to read"), and words
# that may deny only what is cut off ("We never planned to stay").
_AFTER_PHRASES = "of to à de di van do dos das der des du del dei della delle"
_DENYING = "not never nicht nie kein keine ne n jamais no nunca non mai não niet nooit"
_GOES_ON, _NEGATIONS = frozenset(_AFTER_PHRASES.split()), frozenset(_DENYING.split())


def says_enough(part: str, sentence: str, words: TitleWords) -> bool:
    """Return whether ``part`` is a title for the long ``sentence``: a whole clause, or a phrase of its beginning.

    A phrase has three words at least, or is what the sentence explains, and does not lose what it is about. A question
    is not cut if there is space for it, nor is a short statement.
    """
    written, count = sentence.split(), len(part.split())
    after = plain_words(written)[count : count + 1]
    if not is_beginning(part, sentence):
        return count >= MIN_WORDS and (_is_after_pause(part, sentence) or _is_presented(part, sentence, words))
    if count < MIN_WORDS or not after:
        return count > 1 and bool({*after} & words.copulas) and not is_number(part)
    plain = plain_words(written[:count])
    if mark := question_mark(sentence):
        return count >= MIN_QUESTION_WORDS and part.endswith(mark)
    if written[count - 1].rstrip(CLOSING_MARKS)[-1:] in tuple(CLAUSE_MARKS):
        return not words.openers & {*plain[:2]}
    is_short = len(written) <= SHORT_WORDS and width(sentence) <= SHORT_COLUMNS
    return after[0] in words.verbs or not (is_short or after[0] in _GOES_ON or _NEGATIONS & {*plain})


def is_phrase(part: str, sentence: str) -> bool:
    """Return whether ``part`` is a beginning of ``sentence`` or has several words; of a question it must be both."""
    if question_mark(sentence):
        return is_beginning(part, sentence) and len(part.split()) >= MIN_QUESTION_WORDS
    return is_beginning(part, sentence) or len(part.split()) >= MIN_WORDS


def is_beginning(part: str, sentence: str) -> bool:
    """Return whether ``sentence`` begins with ``part``, whatever marks they have; false for no words."""
    return letters(part) != "" and letters(sentence).startswith(letters(part))


def asked(part: str, sentence: str) -> str:
    """Return ``part`` with the question mark of the ``sentence`` that it begins."""
    mark = question_mark(sentence) if is_beginning(part, sentence) else ""
    return part if part.endswith(mark) else part + mark


def letters(text: str) -> str:
    """Return the letters and digits of ``text`` in lower case: equal for texts with the same words."""
    return "".join(char for char in text.casefold() if char.isalnum())


def is_number(part: str) -> bool:
    """Return whether ``part`` is a date or the number of something ("Jan. 5", "Step 3")."""
    written = part.split()
    return len(written) == 2 and any(word.strip(CLAUSE_MARKS + ".#").isdigit() for word in written)


def _is_after_pause(part: str, sentence: str) -> bool:
    before = sentence.casefold().partition(part.casefold())[0].rstrip()
    return before[-1:] in tuple(CLAUSE_MARKS)


def _is_presented(part: str, sentence: str, words: TitleWords) -> bool:
    """Return whether ``part`` follows words that only lead to it ("This is")."""
    before = plain_words(sentence.casefold().partition(part.casefold())[0].split())
    return {*before} <= words.copulas | words.determiners | words.pronouns and bool({*before} & words.copulas)
