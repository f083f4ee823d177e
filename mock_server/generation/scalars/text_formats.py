"""Texts of the formats of JSON Schema and OpenAPI.

Each format has a function from a random generator, the wanted time and a size to a text. The size
grows if the text must be longer.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from uuid import UUID

from ...foundation.timestamps import to_datetime
from .randomness import Random

DAY = 86_400_000  # milliseconds
PEOPLE = ("ada", "alan", "grace", "katherine", "barbara", "edsger")
HOSTS = ("example.com", "example.org", "example.net")

Format = Callable[[Random, int, int], str]


def _when(pattern: str) -> Format:
    def text(_: Random, timestamp: int, __: int) -> str:
        return to_datetime(timestamp).strftime(pattern)

    return text


def _email(random: Random, _: int, size: int) -> str:
    person = random.choice(PEOPLE)
    if size:
        person += "." + "x" * min(size, 50)
    return f"{person}@{random.choice(HOSTS)}"


def _hostname(random: Random, _: int, size: int) -> str:
    label = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=4 + min(size, 50)))
    return f"{label}.{random.choice(HOSTS)}"


def _uri(random: Random, _: int, size: int) -> str:
    return f"https://{random.choice(HOSTS)}/items/{random.randint(1, 999)}{'0' * size}"


def _path(random: Random, _: int, size: int) -> str:
    return f"/items/{random.randint(1, 999)}{'0' * size}"


def _base64(random: Random, _: int, size: int) -> str:
    return base64.b64encode(random.choice(PEOPLE).ljust(9 + size, ".").encode()).decode()


def _password(random: Random, _: int, size: int) -> str:
    return "".join(random.choices("abcdefghjkmnpqrstuvwxyz23456789", k=9 + size)) + "-A1"


FORMATS: dict[str, Format] = {
    "date-time": _when("%Y-%m-%dT%H:%M:%SZ"),
    "date": _when("%Y-%m-%d"),
    "time": _when("%H:%M:%SZ"),
    "date-time-local": _when("%Y-%m-%dT%H:%M:%S"),
    "time-local": _when("%H:%M:%S"),
    "http-date": _when("%a, %d %b %Y %H:%M:%S GMT"),
    "duration": lambda random, _, __: f"PT{random.randint(1, 59)}M",
    "email": _email,
    "idn-email": _email,
    "hostname": _hostname,
    "idn-hostname": _hostname,
    "ipv4": lambda random, _, __: f"192.0.2.{random.randint(1, 254)}",
    "ipv6": lambda random, _, __: f"2001:db8::{random.randint(1, 0xFFFF):x}",
    "uuid": lambda random, _, __: str(UUID(int=random.getrandbits(128), version=4)),
    "uri": _uri,
    "url": _uri,
    "iri": _uri,
    "uri-reference": _path,
    "iri-reference": _path,
    "uri-template": lambda random, _, __: f"https://{random.choice(HOSTS)}/items/{{id}}",
    "json-pointer": _path,
    "relative-json-pointer": lambda random, _, __: f"{random.randint(0, 3)}/items",
    "regex": lambda _, __, ___: "^[a-z]+$",
    "byte": _base64,
    "base64url": _base64,
    "password": _password,
    "char": lambda random, _, __: random.choice("abcdefghij"),
    "ip": lambda random, _, __: f"192.0.2.{random.randint(1, 254)}",
    "media-range": lambda _, __, ___: "application/json",
    "color": lambda random, _, __: f"#{random.randint(0, 0xFFFFFF):06x}",
    "int32": lambda random, _, __: str(random.randint(1, 9999)),
    "int64": lambda random, _, __: str(random.randint(1, 9999)),
    "decimal": lambda random, _, __: f"{random.randint(100, 9999) / 100:.2f}",
    "double": lambda random, _, __: f"{random.randint(100, 9999) / 100:.2f}",
    "float": lambda random, _, __: f"{random.randint(100, 9999) / 100:.2f}",
}
