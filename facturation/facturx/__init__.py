"""Factur-X (EN 16931 in CII, inside a PDF/A-3): made, embedded and checked. Pure, no Django."""
