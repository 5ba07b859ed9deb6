"""The log: one formatter for all, one id per request, and nothing about people or secrets."""
