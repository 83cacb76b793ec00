"""Punctuation marks by what they end."""

END_MARKS = ".!?…‽⁇⁈⁉。！？｡．؟۔।॥։።፧။។៕᙮᠃᠉"
CLAUSE_MARKS = ",;:，、；：､،؛՝፣፤၊–—"
# Marks that may close a quotation or a bracket: German closes with “ and ‘, and also with « and ‹.
CLOSING_MARKS = "\"'”’»›)]}」』）】》〉〕〗〙］｝｣“‘«‹"
OPENING_MARKS = "\"'“”‘’«‹»›„‚([{¿¡「『（【《〈〔〖〘［｛｢"
ELLIPSIS = "…"
# Marks that open a quotation.
OPENING_QUOTES = '"“„«「『'


def has_words(text: str) -> bool:
    """Return whether ``text`` has a letter or a digit besides marks."""
    return any(char.isalnum() for char in text)


def has_end_mark(text: str) -> bool:
    """Return whether ``text`` ends with an end mark, ignoring closing quotes and brackets after it."""
    return text.rstrip().rstrip(CLOSING_MARKS)[-1:] in tuple(END_MARKS)
