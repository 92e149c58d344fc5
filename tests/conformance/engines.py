"""Engines that read what albstats exported: each takes the folder and answers the questions."""

import json
import os
import time
import urllib.request
from functools import partial
from pathlib import Path

import reports
from program import Program, Result
from questions import Answers, Dialect, Table, answers
from tools import LOOPBACK, NotRun, Server, free_port, need_archive, need_packages, need_program

TRINO = "368"  # the newest on Maven Central that Java 17 runs
TRINO_SHA256 = "794a7df6faae51895183b52c6d7f36f0a9715140fab317dac5400f71729c05cd"


def compared(program: Program, version: str, found: Answers) -> list[Result]:
    names = {table.name for table in program.schema} - {table.name for table in program.exported}
    expected = {key: value for key, value in program.expected.items() if key[0] not in names}
    not_exported = [Result(version, f"table {name}", missing="it is not exported") for name in sorted(names)]
    return [Result(version, "rows, columns and target groups of the export", expected, found), *not_exported]


def duckdb(program: Program, scratch: Path) -> list[Result]:
    version, found = read_by_duckdb(program, program.export, scratch)
    return compared(program, version, found)


def read_by_duckdb(program: Program, export: Path, scratch: Path) -> tuple[str, Answers]:
    """Reads the files as they lie there; partitions are folders."""
    need_packages("duckdb==2.0.0")
    import duckdb as module

    connection = module.connect(str(scratch / "duckdb"), config={"memory_limit": "1GB", "threads": 2})
    kinds = "hive_partitioning = true, hive_types = {'account': VARCHAR, 'region': VARCHAR, 'day': VARCHAR}"
    for table in program.exported:
        files = f"read_parquet('{export}/{table.name}/*/*/*/*.parquet', {kinds})"
        connection.execute(f"CREATE VIEW {table.name} AS SELECT * FROM {files}")

    def ask(sql: str) -> list[tuple]:
        return connection.execute(sql).fetchall()

    return module.__version__, answers(ask, Dialect(micros="epoch_us({})"), program.exported)


