"""The trash: what lies there, what comes back, what is purged, and the erasure of a person."""
