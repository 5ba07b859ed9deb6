"""Probes of what the product runs on: each module a service, each function a probe."""
