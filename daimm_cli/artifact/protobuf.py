"""Protobuf's wire format, as far as blocks of files need it.

>>> list(fields(field(0x0A, b"name") + b"\\x18" + varint(300)))
[(1, b'name'), (3, 300)]

https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(number, value) of each field: whole numbers and bytes. Raises ValueError for all else."""
    position = 0
    while position < len(data):
        key, position = read_varint(data, position)
        value, position = read_varint(data, position)
        if key & 7 == 0:
            yield key >> 3, value
        elif key & 7 == 2 and value <= len(data) - position:
            yield key >> 3, data[position : position + value]
            position += value
        else:
            raise ValueError("malformed protobuf")


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """The number at `position` and where it ends; ValueError for none, or one over 63 bits."""
    result = 0
    for shift in range(0, 63, 7):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
    raise ValueError("malformed varint")


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(key: int, data: bytes) -> bytes:
    """key: the field's number and kind in one byte."""
    return bytes([key]) + varint(len(data)) + data
