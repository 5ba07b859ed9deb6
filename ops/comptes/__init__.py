"""Accounts and who comes in by them: always journaled, told where it matters."""
