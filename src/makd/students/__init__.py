"""Building students with aspect outputs."""
