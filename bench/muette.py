"""The least that granian can answer: what a probe costs before any product."""

from typing import Any


async def application(_portee: Any, echange: Any) -> None:
    echange.response_bytes(200, [("content-type", "text/plain")], b"ok")
