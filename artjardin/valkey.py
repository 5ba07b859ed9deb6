"""A plain client of Valkey that gives up at once: for what must not wait for it."""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

DELAI = 1.0  # seconds


def valkey(delai: float = DELAI) -> redis.Redis:
    """The server of the cache and of the broker. Its calls raise RedisError after `delai`."""
    return _client(str(settings.CACHES["default"]["LOCATION"]), delai)


@cache
def _client(adresse: str, delai: float) -> redis.Redis:
    return redis.Redis.from_url(
        adresse, socket_timeout=delai, socket_connect_timeout=delai, retry=Retry(NoBackoff(), 0)
    )
