"""The engine for compositions, with the real MoviePy: failures, limits and the environment of a composition."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from app.core.errors import ProviderRefused
from engines.compositions.process import Limits
from tests.compositions import COLOUR, IS, LIMITS, PLAIN, directory_in, is_green, renderer
from tests.waiting import wait_until


@pytest.fixture
def directory(tmp_path):
    return directory_in(tmp_path)


@pytest.fixture
def render(tmp_path):
    return renderer(tmp_path)


def refusal(render, code, limits=LIMITS, **options):
    with pytest.raises(ProviderRefused) as caught:
        render(code, limits, **options)
    return str(caught.value)


# -- failures and limits ---------------------------------------------------------------------------------------------


def test_exception_is_told_with_composition_line_and_reason(render):
    code = "def compose(scene):\n    value = 1\n    return value / 0\n"
    assert refusal(render, code) == "moviepy: composition title, line 3: ZeroDivisionError: division by zero"


def test_exception_at_a_later_frame_is_told(render):
    code = (
        "from moviepy import VideoClip\nimport numpy as np\n"
        "def picture(t):\n    assert t < 0.5, 'too late'\n    return np.zeros((192, 108, 3), np.uint8)\n"
        "def compose(scene):\n    clip = VideoClip(picture, duration=1)\n    clip.size = (108, 192)\n    return clip\n"
    )
    assert refusal(render, code) == "moviepy: composition title, line 4: AssertionError: too late"


def test_syntax_error_has_its_line(render):
    assert "composition title, line 2: SyntaxError" in refusal(render, "\ndef compose(scene) return 1\n")


def test_missing_module_is_told(render):
    assert "line 1: ModuleNotFoundError: No module named 'no_such_module'" in refusal(render, "import no_such_module\n")


def test_error_has_no_path(render, directory):
    message = refusal(render, "def compose(scene):\n    open('/srv/private/data.csv')\n")
    assert "data.csv" in message
    assert "/srv" not in message
    assert str(directory) not in message


def test_exit_of_a_composition_is_an_error(render):
    assert "line 2: SystemExit: 0" in refusal(render, "def compose(scene):\n    raise SystemExit(0)\n")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (COLOUR.format("ColorClip((100, 100), color=(0, 0, 0))"), "100 x 100 pixels; the film has 108 x 192"),
        (COLOUR.format("42"), "type int, which is not a video clip"),
        ("compose = None\n", "does not define compose"),
        ("", "does not define compose"),
    ],
)
def test_result_that_is_no_clip_of_the_film_is_refused(render, code, reason):
    assert reason in refusal(render, code)


def test_composition_that_computes_for_ever_is_ended(render):
    code = "def compose(scene):\n    while True:\n        pass\n"
    assert "more than 1 s of CPU" in refusal(render, code, Limits(1, 300.0, 512))


def test_composition_that_waits_for_ever_is_ended(render):
    code = "import time\ndef compose(scene):\n    time.sleep(10_000)\n"
    assert "more than 0.5 s" in refusal(render, code, Limits(60, 0.5, 512))


def test_composition_that_needs_too_much_memory_is_refused(render):
    code = "import numpy as np\ndef compose(scene):\n    return np.ones((1 << 30,), np.uint8)\n"
    assert refusal(render, code, Limits(60, 300.0, 200)).endswith("line 3: it needs more than 200 MB of memory")


def test_composition_that_ends_the_process_is_refused(render):
    code = "import os\ndef compose(scene):\n    os._exit(0)\n"
    assert "ended without a frame" in refusal(render, code)
    assert "status 3" in refusal(render, code.replace("0)", "3)"))


def test_failed_composition_leaves_no_file(render, tmp_path):
    refusal(render, "def compose(scene):\n    raise ValueError\n")
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


# -- the sandbox -----------------------------------------------------------------------------------------------------


def test_environment_has_no_secrets(render, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTOON_RUNWAY_API_KEY", "a-secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    condition = "'a-secret' not in str(os.environ) and not [name for name in os.environ if name.startswith('PYTOON')]"
    assert is_green(render(IS.format(condition=condition)), tmp_path)


def test_home_is_a_private_directory_that_is_deleted(render, tmp_path):
    where = "Path.home() == Path(os.environ['TMPDIR']) == Path.cwd()"
    is_private = "Path.home().stat().st_mode & 0o077 == 0"
    keep = f"Path({str(tmp_path / 'home')!r}).write_text(str(Path.home()))"
    assert is_green(render(IS.format(condition=f"{where} and {is_private} and {keep}")), tmp_path)
    assert not Path((tmp_path / "home").read_text()).exists()


def test_standard_input_is_empty(render, tmp_path):
    assert is_green(render(IS.format(condition="sys.stdin.read() == ''")), tmp_path)


def test_processes_of_a_composition_end_with_it(render, tmp_path):
    start = "import subprocess; child = subprocess.Popen(['sleep', '1000'])"
    note = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))"
    render(PLAIN.replace("    return", f"    {start}; {note}\n    return"))
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: has_ended(pid), "the end of the process", ignoring=(psutil.NoSuchProcess,))


def has_ended(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
