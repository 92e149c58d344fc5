"""The tables of AWS's documentation over a folder of logs, filled by AWS's own expressions: what Athena itself would see.

<https://docs.aws.amazon.com/athena/latest/ug/application-load-balancer-logs.html>. Hive's reader of expressions is not in
Trino, so lines are taken apart here and handed over as JSON. A line that an expression does not match is a row of NULLs.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from trino import Trino

WORD, NUMBER, QUOTED = r"([^ ]*)", r"([-.0-9]*)", r'"([^"]*)"'


@dataclass
class Documented:
    """A table: its columns as `name type`, and the expression whose groups they are."""

    columns: str
    expression: str
    # What names of its objects begin with.
    prefix: str

    @property
    def kinds(self) -> dict[str, str]:
        return dict(column.split() for column in self.columns.split(", "))

    def row(self, line: str) -> dict:
        match = re.fullmatch(self.expression, line)
        groups = match.groups() if match else [None] * len(self.kinds)
        return {name: typed(kind, text) for (name, kind), text in zip(self.kinds.items(), groups, strict=False)}


ACCESS = Documented(
    "type varchar, time varchar, elb varchar, client_ip varchar, client_port integer, target_ip varchar, "
    "target_port integer, request_processing_time double, target_processing_time double, "
    "response_processing_time double, elb_status_code integer, target_status_code varchar, received_bytes bigint, "
    "sent_bytes bigint, request_verb varchar, request_url varchar, request_proto varchar, user_agent varchar, "
    "ssl_cipher varchar, ssl_protocol varchar, target_group_arn varchar, trace_id varchar, domain_name varchar, "
    "chosen_cert_arn varchar, matched_rule_priority varchar, request_creation_time varchar, actions_executed varchar, "
    "redirect_url varchar, lambda_error_reason varchar, target_port_list varchar, target_status_code_list varchar, "
    "classification varchar, classification_reason varchar, conn_trace_id varchar",
    f"{WORD} {WORD} {WORD} {WORD}:([0-9]*) {WORD}[:-]([0-9]*) {NUMBER} {NUMBER} {NUMBER} (|[-0-9]*) (-|[-0-9]*) "
    rf'([-0-9]*) ([-0-9]*) "{WORD} (.*) (- |[^ ]*)" {QUOTED} ([A-Z0-9-_]+) ([A-Za-z0-9.-]*) {WORD} {QUOTED} '
    rf'{QUOTED} {QUOTED} {NUMBER} {WORD} {QUOTED} {QUOTED} "{WORD}" "([^\s]+?)" "([^\s]+)" "{WORD}" "{WORD}" '
    f"?{WORD}? ?( .*)?",
    "1",
)
CONNECTION = Documented(
    "time varchar, client_ip varchar, client_port integer, listener_port integer, tls_protocol varchar, "
    "tls_cipher varchar, tls_handshake_latency double, leaf_client_cert_subject varchar, "
    "leaf_client_cert_validity varchar, leaf_client_cert_serial_number varchar, tls_verify_status varchar, "
    "conn_trace_id varchar",
    f"{WORD} {WORD} ([0-9]*) ([0-9]*) ([A-Za-z0-9.-]*) {WORD} {NUMBER} {QUOTED} {WORD} {WORD} {WORD} ?{WORD}?( .*)?",
    "conn_log_",
)
# Tables as people partition them: by the folder's day; or by its parts, as text or as numbers.
BY_PARTS = {"year": "varchar", "month": "varchar", "day": "varchar"}
TABLES = {
    "alb_logs": (ACCESS, {"day": "varchar"}),
    "alb_access_logs": (ACCESS, {"day": "varchar"}),
    "alb_connection_logs": (CONNECTION, {"day": "varchar"}),
    "alb_logs_by_parts": (ACCESS, BY_PARTS),
    "alb_logs_by_numbers": (ACCESS, dict.fromkeys(BY_PARTS, "integer")),
}


def typed(kind: str, text: str | None) -> object:
    """As Hive's reader of expressions does it: what is no number is NULL."""
    reader = {"varchar": str, "integer": int, "bigint": int, "double": float}[kind]
    try:
        return None if text is None else reader(text)
    except ValueError:
        return None


def give(server: Trino, logs: Path, scratch: Path) -> None:
    """Makes the tables over these logs."""
    server.rows(f'CREATE SCHEMA "{server.schema}"')
    for documented in (ACCESS, CONNECTION):
        write(documented, logs, scratch / documented.prefix)
    for name, (documented, partitions) in TABLES.items():
        folder = scratch / documented.prefix
        columns = ", ".join(f"{column} {kind}" for column, kind in (documented.kinds | partitions).items())
        by = ", ".join(f"'{column}'" for column in partitions)
        server.rows(
            f"CREATE TABLE {name} ({columns}) WITH (format = 'JSON', external_location = 'file://{folder}', "
            f"partitioned_by = ARRAY[{by}])"
        )
        for day in sorted(folder.glob("*/*/*")):
            parts = day.parts[-3:]
            values = parts if len(partitions) == 3 else ["/".join(parts)]
            if "integer" in partitions.values():
                values = [str(int(value)) for value in values]
            listed = ", ".join(f"'{value}'" for value in values)
            server.rows(
                f"CALL system.register_partition('{server.schema}', '{name}', ARRAY[{by}], ARRAY[{listed}], "
                f"'file://{day}')"
            )


def write(documented: Documented, logs: Path, folder: Path) -> None:
    """An object of JSON for each object of the logs, in the same folder of a day and of the same name."""
    for source in sorted(logs.rglob(f"{documented.prefix}*.log")):
        rows = [documented.row(line) for line in source.read_text().rstrip("\n").split("\n")]
        target = folder.joinpath(*source.parts[-4:])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(json.dumps(row) + "\n" for row in rows))
