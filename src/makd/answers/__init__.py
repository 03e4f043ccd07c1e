"""The answer store and how it is filled."""
