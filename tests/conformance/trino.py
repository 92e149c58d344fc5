"""Trino, the engine that Athena is made of: started on the loopback interface, asked by its client protocol."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tools import LOOPBACK, NotRun, Server, free_port, need_archive, need_program

TRINO = "368"  # the newest on Maven Central that Java 17 runs
TRINO_SHA256 = "794a7df6faae51895183b52c6d7f36f0a9715140fab317dac5400f71729c05cd"
# Statements that qualify their tables call it as Athena's own is called; case does not count.
CATALOG = "awsdatacatalog"
STARTING = ("SERVER_STARTING_UP", "NO_NODES_AVAILABLE")


@dataclass
class Answered:
    """What a statement was answered, by Trino or by albstats, each with its own names of types; none if they are not known."""

    names: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    rows: list[list] = field(default_factory=list)
    # `SYNTAX_ERROR: line 1:8: …`, where Trino refused it.
    error: str = ""


@dataclass(frozen=True)
class Trino:
    """A server that runs, and a schema in which names are looked up."""

    base: str
    schema: str

    def in_schema(self, schema: str) -> "Trino":
        return replace(self, schema=schema)

    def rows(self, sql: str) -> list[tuple]:
        return [tuple(row) for row in self.answered(sql).rows]

    def named_rows(self, sql: str) -> list[dict]:
        answer = self.answered(sql)
        return [dict(zip(answer.names, row, strict=True)) for row in answer.rows]

    def answered(self, sql: str) -> Answered:
        answer = self.ask(sql)
        if answer.error:
            raise RuntimeError(f"Trino: {answer.error}")
        return answer

    def ask(self, sql: str) -> Answered:
        """Asks again while it starts: it answers before it can work, and works before its catalog has a node."""
        for _ in range(90):
            answer = self.conversation(sql)
            if not answer.error.startswith(STARTING):
                return answer
            time.sleep(1)
        raise NotRun("Trino does not become ready")

    def conversation(self, sql: str) -> Answered:
        """<https://trino.io/docs/current/develop/client-protocol.html>"""
        headers = {"X-Trino-User": "conformance", "X-Trino-Catalog": CATALOG, "X-Trino-Schema": self.schema}
        # Without it, times come rounded to milliseconds.
        headers["X-Trino-Client-Capabilities"] = "PARAMETRIC_DATETIME"
        request = urllib.request.Request(f"{self.base}/v1/statement", sql.encode(), headers)
        answer = Answered()
        while request:
            with urllib.request.urlopen(request, timeout=120) as page:
                page = json.load(page)
            if "error" in page:
                return Answered(error=f"{page['error']['errorName']}: {page['error']['message']}")
            answer.names = [column["name"] for column in page.get("columns", [])] or answer.names
            answer.types = [column["type"] for column in page.get("columns", [])] or answer.types
            answer.rows += page.get("data", [])
            request = urllib.request.Request(page["nextUri"], headers=headers) if "nextUri" in page else None
        return answer


@contextmanager
def started(scratch: Path) -> Iterator[Trino]:
    java = need_program("java", "openjdk-17-jre-headless")
    name = f"trino-server-{TRINO}"
    url = f"https://repo1.maven.org/maven2/io/trino/trino-server/{TRINO}/{name}.tar.gz"
    home = need_archive(url, TRINO_SHA256, ("lib/", "plugin/hive/"))
    port = free_port()
    data = configure(scratch, home, port)
    command = [java, "-Xmx2G", "-XX:+UseG1GC", "-Djdk.attach.allowAttachSelf=true", "-Duser.timezone=UTC"]
    command += [f"-D{setting}" for setting in (data / "node.properties").read_text().split()]
    command += [f"-Dconfig={data}/config.properties", "-cp", f"{home}/lib/*", "io.trino.server.TrinoServer"]
    with Server(command, scratch / "trino.log") as server:
        base = f"http://{LOOPBACK}:{port}"
        server.until(f"{base}/v1/info", 180)
        yield Trino(base, "default")


def configure(scratch: Path, home: Path, port: int) -> Path:
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
            query.max-history=50
            iterative-optimizer-timeout=20s
        """,
        # Athena rounds times to milliseconds. Exact ones can be compared exactly.
        f"catalog/{CATALOG}.properties": f"""
            connector.name=hive
            hive.metastore=file
            hive.metastore.catalog.dir=file://{data}/metastore
            hive.timestamp-precision=MICROSECONDS
            hive.allow-register-partition-procedure=true
        """,
    }
    for name, content in files.items():
        (data / name).write_text("\n".join(line.strip() for line in content.strip().splitlines()) + "\n")
    return data
