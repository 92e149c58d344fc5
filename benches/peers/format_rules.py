"""The format of the logs as AWS's documentation and real lines have it, read in the slowest and most obvious way."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

# Name and reading of every field, in their order. A field that makes several columns is read by a function of its own.
FIELDS = {
    "requests": """type time:time elb client:address target:address request_processing_time:seconds
        target_processing_time:seconds response_processing_time:seconds elb_status_code:int target_status_code:int
        received_bytes:bigint sent_bytes:bigint request:request user_agent ssl_cipher ssl_protocol target_group_arn
        trace_id domain_name chosen_cert_arn matched_rule_priority:int request_creation_time:time actions_executed
        redirect_url error_reason target_port_list target_status_code_list classification classification_reason
        conn_trace_id transformed_host transformed_uri request_transform_status ip_address target_error_code
        elb_error_code""",
    "connections": """time:time client_ip client_port:int listener_port:int tls_protocol tls_cipher
        tls_handshake_latency:seconds leaf_client_cert_subject leaf_client_cert_validity leaf_client_cert_serial_number
        tls_verify_status conn_trace_id tls_keyexchange elb:elb ip_address""",
    "health_checks": """type time:time latency:seconds target:checked_address target_group_id status status_code:int
        reason_code elb:elb ip_address""",
}
FIELDS = {table: [field.partition(":")[::2] for field in fields.split()] for table, fields in FIELDS.items()}

# A line with fewer fields is rejected; so is one without a readable time.
FEWEST = {"requests": 12, "connections": 11, "health_checks": 8}


def table_of(name: str) -> str | None:
    """The table an object belongs to, by its name; None for AWS's test objects and what is no log."""
    if not name.endswith((".log.gz", ".log")):
        return None
    if name.startswith("conn_log_"):
        return "connections"
    if name.startswith("health_check_log_"):
        return "health_checks"
    return "requests" if re.match(r"[0-9]{12}_elasticloadbalancing_", name) else None


def rows(path: Path, table: str) -> Iterator[dict | None]:
    """The lines of an object as columns; None for a rejected line."""
    with (gzip.open if path.name.endswith(".gz") else open)(path, "rb") as file:
        for line in file.read().split(b"\n"):
            line = line.removesuffix(b"\r")
            if line:
                yield columns(split(line.decode("utf-8", "backslashreplace")), table, path.name)


def split(line: str) -> list[str]:
    """One space between fields; a field that begins with a quote ends at the next quote."""
    fields, text, state = [], "", "start"
    for character in line:
        if state == "closed":
            state = "start"
            if character == " ":
                continue
        if state == "start":
            text = ""
            if character == " ":
                fields.append("")
            elif character == '"':
                state = "quoted"
            else:
                state, text = "bare", character
        elif character == (" " if state == "bare" else '"'):
            fields.append(text)
            state = "start" if state == "bare" else "closed"
        else:
            text += character
    if state in ("bare", "quoted"):
        fields.append(text)
    return fields


def columns(fields: list[str], table: str, name: str) -> dict | None:
    if len(fields) < FEWEST[table]:
        return None
    row = {}
    for position, (column, reading) in enumerate(FIELDS[table]):
        text = fields[position] if position < len(fields) else ""
        row |= READINGS[reading](column, "" if text == "-" else text, name)
    row["extra_fields"] = " ".join(field for field in fields[len(FIELDS[table]) :] if field not in ("", "-")) or None
    return row if row["time"] is not None else None


def text_column(column: str, text: str, _: str) -> dict:
    return {column: text or None}


def elb_column(column: str, text: str, name: str) -> dict:
    """Old lines do not say it, the object's name does: app.<name>.<id>."""
    return {column: text or name.removeprefix("conn_log_").removeprefix("health_check_log_").split("_")[3]}


def seconds_column(column: str, text: str, _: str) -> dict:
    """-1 says that there was none; nothing else is negative."""
    return {column: float(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else None}


def integer(text: str, bits: int) -> int | None:
    fits = re.fullmatch(r"-?[0-9]+", text) and -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1)
    return int(text) if fits else None


def int_column(column: str, text: str, _: str) -> dict:
    return {column: integer(text, 32)}


def bigint_column(column: str, text: str, _: str) -> dict:
    return {column: integer(text, 64)}


def time_column(column: str, text: str, _: str) -> dict:
    """As albstats prints it: with microseconds."""
    parts = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?Z", text)
    return {column: f"{parts[1]}{parts[2] or '.':0<7}Z" if parts else None}


def address_columns(column: str, text: str, _: str) -> dict:
    """At the last colon: IPv6 addresses stand there without brackets."""
    address, _, port = text.rpartition(":")
    return {f"{column}_ip": address or None, f"{column}_port": integer(port, 32)}


def checked_address_columns(column: str, text: str, name: str) -> dict:
    """The target may be a Lambda function, whose ARN has colons of its own."""
    parts = address_columns(column, "" if text.startswith("arn:") else text, name)
    return {f"{column}_addr": text or None, **parts}


def request_columns(_: str, text: str, __: str) -> dict:
    """METHOD url VERSION. The URL may hold spaces; malformed ones have dashes or no version, or end in a space."""
    verb, _, rest = text.rstrip(" ").partition(" ")
    url, _, version = rest.rpartition(" ")
    if version.startswith("HTTP/"):
        proto = version
    else:
        proto = None
        url = url if version == "-" else rest
    parts = {"request_verb": verb, "request_url": url.rstrip(" "), "request_proto": proto}
    return {column: None if value in ("", "-", None) else value for column, value in parts.items()}


READINGS = {
    "": text_column,
    "elb": elb_column,
    "seconds": seconds_column,
    "int": int_column,
    "bigint": bigint_column,
    "time": time_column,
    "address": address_columns,
    "checked_address": checked_address_columns,
    "request": request_columns,
}


def column_names(table: str) -> list[str]:
    made = {}
    for column, reading in FIELDS[table]:
        made |= READINGS[reading](column, "", "_" * 4)
    return [*made, "extra_fields"]


TABLES = {table: column_names(table) for table in FIELDS}
