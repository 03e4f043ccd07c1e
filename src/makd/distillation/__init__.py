"""Losses and controls: pure functions of arrays and tensors."""
