"""Runs the built exarch as a user would: a directory, an exarch.yaml, AWS's own environment."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from world import sanitizers
from world.launch import RunningWorld
from world.sandbox import RunningSandbox, binary_path

# Nothing takes so long, but a machine that is busy with other things may.
RUN_SECONDS_MAX = 170.0
# What most tests run at: a quota that is kept, but does not make them wait.
RATE = 20.0
QUICK = ("--rate", str(RATE), "--burst", "1", "--read-rate", "50", "--read-burst", "50",
         "--complete-after", "0.2", "--visibility", "2")
# The same of a sandbox. The worker is told a burst of one. The second token is for the jitter of a
# busy machine, which at this rate would count as calling too early.
QUICK_SANDBOX = ("--quota", f"cloudfront.CreateInvalidation={RATE}/2",
                 "--quota", "cloudfront.GetInvalidation=50",
                 "--quota", "cloudfront.ListInvalidations=50", "--complete-after", "200ms")
QUOTAS = {"cloudfront.CreateInvalidation": {"rate": RATE, "burst": 1},
          "cloudfront.GetInvalidation": {"rate": 20, "burst": 2}}
# Below the harness's own limit, so that a drain that hangs says itself what it waits for.
DRAIN = ("worker", "--drain", "--drain-timeout", "150s")


@dataclass
class Finished:
    """How a run ended and what it said."""

    arguments: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    def expect(self, code: int) -> Finished:
        assert self.code == code, f"exit code {self.code}, not {code}\n{self}"
        return self

    def complaint(self) -> str:
        """The one line that tells of a refusal; log lines may stand around it."""
        lines = [line for line in self.stderr.splitlines() if line.startswith("exarch: ")]
        assert len(lines) == 1, f"one line is promised\n{self}"
        return lines[0]

    @property
    def said(self) -> str:
        return self.stdout + self.stderr

    def __str__(self) -> str:
        return (f"exarch {' '.join(self.arguments)} -> {self.code}\n--- stdout\n"
                f"{self.stdout[-3000:]}\n--- stderr\n{self.stderr[-6000:]}")


@dataclass
class Running:
    """A run that has not ended; its output goes to files, so that no pipe can fill."""

    process: subprocess.Popen[bytes]
    arguments: tuple[str, ...]
    directory: Path
    name: str

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, closed or finished."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = RUN_SECONDS_MAX) -> Finished:
        self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = RUN_SECONDS_MAX) -> Finished:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {seconds} s\n{self._finished(-9)}") from None
        return self._finished(code)

    def _finished(self, code: int) -> Finished:
        texts = [(self.directory / f"{self.name}.{kind}").read_text(errors="replace")
                 for kind in ("stdout", "stderr")]
        return Finished(self.arguments, code, *texts)


def merge(base: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """Nested maps are merged; anything else in `extra` replaces what was there."""
    merged = dict(base)
    for key, value in extra.items():
        known = merged.get(key)
        merged[key] = (merge(known, value) if isinstance(known, dict) and isinstance(value, dict)
                       else value)
    return merged


@dataclass
class Exarch:
    """One installation: a directory with its configuration and its ledger.

    `facts` are a world's: its address, its queue, and the keys that the worker runs with.
    """

    directory: Path
    facts: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    # What the program is started by, where it is not to be started directly.
    prefix: tuple[str, ...] = ()
    # What its configuration always has, whatever a test sets besides.
    always: dict[str, Any] = field(default_factory=dict)
    runs: int = 0
    running: list[Running] = field(default_factory=list)

    @property
    def config_path(self) -> Path:
        return self.directory / "exarch.yaml"

    def configure(self, **settings: Any) -> None:
        """Writes exarch.yaml: the shortest that fits the world, with the settings merged in."""
        shortest = {"version": 1, "queue": self.facts["queue_url"],
                    "worker": {"listen": "127.0.0.1:0"}}
        # JSON is YAML too.
        whole = merge(merge(shortest, self.always), settings)
        self.config_path.write_text(json.dumps(whole, indent=2) + "\n")

    def run(self, *arguments: str, seconds: float = RUN_SECONDS_MAX, stdin: str | None = None,
            environment: dict[str, str] | None = None) -> Finished:
        return self.start(*arguments, stdin=stdin, environment=environment).wait(seconds)

    def start(self, *arguments: str, stdin: str | None = None,
              environment: dict[str, str] | None = None,
              file_bytes_max: int | None = None) -> Running:
        self.runs += 1
        name = f"run-{self.runs}"
        given = self.directory / f"{name}.stdin"
        given.write_text(stdin or "")
        with (given.open("rb") as source, (self.directory / f"{name}.stdout").open("wb") as out,
              (self.directory / f"{name}.stderr").open("wb") as err):
            process = subprocess.Popen(
                [*self.prefix, str(binary_path()), "--config", str(self.config_path), *arguments],
                cwd=self.directory, stdin=source, stdout=out, stderr=err,
                env={**self.whole_environment(), **(environment or {})},
                preexec_fn=None if file_bytes_max is None else lambda: limit_files(file_bytes_max))
        running = Running(process, arguments, self.directory, name)
        self.running.append(running)
        return running

    def drain(self, environment: dict[str, str] | None = None) -> Finished:
        return self.run(*DRAIN, environment=environment)

    def start_drain(self, environment: dict[str, str] | None = None) -> Running:
        return self.start(*DRAIN, environment=environment)

    def status(self) -> dict[str, Any]:
        finished = self.run("status", "--output", "json")
        try:
            return dict(json.loads(finished.stdout))
        except ValueError:
            raise AssertionError(f"status printed no JSON\n{finished}") from None

    def operations(self) -> dict[str, int]:
        """How many operations stand in each state, those with none left out."""
        counts = self.status()["operations"]
        return {state: count for state, count in counts.items() if count and state != "total"}

    def end(self) -> None:
        for running in self.running:
            if running.process.poll() is None:
                running.kill()

    def whole_environment(self) -> dict[str, str]:
        """Nothing of the machine's own settings but the path: no profile, proxy or region."""
        keys = self.facts["controller"]
        return {**sanitizers.settings(), "PATH": os.environ["PATH"],
                "HOME": str(self.directory), "NO_COLOR": "1",
                "AWS_ENDPOINT_URL": self.facts["address"], "AWS_REGION": self.facts["region"],
                "AWS_ACCESS_KEY_ID": keys["access_key_id"],
                "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"],
                "AWS_EC2_METADATA_DISABLED": "true", **self.environment}


def limit_files(bytes_max: int) -> None:
    """Writing beyond fails, as on a full disk, instead of ending the process by a signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max))


Install = Callable[..., Exarch]
StartCloud = Callable[..., RunningWorld]
StartSandbox = Callable[..., RunningSandbox]
