"""How German, French and Spanish are spoken: money, units, ranges, ordinals, dates and abbreviations."""
