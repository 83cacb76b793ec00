"""Registers the shared broker tests with pytest, so that a failed assertion in them shows its values."""

import pytest

pytest.register_assert_rewrite("tests.services.broker_contract")
