"""Using a trained student: any task."""
