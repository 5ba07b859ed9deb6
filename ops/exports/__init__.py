"""Exports: everything in a ZIP, one table in CSV, the sales journal, one person's data."""
