"""Data sets known by name: where their files lie, which pictures are train, val and test."""
