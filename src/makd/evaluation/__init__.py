"""Honest comparisons: any task."""
