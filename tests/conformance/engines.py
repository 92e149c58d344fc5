"""Engines that read what albstats exported: each takes the folder and answers the questions."""

import os
from pathlib import Path

import athenas_sql
import reports
from program import Program, Result
from questions import Answers, Dialect, Table, answers
from tools import LOOPBACK, need_packages, need_program
from trino import TRINO, Trino, started


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
    """The engine that Athena is made of. It has its own DDL; the columns are those of Athena's. CHECKS chooses."""
    checks = {"export": exported_to_trino, "reports": reported_to_trino} | athenas_sql.CHECKS
    wanted = os.environ.get("CHECKS", ",".join(checks)).split(",")
    with started(scratch) as server:
        results = [result for name in wanted for result in checks[name](program, server, scratch)]
    return results


def exported_to_trino(program: Program, server: Trino, _scratch: Path) -> list[Result]:
    give(server, "logs", program)
    # Times come as text: as numbers Trino has them only in seconds, floating.
    dialect = Dialect(micros="cast({} AS varchar)")
    return compared(program, TRINO, answers(server.in_schema("logs").rows, dialect, program.exported))


def reported_to_trino(program: Program, server: Trino, _scratch: Path) -> list[Result]:
    plain = reports.plain_logs(program)
    give(server, "plain", plain)
    return reports.compared(plain, TRINO, server.in_schema("plain").named_rows, "plain")


def give(server: Trino, schema: str, program: Program) -> None:
    """Tables of an export."""
    server = server.in_schema(schema)
    server.rows(f"CREATE SCHEMA {schema}")
    for table in program.exported:
        server.rows(trino_ddl(table, program.export))
        server.rows(f"CALL system.sync_partition_metadata('{schema}', '{table.name}', 'FULL')")


def trino_ddl(table: Table, export: Path) -> str:
    kinds = {"string": "varchar", "int": "integer", "timestamp": "timestamp(6)"}
    columns = table.columns | dict.fromkeys(("account", "region", "day"), "string")
    listed = ", ".join(f'"{name}" {kinds.get(kind, kind)}' for name, kind in columns.items())
    return f"""CREATE TABLE {table.name} ({listed}) WITH (
        external_location = 'file://{export}/{table.name}', format = 'PARQUET',
        partitioned_by = ARRAY['account', 'region', 'day'])"""
