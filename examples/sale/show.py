"""The show itself: the sale's waves come, and what both sides have done is drawn until all is."""

from __future__ import annotations

import time

from sale.board import Screen, render, titles_at
from sale.referee import Referee, Tallies, Wrong, tally_recipe, total
from sale.stage import EXARCH, Program, Stage

SHOW_SECONDS_MAX = 90
DRAWN_EVERY_SECONDS = 0.25
TOLD_EVERY_SECONDS = 2.0


class Show:
    """From the first wave until exarch has done whatever it may do."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._programs: list[Program] = []
        self._waves_begun = 0
        self._screen = Screen(TOLD_EVERY_SECONDS)
        self.referee = Referee(stage.wishes, time.time())

    def run(self) -> None:
        worker = self._stage.start("controller", EXARCH, "worker")
        self._programs.append(worker)
        try:
            while not self._go_on():
                time.sleep(DRAWN_EVERY_SECONDS)
        finally:
            for program in self._programs:
                program.stop()
        worker.check()
        self.referee.calls = self._stage.sandbox.calls()

    def _go_on(self) -> bool:
        """Does what is due and draws; true where all is done."""
        self.referee.calls = self._stage.sandbox.calls()
        seconds = time.time() - self.referee.began
        self._begin_waves(seconds)
        for program in self._programs:
            program.check()
        tallies = self.referee.tallies()
        self._draw(seconds, tallies)
        if seconds > SHOW_SECONDS_MAX:
            raise Wrong(f"{total(tallies).done} purges are done after {seconds:.0f} s; "
                        "build/demo/worker-exarch.log tells why")
        is_sent = self._waves_begun == len(self._stage.waves) and not any(
            program.is_running for program in self._programs[1:])
        return is_sent and all(tally.is_complete for account, tally in tallies.items()
                               if account != self._stage.broken)

    def _begin_waves(self, seconds: float) -> None:
        for wave in self._stage.waves[self._waves_begun:]:
            if wave.at > seconds:
                return
            self._waves_begun += 1
            self._programs += [self._stage.start("producer", *command)
                               for command in self._stage.commands(self._waves_begun)]

    def _draw(self, seconds: float, exarch: Tallies) -> None:
        recipe = tally_recipe(self._stage.attempts, self._stage.wishes, seconds)
        titles = titles_at(f"{seconds:.1f} s", f"{seconds:.1f} s")
        self._screen.draw([*render(recipe, exarch, titles), *self._stage.notes(self.referee)])
        self._screen.tell(seconds, f"the recipe would have done {total(recipe).done} in "
                                   f"{total(recipe).calls} calls; exarch has done "
                                   f"{total(exarch).done} in {total(exarch).calls}")
