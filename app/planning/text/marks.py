"""Punctuation marks by what they end."""

END_MARKS = ".!?…。！？؟।॥։።"
CLAUSE_MARKS = ",;:，、；：،؛–—"
CLOSING_MARKS = "\"'”’»›)]}」』）】》"
OPENING_MARKS = "\"'“”‘’«‹„‚([{¿¡「『（【《"
ELLIPSIS = "…"
# Marks that open a quotation.
OPENING_QUOTES = '"“„«「『'
