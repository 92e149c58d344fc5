"""Athena's SQL: the same statements asked of Trino and of albstats, over AWS's documented tables.

`tests/athena/*.ndjson` hold statements with Trino's answers, which `cargo test` compares without Trino; ALBSTATS_UPDATE=1 writes
them anew. A statement that is `listed` differs, as the row of `docs/sql.md` with these first words says.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import documented
import sql_fuzz
import sql_values
from asked import Asker, difference, other_names, server, shown
from program import Program, Result
from tools import ROOT, say
from trino import TRINO, Answered, Trino

ATHENA = ROOT / "tests/athena"
LOGS = ATHENA / "logs"
# Trino's own failures: some conditions send its optimizer around in circles.
UNJUDGED = ("OPTIMIZER_TIMEOUT", "COMPILER_ERROR", "GENERIC_INTERNAL_ERROR")
# Here tables are known by how their names begin, in any database of any catalog.
OTHER_NAME = r"(CATALOG|SCHEMA)_NOT_FOUND:|TABLE_NOT_FOUND:.*'\w+\.\w+\.alb_(log|access_logs_|connection_logs_)\w*'"
IS_UPDATE = bool(os.environ.get("ALBSTATS_UPDATE"))


def recorded(name: str) -> list[dict]:
    return [json.loads(line) for line in (ATHENA / name).read_text().splitlines()]


def record(name: str, cases: list[dict]) -> None:
    lines = [json.dumps(case, ensure_ascii=False) + "\n" for case in cases]
    (ATHENA / name).write_text("".join(lines))


def answer_of(theirs: Answered) -> dict:
    """What is kept of an answer: numbers of lines and columns go, since a statement may be written otherwise some day."""
    if theirs.error:
        return {"trino_error": theirs.error[:200]}
    return {"types": theirs.types, "rows": theirs.rows}


def is_ordered(sql: str) -> bool:
    """Whether the outermost query has an order, which none in parentheses is."""
    while (shorter := re.sub(r"\([^()]*\)", " ", re.sub(r"'[^']*'", " ", sql))) != sql:
        sql = shorter
    return "ORDER BY" in sql


def expressions(program: Program, trino: Trino, _scratch: Path) -> list[Result]:
    """Trino's recorded answers, asked again, and albstats' beside them."""
    cases = recorded("expressions.ndjson")
    asked = [trino.ask(case["sql"]) for case in cases]
    here = [by_process(program, case["sql"]) for case in cases]
    again = [without_answer(case) | answer_of(theirs) for case, theirs in zip(cases, asked, strict=True)]
    if IS_UPDATE:
        record("expressions.ndjson", again)
    return [
        Result(
            TRINO,
            "expressions: Trino's recorded answers",
            {case["sql"]: kept(case) for case in cases},
            {case["sql"]: kept(case) for case in again},
        ),
        judged("expressions: albstats' answers", cases, here, asked),
    ]


def without_answer(case: dict) -> dict:
    return {key: value for key, value in case.items() if key in ("sql", "listed")}


def kept(case: dict) -> str:
    """An answer as text; of a refusal its kind."""
    return case["trino_error"].partition(":")[0] if "trino_error" in case else shown([case["types"], case["rows"]])


def by_process(program: Program, sql: str) -> Answered:
    """Asked by `--dialect athena`, which a server cannot be told."""
    try:
        printed = program.run("query", "--from", str(LOGS), "--dialect", "athena", "--format", "json", sql)
    except RuntimeError as error:
        return Answered(error=str(error).partition("exits with 2: ")[2] or f"bug: {error}")
    rows = [list(row.values()) for row in json.loads(printed, parse_float=Decimal)]
    return Answered(names=[""] * len(rows[0]) if rows else [], rows=rows)


def judged(what: str, cases: list[dict], here: list[Answered], asked: list[Answered]) -> Result:
    """Those that differ must be those that are listed."""
    expected, found = {}, {}
    for case, ours, theirs in zip(cases, here, asked, strict=True):
        sql = case["sql"]
        differs = difference(ours, theirs, is_ordered=is_ordered(sql))
        if ours.types and not ours.error and not theirs.error:
            differs = differs or other_names(ours, theirs)
        expected[sql] = "it differs" if "listed" in case else ""
        found[sql] = "it differs" if differs and "listed" in case else differs
    return Result(TRINO, what, expected, found)


@contextmanager
def both(program: Program, trino: Trino, scratch: Path) -> Iterator[tuple[Asker, Trino]]:
    """albstats over the logs, and Trino with the documented tables of the same."""
    folder = scratch / "documented"
    if not folder.exists():
        folder.mkdir()
        documented.give(trino, LOGS, folder)
    with server(program, LOGS, scratch) as asker:
        yield asker, trino


def statements(program: Program, trino: Trino, scratch: Path) -> list[Result]:
    """Statements as people write them."""
    cases = recorded("statements.ndjson")
    with both(program, trino, scratch) as (asker, trino):
        asked = [trino.ask(case["sql"]) for case in cases]
        here = [asker.ask(case["sql"]) for case in cases]
    again = [without_answer(case) | neutral(theirs) for case, theirs in zip(cases, asked, strict=True)]
    if IS_UPDATE:
        record("statements.ndjson", again)
        cases = again
    return [
        Result(
            TRINO,
            "statements: Trino's recorded answers",
            dict.fromkeys((case["sql"] for case in cases), ""),
            {case["sql"]: moved(case, now) for case, now in zip(cases, again, strict=True)},
        ),
        judged("statements: albstats' answers", cases, here, asked),
    ]


def neutral(theirs: Answered) -> dict:
    """An answer that needs no knowledge of Trino's forms."""
    if theirs.error:
        return answer_of(theirs)
    kinds = theirs.types
    rows = [[sql_values.theirs(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in theirs.rows]
    return {"names": theirs.names, "types": kinds, "rows": rows}


def moved(before: dict, now: dict) -> str:
    """Trino's answer, if it is another than before. Which row fails first is chance, and so are the order of rows that have
    none and the last digits of sums.
    """
    if "trino_error" in before or "trino_error" in now:
        return "" if kept(before) == kept(now) else shown(now)
    rows, again = before["rows"], now["rows"]
    if not is_ordered(before["sql"]):
        rows, again = (sorted(each, key=sql_values.sortable) for each in (rows, again))
    is_same = (before["names"], before["types"]) == (now["names"], now["types"]) and sql_values.near(again, rows)
    return "" if is_same else shown(now)


def fuzz(program: Program, trino: Trino, scratch: Path) -> list[Result]:
    """Statements made up (SEED, STATEMENTS), and the same with a word dropped, doubled or replaced."""
    count, seed = int(os.environ.get("STATEMENTS", "1200")), int(os.environ.get("SEED", "1"))
    made = sql_fuzz.statements(seed, count)
    # What is listed is answered otherwise, spoiled or not.
    written = [case["sql"] for case in recorded("statements.ndjson") if "listed" not in case]
    broken = sql_fuzz.broken(seed, [*made, *written], count)
    results = []
    with both(program, trino, scratch) as (asker, trino):
        for what, sqls in (("made up", made), ("spoiled", broken)):
            results.append(fuzzed(what, sqls, asker, trino))
    return results


def fuzzed(what: str, sqls: list[str], asker: Asker, trino: Trino) -> Result:
    expected, found = {}, {}
    counts = dict.fromkeys(("equal", "refused by both", "refused by Trino's grammar", "refused here", "not judged"), 0)
    for sql in sqls:
        theirs, ours = trino.ask(sql), asker.ask(sql)
        if theirs.error.startswith(UNJUDGED) or (not ours.error and re.match(OTHER_NAME, theirs.error)):
            counts["not judged"] += 1
            continue
        differs = difference(ours, theirs, is_ordered=is_ordered(sql) and what == "made up")
        if differs.startswith("refused: "):
            counts["refused here"] += 1
            say(f"refused here: {sql}\n    {differs[9:].partition(chr(10))[0]}")
            differs = ""
        elif theirs.error:
            counts["refused by Trino's grammar" if theirs.error.startswith("SYNTAX_ERROR") else "refused by both"] += 1
        elif what == "spoiled" and sql_fuzz.is_chance(sql):
            differs = ""
        if not differs and not theirs.error and not ours.error:
            counts["equal"] += 1
        if differs:
            say(f"DIFFERS: {sql}\n    {differs}")
        expected[sql], found[sql] = "", differs
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return Result(TRINO, f"statements {what}: {told}", expected, found)


CHECKS: dict[str, Callable[[Program, Trino, Path], list[Result]]] = {
    "expressions": expressions,
    "statements": statements,
    "fuzz": fuzz,
}
