"""Health: what is looked at, by whom it is asked, and how it is told."""
