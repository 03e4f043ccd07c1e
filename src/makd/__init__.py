"""makd: multi-aspect knowledge distillation."""
