"""What every peer is asked, in its dialect, and what makes two answers equal: that every value is.

The questions are made from the columns that `albstats schema --format athena` prints, so that each column of each table
is asked about: NULLs, lengths of strings, sums of integers, extremes of floating-point numbers and times.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

Ask = Callable[[str], list[tuple]]
Answers = dict[tuple, object]
PARTITIONS = ("account", "region", "day")


@dataclass
class Table:
    """A table as Athena gets to know it."""

    name: str
    ddl: str
    columns: dict[str, str]


@dataclass
class Dialect:
    """Where engines differ."""

    quote: str = '"'
    # A time as microseconds since 1970.
    micros: str = "{}"


def tables(ddl: str) -> list[Table]:
    """The tables of the statements that albstats prints."""
    found = []
    for statement in re.findall(r"^CREATE EXTERNAL TABLE .*?;$", ddl, re.DOTALL | re.MULTILINE):
        name = re.search(r"`(\w+)` \($", statement, re.MULTILINE).group(1)
        columns = dict(re.findall(r"^  `(\w+)` +(\w+) +COMMENT", statement, re.MULTILINE))
        found.append(Table(name, statement.removesuffix(";"), columns))
    return found


def answers(ask: Ask, dialect: Dialect, schema: list[Table], exact_p99: str | None = None) -> Answers:
    """Everything an engine says. `exact_p99` is an aggregate that gives the percentile; without it, sorting does."""
    found: Answers = {}
    for table in schema:
        by = ", ".join(PARTITIONS)
        for *partition, count in ask(f"SELECT {by}, count(*) FROM {table.name} GROUP BY {by}"):
            found[table.name, *partition] = count
        names, measures = zip(*of_columns(table, dialect), strict=True)
        [row] = ask(f"SELECT {', '.join(measures)} FROM {table.name}")
        found |= {(table.name, *name): plain(value) for name, value in zip(names, row, strict=True)}
    return found | per_target_group(ask, exact_p99)


def of_columns(table: Table, dialect: Dialect) -> list[tuple[tuple[str, str], str]]:
    measures = [(("all", "rows"), "count(*)")]
    for name, kind in table.columns.items():
        column = f"{dialect.quote}{name}{dialect.quote}"
        measures.append(((name, "values"), f"count({column})"))
        match kind:
            case "string":
                measures.append(((name, "characters"), f"sum(length({column}))"))
                measures += [((name, end), f"{end}({column})") for end in ("min", "max")]
            case "int" | "bigint":
                measures.append(((name, "sum"), f"sum({column})"))
            case "double":
                measures += [((name, end), f"{end}({column})") for end in ("min", "max")]
            case "timestamp":
                measures += [((name, end), dialect.micros.format(f"{end}({column})")) for end in ("min", "max")]
            case _:
                raise ValueError(f"no measure for {kind}")
    return measures


def per_target_group(ask: Ask, exact_p99: str | None) -> Answers:
    found: Answers = {}
    measures = {
        "requests": "count(*)",
        "errors": "sum(CASE WHEN elb_status_code >= 500 THEN 1 ELSE 0 END)",
        "received": "sum(received_bytes)",
        "sent": "sum(sent_bytes)",
    }
    if exact_p99:
        measures["p99"] = exact_p99
    rows = ask(f"SELECT target_group_arn, {', '.join(measures.values())} FROM requests GROUP BY target_group_arn")
    for group, *values in rows:
        found |= {("target group", group, name): plain(value) for name, value in zip(measures, values, strict=True)}
    if not exact_p99:
        found |= {("target group", group, "p99"): None for group, *_ in rows}
        found |= {("target group", group, "p99"): value for group, value in ask(SORTED_P99)}
    return found


# The smallest time that at least 99 of 100 do not exceed.
SORTED_P99 = """
    SELECT target_group_arn, target_processing_time
    FROM (
        SELECT target_group_arn, target_processing_time,
               row_number() OVER (PARTITION BY target_group_arn ORDER BY target_processing_time) AS place,
               count(*) OVER (PARTITION BY target_group_arn) AS places
        FROM requests
        WHERE target_processing_time IS NOT NULL
    ) AS sorted
    WHERE place = floor((places * 99 + 99) / 100)
"""


def plain(value: object) -> object:
    """Times as microseconds, whole numbers as such: engines return them in types of their own."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", value):
        value = datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.UTC)
        return round((value - EPOCH) / datetime.timedelta(microseconds=1))
    if type(value).__name__ == "Decimal":
        return int(value)
    return value


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def differences(expected: Answers, found: Answers) -> list[str]:
    nothing = "nothing"
    keys = [key for key in expected | found if expected.get(key, nothing) != found.get(key, nothing)]
    return [f"{key}: expected {expected.get(key, nothing)!r}, found {found.get(key, nothing)!r}" for key in keys]
