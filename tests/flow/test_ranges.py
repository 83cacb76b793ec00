"""Ranges and preconditions of downloads (RFC 9110, sections 13 and 14), over the web server of the product."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate

import pytest
import requests

from app.core.config import settings
from app.database.models import ArtifactRow, JobRow, RevisionRow, RunRow
from app.database.session import migrate, transaction
from app.store.factory import storage
from app.store.keys import job_key
from schemas.job import State
from tests.stored_runs import store_run
from tests.waiting import REPLY_S
from tests.web_server import web_server
