"""Fields that REST framework lets fail on what a client may well send."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers


class Instant(serializers.DateTimeField):
    """A moment: one so early or so late that our time zone cannot hold it is refused, not an
    error."""

    def enforce_timezone(self, value: datetime) -> Any:
        try:
            return super().enforce_timezone(value)
        except OverflowError:
            self.fail("overflow")