def spark(program: Program, scratch: Path) -> list[Result]:
    """Takes Athena's DDL as it is printed, but for the location; finds the partitions itself (MSCK REPAIR)."""
    need_program("java", "openjdk-17-jre-headless")
    need_packages("pyspark==3.5.7")
    import pyspark
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = LOOPBACK
    builder = SparkSession.builder.master("local[2]").appName("conformance").enableHiveSupport()
    for name, value in {
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.host": LOOPBACK,
        "spark.driver.memory": "1500m",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={scratch / 'derby'}",
        "spark.log.level": "ERROR",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(scratch / "spark"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()

    def ask(sql: str) -> list[tuple]:
        return [tuple(row) for row in session.sql(sql).collect()]

    try:
        for table in program.exported:
            session.sql(located(table, program.export))
            session.sql(f"MSCK REPAIR TABLE {table.name}")
        dialect = Dialect(quote="`", micros="unix_micros({})")
        return compared(program, pyspark.__version__, answers(ask, dialect, program.exported))
    finally:
        session.stop()


def located(table: Table, export: Path) -> str:
    """Athena's DDL for a folder."""
    return table.ddl.replace("s3://BUCKET/PREFIX/", f"file://{export}/")


def trino(program: Program, scratch: Path) -> list[Result]:
    """The engine that Athena is made of. It has its own DDL; the columns are those of Athena's."""
    java = need_program("java", "openjdk-17-jre-headless")
    name = f"trino-server-{TRINO}"
    url = f"https://repo1.maven.org/maven2/io/trino/trino-server/{TRINO}/{name}.tar.gz"
    home = need_archive(url, TRINO_SHA256, ("lib/", "plugin/hive/"))
    port = free_port()
    data = configure_trino(scratch, home, port)
    command = [java, "-Xmx2G", "-XX:+UseG1GC", "-Djdk.attach.allowAttachSelf=true", "-Duser.timezone=UTC"]
    command += [f"-D{setting}" for setting in (data / "node.properties").read_text().split()]
    command += [f"-Dconfig={data}/config.properties", "-cp", f"{home}/lib/*", "io.trino.server.TrinoServer"]
    with Server(command, scratch / "trino.log") as server:
        base = f"http://{LOOPBACK}:{port}"
        server.until(f"{base}/v1/info", 180)
        ask = partial(ask_trino, base)
        ask("CREATE SCHEMA logs")
        for table in program.exported:
            ask(trino_ddl(table, program.export))
            ask(f"CALL system.sync_partition_metadata('logs', '{table.name}', 'FULL')")
        # Times come as text: as numbers Trino has them only in seconds, floating.
        dialect = Dialect(micros="cast({} AS varchar)")
        exported = compared(program, TRINO, answers(ask, dialect, program.exported))
        plain = reports.plain_logs(program)
        ask("CREATE SCHEMA plain")
        for table in plain.exported:
            ask(trino_ddl(table, plain.export).replace(f"TABLE {table.name}", f"TABLE plain.{table.name}"))
            ask(f"CALL system.sync_partition_metadata('plain', '{table.name}', 'FULL')")
        return exported + reports.compared(plain, TRINO, partial(ask_trino_by_name, base), "plain")


def configure_trino(scratch: Path, home: Path, port: int) -> Path:
    data = scratch / "trino"
    (data / "catalog").mkdir(parents=True)
    files = {
        "node.properties": f"""
            node.environment=conformance
            node.id=conformance
            node.data-dir={data}
            node.bind-ip={LOOPBACK}
            node.internal-address={LOOPBACK}
            plugin.dir={home}/plugin
            catalog.config-dir={data}/catalog
        """,
        "config.properties": f"""
            coordinator=true
            node-scheduler.include-coordinator=true
            http-server.http.port={port}
            discovery.uri=http://{LOOPBACK}:{port}
            query.max-memory=512MB
            query.max-memory-per-node=512MB
        """,
        # Athena rounds times to milliseconds. Exact ones can be compared exactly.
        "catalog/hive.properties": f"""
            connector.name=hive
            hive.metastore=file
            hive.metastore.catalog.dir=file://{data}/metastore
            hive.timestamp-precision=MICROSECONDS
        """,
    }
    for name, content in files.items():
        (data / name).write_text("\n".join(line.strip() for line in content.strip().splitlines()) + "\n")
    return data


def trino_ddl(table: Table, export: Path) -> str:
    kinds = {"string": "varchar", "int": "integer", "timestamp": "timestamp(6)"}
    columns = table.columns | dict.fromkeys(("account", "region", "day"), "string")
    listed = ", ".join(f'"{name}" {kinds.get(kind, kind)}' for name, kind in columns.items())
    return f"""CREATE TABLE {table.name} ({listed}) WITH (
        external_location = 'file://{export}/{table.name}', format = 'PARQUET',
        partitioned_by = ARRAY['account', 'region', 'day'])"""


def ask_trino(base: str, sql: str) -> list[tuple]:
    return [tuple(row) for row in answer_of_trino(base, sql)[1]]


def ask_trino_by_name(base: str, sql: str) -> list[dict]:
    names, rows = answer_of_trino(base, sql)
    return [dict(zip(names, row, strict=True)) for row in rows]


def answer_of_trino(base: str, sql: str) -> tuple[list[str], list[list]]:
    """Asks again while it starts: it answers before it can work, and works before its catalog has a node."""
    for _ in range(90):
        names, rows, error = statement(base, sql)
        if error is None:
            return names, rows
        if error["errorName"] not in ("SERVER_STARTING_UP", "NO_NODES_AVAILABLE"):
            raise RuntimeError(f"Trino: {error['message']}")
        time.sleep(1)
    raise NotRun("Trino does not become ready")


def statement(base: str, sql: str) -> tuple[list[str], list[list], dict | None]:
    """<https://trino.io/docs/current/develop/client-protocol.html>"""
    headers = {"X-Trino-User": "conformance", "X-Trino-Catalog": "hive", "X-Trino-Schema": "logs"}
    # Without it, times come rounded to milliseconds.
    headers["X-Trino-Client-Capabilities"] = "PARAMETRIC_DATETIME"
    request = urllib.request.Request(f"{base}/v1/statement", sql.encode(), headers)
    names: list[str] = []
    rows: list[list] = []
    while request:
        with urllib.request.urlopen(request, timeout=120) as answer:
            page = json.load(answer)
        if "error" in page:
            return names, rows, page["error"]
        names = [column["name"] for column in page.get("columns", [])] or names
        rows += page.get("data", [])
        request = urllib.request.Request(page["nextUri"], headers=headers) if "nextUri" in page else None
    return names, rows, None
