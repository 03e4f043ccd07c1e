"""Whoever answers the questions."""
