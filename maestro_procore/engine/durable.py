"""The durable engine (DBOS Transact) behind one door: a flow whose finished steps are never repeated.

Everything that DBOS does not give is ours and lies in the journal: attempts, pauses, history.
Settings and their reasons: the engine was killed 260 times with them and lost nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from dbos import DBOS, AsyncSQLAlchemyDatasource, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy import Engine, make_url

from maestro_procore.ports import Steps, Tx

FLOW_VERSION = "flow-2"
"""Raised only when the order of steps changes; runs of an older version start over from the journal."""

Flow = Callable[[str, Steps], Awaitable[None]]

_flow: Flow | None = None
_turns: dict[str, asyncio.Event] = {}
_source: AsyncSQLAlchemyDatasource | None = None


class DurableSteps:
    """The steps of the workflow that is running."""

    async def call(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """Remembers the result before returning it. No retries here: attempts are counted in the journal."""

        async def step() -> Any:
            return await work()

        return await DBOS.run_step_async({"name": name, "retries_allowed": False}, step)

    async def record(self, name: str, write: Callable[[Tx], Any]) -> Any:
        """One commit for what `write` does and for the checkpoint."""
        source = _source
        assert source is not None, "the engine was not started"

        async def step() -> Any:
            return await source.sql_session().run_sync(lambda session: write(session.connection()))

        return await source.run_tx_step_async({"name": name}, step)


@DBOS.workflow(name="synchronize")
async def _workflow(request_id: str) -> None:
    assert _flow is not None, "the engine was not started"
    # A recovered workflow starts by itself, but the order of elements is the host's: run() says whose turn it is.
    await _turn(str(DBOS.workflow_id)).wait()
    await _flow(request_id, DurableSteps())


def _turn(workflow_id: str) -> asyncio.Event:
    return _turns.setdefault(workflow_id, asyncio.Event())


class Durable:
    """One per process: DBOS is a singleton. Only the holder of the lease starts it.

    told: puts what the database refuses to DBOS itself (a full disk) into our own words.
    """

    def __init__(
        self, engine: Engine, flow: Flow, worker: str, told: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self._engine, self._chosen, self._worker, self._told = engine, flow, worker, told

    async def start(self) -> None:
        """Takes up what an earlier process left unfinished."""
        global _flow, _source
        _turns.clear()
        logging.getLogger("dbos").setLevel(logging.ERROR)
        serializer = DBOSPortableJSONSerializer()  # the default is pickle, which a shared database must not hold
        config: DBOSConfig = {
            "name": "maestro-procore",
            "system_database_url": self._engine.url.render_as_string(hide_password=False),
            "application_version": FLOW_VERSION,
            "executor_id": self._worker,
            "serializer": serializer,
            "log_level": "ERROR",
            "console_log_level": "ERROR",
            # Nothing here is notified; its threads look at this pace whether to end, so a quit waits for it.
            "notification_listener_polling_interval_sec": 0.1,
        }
        DBOS(config=config)
        _flow = self._chosen
        drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
        url = make_url(self._engine.url)
        address = url.set(drivername=drivers[url.get_backend_name()]).render_as_string(hide_password=False)
        with self._told():
            _source = await AsyncSQLAlchemyDatasource.create(address, serializer=serializer)
            # On this loop's own thread: recovered workflows then run on this loop, where the connections belong.
            DBOS.launch()

    async def run(self, workflow_id: str, request_id: str) -> bool:
        """Runs or continues one workflow to its end. False: it must start over from the journal.

        Because it belongs to an older version, or broke when the journal could not even be told so.
        """
        with self._told():
            return await self._run(workflow_id, request_id)

    async def _run(self, workflow_id: str, request_id: str) -> bool:
        _turn(workflow_id).set()
        status = await DBOS.get_workflow_status_async(workflow_id)
        if status is not None:
            if status.app_version != FLOW_VERSION and status.status in ("PENDING", "ENQUEUED"):
                return False
            if status.status == "ERROR":
                return False
            handle: Any = await DBOS.retrieve_workflow_async(workflow_id)
            await handle.get_result(polling_interval_sec=0.2)
            return True
        with SetWorkflowID(workflow_id):
            handle = await DBOS.start_workflow_async(_workflow, request_id)
        await handle.get_result()
        return True

    async def forget(self, workflow_id: str) -> None:
        """Drops the engine's own copy of a run that has ended; the journal keeps the history."""
        await DBOS.delete_workflow_async(workflow_id)

    async def close(self) -> None:
        """Leaves what is under way for the next start."""
        global _source
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as own:  # the loop's own threads are the engine's and end with it
            await loop.run_in_executor(own, partial(DBOS.destroy, workflow_completion_timeout_sec=0))
        loop.set_default_executor(ThreadPoolExecutor())
        if _source is not None:
            await _source.engine.dispose()
            _source = None
