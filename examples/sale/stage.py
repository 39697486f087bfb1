"""The stage of the sale: the sandbox, what lies in build/demo, and the programs that are run."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from sale import recipe
from sale.board import fit
from sale.cloud import Cloud
from sale.referee import Referee, Wrong
from sale.wishes import Wish, make_sale

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "build" / "demo"
EXARCH = Path(os.environ.get("EXARCH_BINARY") or ROOT / "build" / "release" / "exarch").resolve()
RECIPE_SECONDS = 15 * 60
STOP_SECONDS_MAX = 15


def forget_settings() -> None:
    """Nothing of the machine's own settings for AWS, exarch and proxies reaches the demo."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "EXARCH_")) or name.lower().endswith("_proxy"):
            del os.environ[name]


def times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def shorten(*command: object) -> str:
    """The command as one would type it in the repository."""
    return shlex.join(str(part).removeprefix(f"{ROOT}/") for part in command)


class Stage:
    """One run: the sandbox, exarch's configuration, and the two accounts that have a part."""

    def __init__(self, sandbox: Cloud, wave_every: float) -> None:
        self.sandbox = sandbox
        self.waves = make_sale(sandbox.accounts, wave_every)
        self.broken: str = sandbox.accounts[2]["account"]
        self.noisy: str = sandbox.accounts[3]["account"]
        messages = [(wave.at, message) for wave in self.waves for message in wave.messages()]
        self.attempts = recipe.simulate(recipe.Load(messages, self._raises), RECIPE_SECONDS)
        self._write_files()

    @property
    def wishes(self) -> list[Wish]:
        return [wish for wave in self.waves for wish in wave.wishes]

    def describe_waves(self) -> str:
        produced = sum(len(wave.produced) for wave in self.waves)
        submitted = sum(len(wave.submitted) for wave in self.waves)
        return (f"{produced} purges from a producer that knows nothing of exarch, {submitted} from "
                f"`exarch submit`, in {len(self.waves)} waves")

    def _raises(self, wish: Wish) -> bool:
        """What the recipe's function ends at: a path that is refused, a role that is denied."""
        return wish.is_malformed or wish.account == self.broken

    def _write_files(self) -> None:
        _write("exarch.yaml", f"version: 1\nqueue: {self.sandbox.facts['queue_url']}\n"
                              f"ledger: sqlite:{PLACE / 'exarch.db'}\n")
        for number, wave in enumerate(self.waves, 1):
            entries = [wish.entry() for wish in wave.produced]
            _write(f"wave-{number}.json", json.dumps(entries, indent=1))
            _write(f"wave-{number}.jsonl",
                   "".join(json.dumps(task) + "\n" for task in wave.tasks()))
        exports = self.settings("controller")
        exports["NO_PROXY"] = "127.0.0.1"
        _write("environment", "unset AWS_PROFILE AWS_SESSION_TOKEN\n" + "".join(
            f"export {name}={shlex.quote(value)}\n" for name, value in exports.items()))

    def settings(self, keys: str) -> dict[str, str]:
        return self.sandbox.environment(self.sandbox.facts[keys]) | {
            "EXARCH_CONFIG": str(PLACE / "exarch.yaml")}

    def commands(self, number: int) -> list[list[object]]:
        """How the purges of a wave are asked for."""
        producer = ROOT / "examples" / "producer.py"
        return [[sys.executable, producer, self.sandbox.facts["queue_url"],
                 PLACE / f"wave-{number}.json"],
                [EXARCH, "submit", PLACE / f"wave-{number}.jsonl"]]

    def start(self, keys: str, *command: object) -> Program:
        return Program(command, dict(os.environ) | self.settings(keys))

    def status(self) -> dict[str, Any]:
        shown = subprocess.run([EXARCH, "--output", "json", "status"], cwd=ROOT, check=False,
                               env=dict(os.environ) | self.settings("controller"),
                               stdout=subprocess.PIPE)
        return dict(json.loads(shown.stdout))

    def notes(self, referee: Referee) -> list[str]:
        return [fit(f"  {self.broken}: its role lets nobody in; exarch has asked "
                    f"{times(referee.denials())}, and waits"),
                fit(f"  {self.noisy}: a noisy neighbour got through {times(referee.noise())}")]


class Program:
    """A program that runs beside the demo; what it says is in build/demo."""

    def __init__(self, command: tuple[object, ...], environment: dict[str, str]) -> None:
        self.name = shorten(*command)
        self._log = PLACE / f"{Path(str(command[-1])).stem}-{os.path.basename(str(command[0]))}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(list(map(str, command)), env=environment, cwd=ROOT,
                                             stdout=log, stderr=log)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def check(self) -> None:
        """It has not ended, or well."""
        if not self.is_running and self._process.returncode != 0:
            raise Wrong(f"`{self.name}` ended with {self._process.returncode}; "
                        f"{shorten(self._log)} tells why")

    def stop(self) -> None:
        """As an operator would: SIGTERM, and it has time to record what is in flight."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _write(name: str, text: str) -> None:
    (PLACE / name).write_text(text, encoding="utf-8")
