"""Statements asked of albstats, many of one process, and what it says compared with what Trino says."""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import sql_values
from program import Program
from tools import LOOPBACK, Server, free_port
from trino import Answered

# Words of libraries: a refusal is in those of the statement.
LIBRARIES = r"DataFusion|Arrow|Utf8|Int64|Float64|coerc|Expr\b|sqlparser|nternal|panic|Schema|not implemented|physical|UDF|bug of albstats"


@dataclass(frozen=True)
class Asker:
    """A server of albstats."""

    port: int

    def ask(self, sql: str) -> Answered:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=120)
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v1/query", json.dumps({"sql": sql}), headers)
        try:
            answer = json.loads(connection.getresponse().read(), parse_float=Decimal)
        except (http.client.HTTPException, OSError, ValueError) as error:
            return Answered(error=f"bug: {type(error).__name__}: the connection ended in the middle of an answer")
        finally:
            connection.close()
        if "code" in answer:
            return Answered(error=f"{answer['code']}: {answer['message']}")
        columns = answer["columns"]
        rows = [list(row.values()) for row in answer["rows"]]
        return Answered([column["name"] for column in columns], [column["type"] for column in columns], rows)


@contextmanager
def server(program: Program, logs: Path, scratch: Path) -> Iterator[Asker]:
    port = free_port()
    command = [program.path, "--quiet", "serve", "--from", str(logs), "--listen", str(port), "--log", "off"]
    with Server(command, scratch / "albstats.log", {"HOME": str(scratch)}) as running:
        running.until(f"http://{LOOPBACK}:{port}/readyz", 60)
        yield Asker(port)


def is_refused_well(ours: Answered) -> bool:
    return not ours.error.startswith("bug") and not re.search(LIBRARIES, ours.error.partition("\n")[0])


def difference(ours: Answered, theirs: Answered, *, is_ordered: bool) -> str:
    """How two answers differ; nothing if they do not, or if both are refusals."""
    if ours.error and not is_refused_well(ours):
        return f"refused in words of a library: {ours.error}"
    if theirs.error:
        return "" if ours.error else f"answered {shown(ours.rows)}, where Trino says {theirs.error}"
    if ours.error:
        return f"refused: {ours.error}"
    if len(ours.names) != len(theirs.names):
        return f"columns {ours.names}, not {theirs.names}"
    for our, their in zip(ours.types, theirs.types, strict=False):
        if not sql_values.is_of_kind(our, their):
            return f"types {ours.types}, not {theirs.types}"
    mine = [[sql_values.ours(kind, value) for kind, value in zip(theirs.types, row, strict=True)] for row in ours.rows]
    other = [
        [sql_values.theirs(kind, value) for kind, value in zip(theirs.types, row, strict=True)] for row in theirs.rows
    ]
    if not is_ordered:
        mine, other = (sorted(rows, key=sql_values.sortable) for rows in (mine, other))
    if not sql_values.near(mine, other):
        pairs = [(a, b) for a, b in zip(mine, other, strict=False) if not sql_values.near(a, b)]
        first = f"{pairs[0][0]}, not {pairs[0][1]}" if pairs else "the rest is the same"
        return f"{len(mine)} rows, not {len(other)}; {first}"
    return ""


def other_names(ours: Answered, theirs: Answered) -> str:
    """Columns that are called otherwise; of two of one name JSON calls the second `name_2`."""
    for number, (our, their) in enumerate(zip(ours.names, theirs.names, strict=True)):
        count = theirs.names[: number + 1].count(their)
        if our not in (their, f"{their}_{count}"):
            return f"columns {ours.names}, not {theirs.names}"
    return ""


def shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) < 300 else text[:300] + "…"
