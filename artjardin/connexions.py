"""How Django speaks to a database, from its address. Pure."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

# A server that is gone without a word is noticed in a minute, not in two hours
VIVANTE = {
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
}


def base(url: str, *, bassin: int) -> dict[str, Any]:
    """The connection to a database, with a pool of at most `bassin` connections (0: none)."""
    partie = conninfo_to_dict(url)
    options: dict[str, Any] = {"pool": {"min_size": 1, "max_size": bassin}} if bassin else {}
    reste = {c: v for c, v in partie.items() if c not in {"dbname", "user", "password"}}
    return {
        "ENGINE": "django_prometheus.db.backends.postgresql",
        "NAME": partie.get("dbname", "artjardin"),
        "USER": partie.get("user", ""),
        "PASSWORD": partie.get("password", ""),
        "HOST": reste.pop("host", ""),
        "PORT": reste.pop("port", ""),
        "OPTIONS": VIVANTE | options | reste,
        "CONN_HEALTH_CHECKS": True,
    }
