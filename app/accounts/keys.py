"""The tokens and names of API keys: pure functions."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid

PREFIX = "pyt_"
RANDOM_BYTES = 32
TOKEN = re.compile(r"pyt_[A-Za-z0-9_-]{43}")
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@+ -]{0,62}[A-Za-z0-9])?")
NAME_RULE = "must be 1 to 64 letters, digits, spaces and . _ @ + -, with a letter or digit at both ends"


def new_id() -> str:
    return f"key_{uuid.uuid4().hex}"


def new_token() -> str:
    """Return a new token: the prefix and 32 random bytes as 43 characters of base64url."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def is_token(text: str) -> bool:
    """Whether a text has the form of a token."""
    return TOKEN.fullmatch(text) is not None


def hash_of(token: str) -> str:
    """Return the SHA-256 of a token in hexadecimal.

    A token has 256 random bits, so a fast hash without a salt is enough: it cannot be guessed.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def is_name(text: str) -> bool:
    return NAME.fullmatch(text) is not None
