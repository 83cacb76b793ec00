"""API keys over HTTP: an API without keys is open, and as soon as one is active, every request needs one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import requests

from app.accounts import owners
from app.accounts.gate import GATE
from app.accounts.keys import new_token
from app.cli.serve import is_open_to_others
from app.client import Client
from app.core.config import Settings
from app.core.errors import Refused
from tests.commands import run_command
from tests.flow.serving import stored_state
from tests.waiting import REPLY_S, wait_until

REQUEST = {"script": "Bread takes time."}


@pytest.fixture
def add(address: str) -> Iterator[Callable[[str], str]]:
    """Add a key and return its token; the API is open again when the test ends."""

    def added(name: str) -> str:
        _, token = owners.add(name)
        GATE.snapshot = None
        return token

    yield added
    for key in owners.active_keys():
        owners.revoke(key.name)
    GATE.snapshot = None


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=REPLY_S, allow_redirects=False)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_api_without_a_key_is_open_and_its_jobs_have_no_owner(address: str) -> None:
    job_id = requests.post(f"{address}/api/v2/jobs", json=REQUEST, timeout=REPLY_S).json()["job_id"]
    job = get(f"{address}/api/v2/jobs/{job_id}", Authorization="Bearer whatever").json()
    assert job["owner"] is None and job["money"]["spent_usd"] == 0


@pytest.mark.parametrize("headers", [{}, bearer(new_token()), {"X-API-Key": "pyt_x"}, {"Authorization": "Basic YTpi"}])
@pytest.mark.parametrize("path", ["/api/v2/jobs", "/api/v1/presets", "/api/v2/spend", "/api/v2/nothing", "/api"])
def test_request_without_a_valid_key_gets_401_with_advice(
    address: str, add: Callable[[str], str], path: str, headers: dict[str, str]
) -> None:
    add("studio")
    reply = get(address + path, **headers)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["retryable"]) == (401, "unauthorized", False)
    assert reply.headers["WWW-Authenticate"].startswith("Bearer") and "Authorization: Bearer" in error["advice"]
    assert "pyt_x" not in reply.text


def test_key_is_taken_as_bearer_and_as_a_header_of_its_own(address: str, add: Callable[[str], str]) -> None:
    token = add("studio")
    for headers in (bearer(token), {"authorization": f"bearer {token}"}, {"X-API-Key": token}):
        assert get(f"{address}/api/v2/jobs", **headers).status_code == 200
    both = {"Authorization": "Basic YTpi", "X-API-Key": token}  # a proxy in front may have its own passwords
    assert get(f"{address}/api/v2/jobs", **both).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/health/live", "/api/openapi.json", "/api/docs/", "/api/docs"])
def test_health_and_documentation_stay_open(address: str, add: Callable[[str], str], path: str) -> None:
    add("studio")
    assert get(address + path).status_code in (200, 308, 503)


def test_request_without_a_key_stores_nothing_and_its_body_is_not_read(address: str, add: Callable[[str], str]) -> None:
    add("studio")
    before = stored_state()
    for sent in ({"json": REQUEST}, {"data": b"{not json"}, {"files": {"media": b"no picture"}}):
        assert requests.post(f"{address}/api/v2/jobs", timeout=REPLY_S, **sent).status_code == 401  # type: ignore[arg-type]
    assert stored_state() == before


def test_preflight_request_needs_no_key(address: str, add: Callable[[str], str]) -> None:
    add("studio")
    assert requests.options(f"{address}/api/v2/jobs", timeout=REPLY_S).status_code in (200, 204)


def test_job_has_the_name_of_the_key_that_submitted_it_whoever_reads_or_cancels_it(
    address: str, add: Callable[[str], str]
) -> None:
    studio, other = add("studio"), add("other")
    url = f"{address}/api/v2/jobs"
    submitted = requests.post(url, json=REQUEST, headers=bearer(studio), timeout=REPLY_S).json()
    job_url = f"{url}/{submitted['job_id']}"
    assert get(job_url, **bearer(other)).json()["owner"] == "studio"
    assert requests.post(f"{job_url}/cancel", headers=bearer(other), timeout=REPLY_S).json()["owner"] == "studio"
    first = get(f"{job_url}/events", **bearer(other)).json()["events"][0]
    assert (first["kind"], first["data"]) == ("job.submitted", {"owner": "studio"})


def test_idempotency_key_of_another_api_key_is_refused(address: str, add: Callable[[str], str]) -> None:
    studio, other = add("studio"), add("other")
    url, key = f"{address}/api/v2/jobs", {"Idempotency-Key": new_token()}
    assert requests.post(url, json=REQUEST, headers=bearer(studio) | key, timeout=REPLY_S).status_code == 202
    reply = requests.post(url, json=REQUEST, headers=bearer(other) | key, timeout=REPLY_S)
    assert (reply.status_code, "another API key" in reply.json()["error"]["message"]) == (409, True)


def test_first_key_and_its_revocation_take_effect_within_seconds(
    address: str, add: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{address}/api/v2/jobs"
    assert get(url).status_code == 200  # the keys are read now
    assert run_command(capsys, "keys", "add", "studio").code == 0
    wait_until(lambda: get(url).status_code == 401, "a key that is needed")
    token = add("second")
    assert get(url, **bearer(token)).status_code == 200
    assert run_command(capsys, "keys", "revoke", "second").code == 0
    wait_until(lambda: get(url, **bearer(token)).status_code == 401, "a key that is refused")


def test_client_sends_the_key_with_every_request_and_says_what_to_do_without(
    address: str, add: Callable[[str], str]
) -> None:
    token = add("studio")
    client = Client(address, token)
    assert client.job(client.submit(REQUEST)["job_id"])["owner"] == "studio"
    with pytest.raises(Refused, match="API key") as refused:
        Client(address).submit(REQUEST)
    assert "PYTOON_API_KEY" in str(refused.value.what_now)


def test_only_a_server_without_a_key_that_others_can_reach_is_open_to_them(add: Callable[[str], str]) -> None:
    assert is_open_to_others(Settings(host="0.0.0.0"))
    assert not is_open_to_others(Settings(host="127.0.0.1"))
    add("studio")
    assert not is_open_to_others(Settings(host="0.0.0.0"))


# -- pytoon keys -----------------------------------------------------------------------------------------------------


def test_added_key_is_printed_alone_on_standard_output_and_never_listed(
    add: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_command(capsys, "keys", "add", "studio", "--daily-usd", "12.50")
    token = result.out.strip()
    assert result.code == 0 and token.startswith("pyt_") and "only now" in result.err and token not in result.err
    listed = run_command(capsys, "keys", "list")
    assert "studio" in listed.words and "$12.50 a day" in listed.words and token not in listed.words
    (plain,) = [key for key in json.loads(run_command(capsys, "keys", "list", "--json").out) if not key["revoked_at"]]
    assert (plain["name"], plain["daily_usd"], plain["last_used_at"]) == ("studio", 12.5, None)
    assert set(plain) == {"id", "name", "daily_usd", "created_at", "revoked_at", "last_used_at"}


def test_limit_of_a_key_is_changed_and_removed(add: Callable[[str], str], capsys: pytest.CaptureFixture[str]) -> None:
    add("studio")
    assert "studio: $3.00 a day" in run_command(capsys, "keys", "limit", "studio", "--daily-usd", "$3").words
    assert "no daily limit" in run_command(capsys, "keys", "limit", "studio", "--daily-usd", "none").words


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("add", "studio"), "exists already"),
        (("add", "-x", "--"), "No such option"),
        (("add", "a/b"), "letters, digits"),
        (("add", "new", "--daily-usd", "much"), "not an amount"),
        (("add", "new", "--daily-usd", "-1"), "must be from 0"),
        (("revoke", "nobody"), "nobody"),
        (("limit", "nobody", "--daily-usd", "1"), "nobody"),
    ],
)
def test_command_that_cannot_be_done_says_why(
    add: Callable[[str], str], capsys: pytest.CaptureFixture[str], args: tuple[str, ...], words: str
) -> None:
    add("studio")
    result = run_command(capsys, "keys", *args)
    assert result.code == 2 and words in result.words
