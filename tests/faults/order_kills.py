"""Orders that are carried out by processes which kill themselves at a given line of the source.

``python -m tests.faults.order_kills`` has no threads, so that it may fork. It reads one JSON list from its standard
input: the kills of each order, one after the other, each a file and a line; and writes a JSON object to its standard
output. The environment has the database, the home of the broker, and the emulator. With ``--lines`` it writes the lines
that an order passes when nothing is killed, and those that another process passes afterwards for an order whose
process was killed when it had sent it.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from app.core import http
from app.core.config import settings
from app.database.models import OrderRow, SpendRow
from app.database.session import engine, transaction
from app.providers import dispatch, orders
from app.providers.breaker import Breakers
from app.providers.fulfilment import Fulfilment
from app.queue.application import backend, celery
from app.store.factory import storage
from schemas.order import ClipOrderSchema
from tasks import ordering
from tests.placed_orders import CLIP, FindingEngine, as_if_later, engine_at, is_at_rest, limits_of, purchase

ROOT = Path(__file__).parent.parent.parent
TRACED = (
    *sorted((ROOT / "app/providers").glob("*.py")),
    ROOT / "tasks/ordering.py",
    ROOT / "app/core/http.py",
    ROOT / "engines/adapters/runway.py",
    ROOT / "tests/placed_orders.py",
)
# In that file only the engine is under test.
OF_ENGINE = ("submit", "find", "poll", "fetch", "_body", "_progress")
NAMES = {str(path): str(path.relative_to(ROOT)) for path in TRACED}

Line = tuple[str, int]


def carry_out(scene: int, most: int = 30) -> None:
    """Do for an order what workers do, each time as if its next action were due, until it is at rest."""
    plain = ClipOrderSchema.plain(replace(CLIP, prompt=f"order {scene}"))
    bought = purchase(scene, request=plain)
    order = orders.reserve(bought, limits_of(bought, budget_usd="10000", daily_usd="10000"))
    for _ in range(most):
        if is_at_rest(order):
            break
        dispatch.dispatch([as_if_later(order)])
        order = orders.get(order.id)
        assert order.due_at
        ordering.advance_orders([(order.id, order.due_at.isoformat())])
        order = orders.get(order.id)
    assert is_at_rest(order), order
    ordering._fulfilment(settings()).advance(order)  # nothing is left to be done for it


def in_child(work: Callable[[], None]) -> bool:
    """Do ``work`` in a child process; return whether the child was killed. Its failure is that of this process."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the child must end here
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "the work of a child failed"
    return False


def trace(reached: Callable[[Line], None]) -> None:
    """Call ``reached`` before each line of the traced files."""

    def local(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            reached((NAMES[frame.f_code.co_filename], frame.f_lineno))
        return local

    def begun(frame: FrameType, _event: str, _: Any) -> Any:
        name = NAMES.get(frame.f_code.co_filename)
        is_traced = name and (not name.startswith("tests/") or frame.f_code.co_name in OF_ENGINE)
        return local if is_traced else None

    sys.settrace(begun)


def killed_at(line: Line, scene: int) -> bool:
    def work() -> None:
        def reached(at: Line) -> None:
            if at == line:
                os.kill(os.getpid(), signal.SIGKILL)

        trace(reached)
        carry_out(scene)

    return in_child(work)


def lines_of(scene: int, into: Path) -> list[Line]:
    """The lines that a child passes while it carries out an order."""

    def work() -> None:
        lines: dict[Line, None] = {}
        trace(lines.setdefault)
        carry_out(scene)
        sys.settrace(None)
        into.write_text(json.dumps(list(lines)))

    assert not in_child(work)
    return [(name, number) for name, number in json.loads(into.read_text())]


def sending_line() -> Line:
    """The line after the request that places an order."""
    code = http.ProviderClient.submit.__code__
    source = (ROOT / "app/core/http.py").read_text().splitlines()
    after = next(n for n in range(code.co_firstlineno, len(source)) if "_is_success(reply)" in source[n - 1])
    return "app/core/http.py", after


def result_of(scene: int) -> dict[str, Any]:
    bought = purchase(scene)
    (order,) = orders.orders_of(bought.thing)
    stored = storage().local(order.file_key).stat().st_size if order.file_key else 0
    return {"state": order.state, "held": str(order.held_usd), "remote_id": order.remote_id, "bytes": stored}


def outcomes(plan: list[list[Line]]) -> list[dict[str, Any]]:
    """Carry out one order for each entry of the plan, with its kills; then let one process continue all of them."""
    kills = [[killed_at((name, line), scene) for name, line in lines] for scene, lines in enumerate(plan)]

    def go_on() -> None:
        for scene in range(len(plan)):
            carry_out(scene)

    assert not in_child(go_on)
    return [{"kills": killed, **result_of(scene)} for scene, killed in enumerate(kills)]


def warm_up() -> None:
    """Do once what every child would do again: mappers, tables of schemas, the application. No connection stays."""
    celery.finalize()
    orders.remote_ids(orders.reserve(purchase(-1), limits_of(purchase(-1))))
    ClipOrderSchema.read(ClipOrderSchema.plain(CLIP))
    with transaction() as session:
        session.query(OrderRow).delete()
        session.query(SpendRow).delete()
    engine().dispose()
    gc.freeze()


def main() -> None:
    if os.environ.get("KILLS_FINDING"):
        finding = engine_at(settings().runway_url, FindingEngine)
        own = Fulfilment({"runway": finding}, storage(), Breakers(backend().client))
        ordering._fulfilment = lambda _: own  # type: ignore[assignment]
    ordering._fulfilment(settings())
    warm_up()
    if sys.argv[1:] == ["--lines"]:
        into = settings().home / f"lines-{os.getpid()}.json"
        first = lines_of(10_000, into)
        assert killed_at(sending_line(), 10_001)
        later = lines_of(10_001, into)
        print(json.dumps({"first": first, "later": later}))
    else:
        print(json.dumps({"orders": outcomes(json.load(sys.stdin))}))


if __name__ == "__main__":
    main()
