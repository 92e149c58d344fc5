"""The statements of reports, as `albstats report NAME --show-sql` prints them, run by Trino over an export.

Whatever is counted, summed or compared must be exactly equal. Percentiles are approximate in Trino: its value must lie
between ours of two ranks, some hundredths of the rows below and above.
"""

import json
import math
import re
from collections.abc import Callable

from program import ALL, Program, Result
from questions import Answers, plain

# What a report is about, where it has to be told; of the logs that `program` makes.
GIVEN: dict[str, list[str]] = {
    "compare": ["--at", "2026-11-21T00:00:00Z", "--window", "60m"],
}
# Trino's digest is promised to be exact to about a hundredth of the rows.
RANKS = 0.03
SHARES = re.compile(r"(approx_percentile\([^;]*?ARRAY\[)([0-9., ]+)(\])", re.DOTALL)


def names(program: Program) -> list[str]:
    """The reports, as they are listed."""
    return re.findall(r"^  ([a-z-]+)  ", program.run("report"), re.MULTILINE)


def shifted(sql: str, by: float) -> str:
    """The same statement with all shares of percentiles moved."""

    def move(found: re.Match[str]) -> str:
        shares = [min(1.0, max(0.0, float(share) + by)) for share in found[2].split(",")]
        return found[1] + ", ".join(f"{share:.4f}" for share in shares) + found[3]

    return SHARES.sub(move, sql)


def statements(program: Program, name: str) -> list[str]:
    window = [] if name in GIVEN else ALL
    given = given_for(program, name)
    printed = program.run("report", name, *given, "--from", str(program.export), *window, "--top", "0", "--show-sql")
    return [sql.strip() for sql in printed.split(";\n\n") if sql.strip()]


def given_for(program: Program, name: str) -> list[str]:
    if name == "trace":
        sql = "SELECT max(trace_id) FROM requests WHERE conn_trace_id IS NOT NULL"
        return [program.ask(sql, program.files)[0][0].removeprefix("Root=")]
    return GIVEN.get(name, [])


def run_here(program: Program, sql: str) -> list[dict]:
    # The statement has its window in it.
    return json.loads(program.run("query", "--from", str(program.export), *ALL, "--format", "json", sql))


def plain_logs(program: Program) -> Program:
    """Logs without odd lines: of a URL that is none, Trino's functions give NULL, and albstats' what can be told."""
    folder = program.folder / "plain"
    folder.mkdir()
    return Program(program.path, folder, odd=False)


def compared(program: Program, version: str, ask: Callable[[str], list[dict]], schema: str) -> list[Result]:
    """Every statement of every report, over the tables of the peer's `schema`."""
    results = []
    for name in names(program):
        expected: Answers = {}
        found: Answers = {}
        try:
            for number, sql in enumerate(statements(program, name)):
                ours = keyed(run_here(program, sql))
                theirs = keyed(ask(sql.replace('"logs".', f'"{schema}".')))
                low, high = ({}, {}) if not SHARES.search(sql) else (
                    keyed(run_here(program, shifted(sql, by))) for by in (-RANKS, RANKS)
                )
                for key in ours | theirs:
                    our, their = ours.get(key), theirs.get(key)
                    expected[number, key] = our
                    same = our is not None and their is not None and agree(our, their, low.get(key), high.get(key))
                    found[number, key] = our if same else their
        except RuntimeError as error:
            expected[name] = "an answer"
            found[name] = str(error)
        results.append(Result(version, f"report {name}", expected, found))
    return results


def keyed(rows: list[dict]) -> dict[tuple, dict]:
    """Rows by what they are about: their texts and bars, and a number where these are not enough."""
    found: dict[tuple, dict] = {}
    for row in rows:
        row = {name: plain(value) for name, value in row.items()}
        about = tuple((name, value) for name, value in row.items() if isinstance(value, str) or name in KEYS)
        count = sum(key[:-1] == about for key in found)
        found[*about, count] = row
    return found


# Numbers that say what a row is about.
KEYS = {"bucket", "status", "elb_status_code", "matched_rule_priority", "listener_port", "rule"}


def agree(our: dict, their: dict, low: dict | None, high: dict | None) -> bool:
    return our.keys() == their.keys() and all(
        near(our[name], their[name]) or between(their[name], low, high, name) for name in our
    )


def near(our: object, their: object) -> bool:
    """Equal, but for the last digits of sums of floating-point numbers, which depend on their order."""
    if isinstance(our, float) or isinstance(their, float):
        return our is not None and their is not None and math.isclose(our, their, rel_tol=1e-9, abs_tol=1e-9)
    return our == their


def between(their: object, low: dict | None, high: dict | None, name: str) -> bool:
    if not isinstance(their, int | float) or low is None or high is None:
        return False
    ends = low.get(name), high.get(name)
    if not all(isinstance(end, int | float) for end in ends):
        return False
    # In a tie or with few rows the ends are one value, and a digest may lie beside it.
    return min(ends) * 0.99 - 0.001 <= their <= max(ends) * 1.01 + 0.001
