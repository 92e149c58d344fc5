"""CBOR (RFC 8949), as much as CloudWatch's requests and answers have of it."""

import struct
from dataclasses import dataclass

BREAK = object()


@dataclass(frozen=True)
class Time:
    """Seconds since the epoch, tagged as such."""

    seconds: float


def dumps(value: object) -> bytes:
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case str():
            return head(3, len(value.encode())) + value.encode()
        case Time():
            return b"\xc1" + dumps(float(value.seconds))
        case list():
            return head(4, len(value)) + b"".join(map(dumps, value))
        case dict():
            return head(5, len(value)) + b"".join(dumps(key) + dumps(item) for key, item in value.items())
        case _:
            raise TypeError(type(value))


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, width in enumerate((1, 2, 4, 8)):
        if number < 1 << 8 * width:
            return bytes([major << 5 | 24 + code]) + number.to_bytes(width, "big")
    raise OverflowError(number)


def loads(data: bytes) -> object:
    value, end = item(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes too many")
    return value


def item(data: bytes, at: int) -> tuple[object, int]:
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return simple(data, at, low)
    if low == 31:
        return unbounded(data, at, major)
    width = 0 if low < 24 else 1 << low - 24
    number = int.from_bytes(data[at : at + width], "big") if width else low
    at += width
    match major:
        case 0:
            return number, at
        case 1:
            return -1 - number, at
        case 2:
            return data[at : at + number], at + number
        case 3:
            return data[at : at + number].decode(), at + number
        case 4:
            found = []
            for _ in range(number):
                value, at = item(data, at)
                found.append(value)
            return found, at
        case 5:
            pairs = {}
            for _ in range(number):
                key, at = item(data, at)
                pairs[key], at = item(data, at)
            return pairs, at
        case _:
            value, at = item(data, at)
            return (Time(value) if number == 1 else value), at


def simple(data: bytes, at: int, low: int) -> tuple[object, int]:
    floats = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
    if low in floats:
        form, width = floats[low]
        return struct.unpack(form, data[at : at + width])[0], at + width
    return {20: False, 21: True, 31: BREAK}.get(low), at


def unbounded(data: bytes, at: int, major: int) -> tuple[object, int]:
    """What says at its end that it is one."""
    found = []
    while True:
        value, at = item(data, at)
        if value is BREAK:
            break
        found.append(value)
    if major == 5:
        return dict(zip(found[::2], found[1::2], strict=True)), at
    return (b"" if major == 2 else "").join(found) if major in (2, 3) else found, at
