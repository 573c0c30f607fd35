"""Measurements against peers in the same run; no test depends on them."""
