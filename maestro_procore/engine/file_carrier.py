"""Carries out the plan of one pair: in which order, how often, and what is remembered.

The journal is the truth: an action is marked before its call goes out and stored with what its answer says, so that
whatever is killed when, the next start looks before it sends again.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from maestro_procore.engine.attempts import MOST_RESUMES, Doors
from maestro_procore.engine.file_acts import Acts
from maestro_procore.engine.file_doors import FileDoors, PairStopped
from maestro_procore.engine.file_order import Order
from maestro_procore.engine.file_state import Done, PairState
from maestro_procore.engine.file_trash import Keeper
from maestro_procore.engine.gate import LONGEST_NAP, GateClosed
from maestro_procore.file_ports import FileCallFailed, FileStore, FileTrouble, OutcomeUnknown, tallied
from maestro_procore.model import pacing
from maestro_procore.model.file_forecast import AT_ONCE
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_plan import FileAction, FileRule, FileVerb
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionState
from maestro_procore.ports import Row

MOST_FREE: Final = 1_000
"""Actions without a call in one commit."""

_LATER: Final = frozenset({FileTrouble.CHANGED, FileTrouble.NAME_TAKEN, FileTrouble.GONE, FileTrouble.LOCKED})
"""Somebody was there meanwhile: nothing is wrong, the next plan decides anew."""
_OF_PAIR: Final = frozenset({FileTrouble.FORBIDDEN, FileTrouble.FULL, FileTrouble.SIGN_IN, FileTrouble.UNREACHABLE})
"""No other action of the pair would fare better."""


class Carrier:
    """One pair's plan on its way. should_stop: asked between actions; what is under way comes to its end."""

    def __init__(
        self,
        doors: Doors,
        files: FileDoors,
        pair: Row,
        stores: Mapping[FileSide, FileStore],
        should_stop: Callable[[], bool],
    ) -> None:
        self._doors, self._files, self._pair, self._stores = doors, files, pair, stores
        self._should_stop = should_stop
        self._stopped: PairStopped | None = None
        self._fates: dict[int, ActionState] = {}
        self._made: dict[int, str] = {}
        self._has_compared = False

    async def carry_out(self, request_id: str) -> bool:
        """True when the plan is through. Raises PairStopped when nothing of it can go on."""
        order = Order(await asyncio.to_thread(self._load, request_id))
        running: dict[asyncio.Task[None], int] = {}
        try:
            while True:
                while order.free and not self._is_cut:
                    await self._carry_free(order)
                while len(running) < AT_ONCE and not self._is_cut:
                    step = order.take(is_alone=not running)
                    if step is None:
                        break
                    running[asyncio.create_task(self._one(step))] = step["number"]
                if not running:
                    break
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    number = running.pop(task)
                    task.result()
                    if number in self._fates:  # otherwise cut short; it stays open
                        order.over(number)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        if self._stopped is not None:
            raise self._stopped
        if not order.waiting:
            await asyncio.to_thread(
                self._files.journal.change_file_pair, self._pair["id"], is_dirty=self._is_unfinished
            )
        return not order.waiting

    @property
    def _is_cut(self) -> bool:
        return self._stopped is not None or self._should_stop()

    @property
    def _is_unfinished(self) -> bool:
        """Whether the next plan has to look at everything again, though nobody changed anything."""
        return self._has_compared or any(fate is not ActionState.DONE for fate in self._fates.values())

    def _load(self, request_id: str) -> list[Row]:
        journal, pair_id = self._files.journal, self._pair["id"]
        with journal.begin() as tx:
            steps = journal.open_file_steps(tx, request_id, pair_id)
            ended = journal.ended_file_steps(tx, request_id, pair_id)
            agreed = {pair.procore_id: pair for pair in journal.agreed(tx, pair_id)}
            self._state = PairState({side: journal.seen(tx, pair_id, side) for side in FileSide}, agreed)
        self._fates = {number: ActionState(step["state"]) for number, step in ended.items()}
        self._made = {number: step["made_id"] for number, step in ended.items()}
        self._has_compared = any(step["verb"] == FileVerb.COMPARE for step in (*steps, *ended.values()))
        project = journal.file_project(self._pair["project_id"])
        assert project is not None, "only a request of its own removes a project"
        now = self._doors.clock.now
        keeper = Keeper(self._files, self._stores, self._state, project, self._pair, now)
        self._acts = Acts(self._files, self._stores, self._state, self._made, keeper)
        return steps

    # --- what makes no call ---------------------------------------------------------------------------

    async def _carry_free(self, order: Order) -> None:
        """Many at once: two full sides that are the same agree in one commit for a thousand files."""
        steps = order.take_free(MOST_FREE)
        good = [step for step in steps if self._has_what_it_needs(step["action"])]
        now = self._doors.clock.now()
        await asyncio.to_thread(self._state.record_free, self._files.journal, self._pair, good, now)
        for step in good:
            self._made[step["number"]] = step["action"].target_id
            self._fates[step["number"]] = ActionState.DONE
        for step in steps:
            if step["number"] not in self._fates:
                await self._leave(step)
            order.over(step["number"])

    def _has_what_it_needs(self, action: FileAction) -> bool:
        return all(self._fates.get(need) is ActionState.DONE for need in action.needs)

    async def _leave(self, step: Row) -> None:
        """What it needs was not done."""
        name = step["action"].name or step["path"]
        await self._end(step, ActionState.SKIPPED, Problem("DOC-12", {"name": name}))

    # --- one action -------------------------------------------------------------------------------

    async def _one(self, step: Row) -> None:
        """One action, and how many calls it took: retries and looks count, the forecast is made of them."""
        if not self._has_what_it_needs(step["action"]):
            await self._leave(step)
            return
        with tallied() as step["tally"]:
            await self._to_its_end(step)
        if step["number"] not in self._fates and step["tally"].calls:  # the rest of it is another run's
            await asyncio.to_thread(self._keep_calls, step)

    def _keep_calls(self, step: Row) -> None:
        with self._files.journal.begin() as tx:
            self._state.record_calls(self._files.journal, tx, self._pair, step, is_over=False)

    async def _to_its_end(self, step: Row) -> None:
        """With its attempts; or until the program stops, then it stays open."""
        # What an earlier start has tried and not answered may be there: its time is set only then.
        step["looks_first"] = step["tried_at"]
        for attempt in range(step["attempts"] + 1, MOST_RESUMES + 2):
            try:
                await self._mark(step)
                done = await self._acts.act(step)
            except GateClosed:
                return
            except PairStopped as stopped:
                self._stopped = stopped
                return
            except FileCallFailed as failed:
                if not await self._goes_on(step, failed, attempt):
                    return
                continue
            await self._succeed(step, done)
            return
        await self._end(step, ActionState.FAILED, None)

    async def _mark(self, step: Row) -> None:
        """Written down before the call goes out, as nobody can say afterwards whether it did."""
        if step["tried_at"] is not None:
            return
        step["tried_at"] = now = self._doors.clock.now()
        values = {"tried_at": now, "state": ActionState.RUNNING.value, "started_at": now}
        await asyncio.to_thread(self._files.journal.change_file_step, step["id"], **values)

    async def _goes_on(self, step: Row, failed: FileCallFailed, attempt: int) -> bool:
        """What a failure means; waits before the next try. False: the action is over, or stays open."""
        step["problems"] = [failed.problem.to_json()]
        if failed.trouble in _OF_PAIR:
            self._stopped = PairStopped(failed.problem)
            await self._note(step, attempt - 1, failed)
            return False
        if failed.trouble in _LATER:
            await self._end(step, ActionState.SKIPPED, failed.problem)
            return False
        if failed.trouble is FileTrouble.REFUSED:
            await self._refuse(step, failed.problem)
            return False
        await self._note(step, attempt, failed)
        if attempt > MOST_RESUMES:
            return True
        until = self._doors.clock.now() + pacing.wait_before_retry(attempt, failed.wait)
        while (left := until - self._doors.clock.now()).total_seconds() > 0:
            if self._should_stop():
                return False
            await self._doors.clock.nap(min(left, LONGEST_NAP))
        return True

    async def _note(self, step: Row, attempts: int, failed: FileCallFailed) -> None:
        values: dict[str, Any] = {"attempts": attempts, "problems": step["problems"], "state": ActionState.RETRY.value}
        if isinstance(failed, OutcomeUnknown):
            step["looks_first"] = step["tried_at"]
        elif step["looks_first"] is None:  # surely nothing was done
            values["tried_at"] = step["tried_at"] = None
        await asyncio.to_thread(self._files.journal.change_file_step, step["id"], **values)

    # --- what is remembered ----------------------------------------------------------------------------

    async def _succeed(self, step: Row, done: Done) -> None:
        now = self._doors.clock.now()
        await asyncio.to_thread(self._state.record, self._files.journal, self._pair, step, done, now)
        number = step["number"]
        self._made[number] = done.made.id if done.made else step["action"].target_id
        self._fates[number] = ActionState.DONE
        await asyncio.to_thread(self._files.tidy, step["id"])

    async def _end(self, step: Row, how: ActionState, problem: Problem | None) -> None:
        """Over without success: what it left undone is looked at again by the next plan."""

        def write() -> None:
            journal = self._files.journal
            problems = [problem.to_json()] if problem is not None else step["problems"]
            with journal.begin() as tx:
                journal.change_file_step(
                    step["id"],
                    within=tx,
                    state=how.value,
                    ended_at=self._doors.clock.now(),
                    problems=problems,
                    upload=None,
                )
                journal.change_file_pair(self._pair["id"], within=tx, is_dirty=True)
                self._state.record_calls(journal, tx, self._pair, step)

        await asyncio.to_thread(write)
        self._fates[step["number"]] = how
        await asyncio.to_thread(self._files.tidy, step["id"])

    async def _refuse(self, step: Row, problem: Problem) -> None:
        """Will be refused again: stands in the report, and is tried again only with another content or by a person."""
        action: FileAction = step["action"]
        if action.rule is FileRule.TAKEN_BACK:  # no run would send it again
            await self._end(step, ActionState.FAILED, problem)
            return
        side = action.target.other if action.source_id else action.target
        item = self._state.seen[side].get(action.id_of(side))
        row = {
            "side": side.value,
            "item_id": action.id_of(side),
            "name": item.name if item else action.name,
            "path": step["path"],
            "size_bytes": action.size_bytes,
            "version": item.version if item else "",
            "problem": problem.to_json(),
            "is_refused": True,
            "since": self._doors.clock.now(),
        }

        def write() -> None:
            with self._files.journal.begin() as tx:
                self._files.journal.add_apart(tx, self._pair["id"], row)

        await asyncio.to_thread(write)
        await self._end(step, ActionState.FAILED, problem)
