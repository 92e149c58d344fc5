"""moto as Athena: it takes statements and hands out answers that were put there. What SQL means is not tested by it."""

import json
import re
import sys
import urllib.request
from pathlib import Path

from program import ALL, Place, Program, Result
from questions import Answers
from stores import connect, environment
from tools import LOOPBACK, Server, free_port, need_packages

SQL = """
    SELECT target_group_arn, count(*) AS requests, max(target_processing_time) AS slowest
    FROM requests GROUP BY target_group_arn ORDER BY 1
"""
KINDS = {"target_group_arn": "varchar", "requests": "bigint", "slowest": "double"}
OUTPUT = ["--output-location", "s3://lake/results/"]


def moto(program: Program, scratch: Path) -> list[Result]:
    need_packages("moto[athena,glue,s3,server]==5.2.5", "boto3==1.44.5")
    import moto as module

    port = free_port()
    endpoint = f"http://{LOOPBACK}:{port}"
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", LOOPBACK, "-p", str(port)]
    with Server(command, scratch / "log") as server:
        server.until(endpoint, 60)
        connect(endpoint).create_bucket(Bucket="lake")
        lake = Place("s3://lake/v1", environment(endpoint, scratch))
        program.run("export", "--from", program.files.source, "--to", lake.source, *ALL, env=lake.environment)
        return [
            Result(module.__version__, "athena sync: statements", *synced(program, lake, endpoint)),
            Result(module.__version__, "query --engine athena: rows", *asked(program, lake, endpoint)),
        ]


def synced(program: Program, lake: Place, endpoint: str) -> tuple[Answers, Answers]:
    """What a dry run announces, and what is run."""
    command = ["athena", "sync", "--location", lake.source, *OUTPUT]
    # 1: there is something to do.
    announced = program.run(*command, "--dry-run", env=lake.environment, code=1)
    announced = re.sub(r"^--.*\n", "", announced, flags=re.MULTILINE).split(";\n")
    program.run(*command, env=lake.environment)
    client = connect(endpoint, "athena")
    ids = client.list_query_executions()["QueryExecutionIds"]
    found = [client.get_query_execution(QueryExecutionId=each)["QueryExecution"]["Query"] for each in ids]
    return tuple({(text.strip().rstrip(";"),): 1 for text in texts if text.strip()} for texts in (announced, found))


def asked(program: Program, lake: Place, endpoint: str) -> tuple[Answers, Answers]:
    """An answer of Athena's and what it becomes: values must keep their types."""
    expected = program.ask(SQL, program.files)
    texts = [list(KINDS), *([None if value is None else str(value) for value in row] for row in expected)]
    rows = [{"Data": [{} if text is None else {"VarCharValue": text} for text in row]} for row in texts]
    columns = [
        {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": kind}
        | {"Precision": 0, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": False}
        for name, kind in KINDS.items()
    ]
    answer = json.dumps({"results": [{"rows": rows, "column_info": columns}]}).encode()
    urllib.request.urlopen(f"{endpoint}/moto-api/static/athena/query-results", answer, timeout=30).close()
    options = ["--engine", "athena", *OUTPUT, "--format", "json"]
    found = json.loads(program.run("query", *options, SQL, env=lake.environment))
    return tuple(
        {(group, name): value for group, *values in rows for name, value in zip(("n", "slowest"), values, strict=True)}
        for rows in (expected, [tuple(row.values()) for row in found])
    )
