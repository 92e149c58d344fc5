"""albstats under test: its logs, its export, its schema and its own answers."""

import gzip
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from questions import Answers, Dialect, Table, answers, tables

# Two accounts in two regions, over midnight, a fifth of the objects as in earlier years.
LOGS = (
    ["--account", "123456789012", "--region", "eu-west-1", "--seed", "11"],
    ["--account", "210987654321", "--region", "us-east-1", "--seed", "12"],
)
EVERY = ["--rps", "5", "--duration", "3h", "--start", "2026-11-20T22:30:00Z"]
EVERY += ["--old-widths", "0.2", "--force"]
# Of a bucket, only the last hour is read unless more is asked for.
ALL = ["--since", "2026-11-20", "--until", "2026-11-22"]
AROUND_MIDNIGHT = ["--since", "2026-11-20T23:41", "--until", "2026-11-21T00:17"]


@dataclass
class Place:
    """Where logs lie, and what has to be in the environment to get there."""

    source: str
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Result:
    """What a peer was asked about, and what it said."""

    version: str
    what: str
    expected: Answers = field(default_factory=dict)
    found: Answers = field(default_factory=dict)
    # Why it was not asked.
    missing: str = ""


class Program:
    """The program, and a folder for what it makes."""

    def __init__(self, path: str, folder: Path, *, odd: bool = True) -> None:
        self.path = path
        self.folder = folder
        self.odd = odd

    @cached_property
    def logs(self) -> Path:
        """Logs that it made."""
        logs = self.folder / "logs"
        for options in LOGS:
            self.run("generate", str(logs), *EVERY, *options, "--odd-share", "0.01" if self.odd else "0")
        if self.odd:
            self.spoil(logs)
        return logs

    @property
    def files(self) -> Place:
        return Place(str(self.logs))

    @cached_property
    def schema(self) -> list[Table]:
        return tables(self.run("schema", "--format", "athena"))

    @staticmethod
    def spoil(logs: Path) -> None:
        """Adds lines that are none, so that there are rejected ones."""
        for prefix in ("1", "conn_log_", "health_check_log_"):
            found = sorted(path for path in logs.rglob("*.log.gz") if path.name.startswith(prefix))
            with found[0].open("ab") as file:
                file.write(gzip.compress(b"http no \"log line\n\n-\n"))

    def run(self, *args: str, env: Mapping[str, str] = MappingProxyType({}), code: int = 0) -> str:
        """Runs it; what it prints is the answer. Nothing of the caller's AWS is in its environment."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ALBSTATS_"))}
        done = subprocess.run(
            [self.path, "--quiet", *args], env={**clean, **env}, capture_output=True, text=True, check=False
        )
        if done.returncode != code:
            raise RuntimeError(f"albstats {args[0]} exits with {done.returncode}: {done.stderr}")
        return done.stdout

    def ask(self, sql: str, place: Place, window: list[str] = ALL) -> list[tuple]:
        options = ["--from", place.source, *window, "--format", "json"]
        printed = self.run("query", *options, sql, env=place.environment)
        return [tuple(row.values()) for row in json.loads(printed)]

    def answers(self, place: Place) -> Answers:
        p99 = "approx_percentile(target_processing_time, 0.99)"  # albstats sorts, too
        return answers(lambda sql: self.ask(sql, place), Dialect(), self.schema, p99)

    def rows(self, place: Place, window: list[str]) -> Answers:
        """Rows of each table in a window."""
        counted = {table.name: f"SELECT count(*) FROM {table.name}" for table in self.schema}
        return {name: self.ask(sql, place, window)[0][0] for name, sql in counted.items()}

    @cached_property
    def expected(self) -> Answers:
        """What it says about the raw logs."""
        return self.answers(self.files)

    @cached_property
    def export(self) -> Path:
        """The logs as Parquet, in a folder for each account, region and day."""
        target = self.folder / "export"
        self.run("export", "--from", str(self.logs), "--to", str(target), *ALL)
        return target

    @property
    def exported(self) -> list[Table]:
        return [table for table in self.schema if (self.export / table.name).exists()]
