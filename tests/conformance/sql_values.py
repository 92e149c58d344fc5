"""Values of two engines' answers in one form, by the types that Trino names.

Doubles are numbers; decimals, dates and intervals text; times ISO 8601 with microseconds in UTC; bytes hexadecimal;
rows lists.
"""

import base64
import datetime
import math
import re
import zoneinfo
from decimal import Decimal

# What kinds of ours have the values of a kind of Trino's.
KINDS = {
    "boolean": "Boolean",
    "tinyint|smallint|integer|bigint": r"U?Int\d+",
    "real|double": r"Float\d+",
    "decimal": r"Decimal\d+",
    "varchar|char|json|ipaddress|uuid|interval": "Utf8|LargeUtf8|Utf8View",
    "varbinary": "Binary|LargeBinary|BinaryView|FixedSizeBinary",
    "date": "Date32",
    "timestamp": "Timestamp",
    "array": "List|LargeList|FixedSizeList",
    "map": "Map",
    "row": "Struct",
}


def parts(kind: str) -> list[str]:
    """What stands in the outermost parentheses, at its commas."""
    found, depth = [""], 0
    for character in kind[kind.index("(") + 1 : kind.rindex(")")]:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return [part.strip() for part in found]


def outer(kind: str) -> str:
    return re.match(r"[a-z]*", kind.lower())[0]


def is_of_kind(ours: str, theirs: str) -> bool:
    """Whether a type of ours has the values of a type of Trino's."""
    for names, pattern in KINDS.items():
        if outer(theirs) in names.split("|"):
            return ours == "Null" or re.match(rf"({pattern})\b", ours) is not None
    return outer(theirs) == "unknown"


def theirs(kind: str, value: object) -> object:
    """A value as Trino's protocol has it."""
    if value is None:
        return None
    match outer(kind):
        case "varbinary":
            return base64.b64decode(value).hex()
        case "timestamp":
            return moment(value)
        case "array":
            return [theirs(parts(kind)[0], item) for item in value]
        case "map":
            return {key: theirs(parts(kind)[1], item) for key, item in value.items()}
        case "row":
            return [theirs(unnamed(part), item) for part, item in zip(parts(kind), value, strict=True)]
        case _:
            return value


def ours(kind: str, value: object) -> object:
    """A value as albstats writes it in JSON, where Trino has one of this type."""
    if isinstance(value, dict) and outer(kind) == "row":
        value = list(value.values())
    match outer(kind), value:
        case "decimal", int() | Decimal():
            return str(value)
        case "timestamp", str():
            return moment(value)
        case "array", list():
            return [ours(parts(kind)[0], item) for item in value]
        case "map", dict():
            return {key: ours(parts(kind)[1], item) for key, item in value.items()}
        case "row", list():
            return [ours(unnamed(part), item) for part, item in zip(parts(kind), value, strict=False)]
        case _, Decimal():
            return float(value)
        case _:
            return value


def unnamed(part: str) -> str:
    """The type of a field `name type`."""
    return re.sub(r'^("[^"]*"|[\w$]+) (?=[a-z])', "", part)


def moment(text: str) -> str:
    """A time that is written with a zone's name, an offset or nothing, which is UTC."""
    date, clock, zone = re.fullmatch(r"(\S{10,}?)[ T]([\d:.]+) ?(.*)", text).groups()
    time = datetime.datetime.fromisoformat(f"{date}T{clock}")
    if re.fullmatch(r"[+-].*", zone):
        zone = datetime.datetime.fromisoformat(f"2026-01-01T00:00{zone}").tzinfo
    else:
        zone = zoneinfo.ZoneInfo("UTC" if zone in ("", "Z") else zone)
    return f"{time.replace(tzinfo=zone).astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def near(ours: object, theirs: object) -> bool:
    """Equal, but for the last digits of floating-point numbers, which depend on the order in which they are added."""
    if isinstance(theirs, bool) or isinstance(ours, bool):
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(near, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(near(ours[key], theirs[key]) for key in ours)
    # JSON has no such numbers.
    if theirs in ("NaN", "Infinity", "-Infinity"):
        return ours is None or ours == theirs
    return ours == theirs


def sortable(row: list) -> str:
    """Numbers that are near each other must not change places because of their last digits."""
    return repr([round(value, 6) if isinstance(value, float) else value for value in row])
