"""Metrics: what Prometheus reads of the product, counted in the database or asked of services."""
