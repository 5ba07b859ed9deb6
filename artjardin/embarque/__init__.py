"""Embedded mode: PostgreSQL, Valkey and a local mail sink under the data folder, supervised."""
