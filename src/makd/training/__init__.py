"""Training a student: any task."""
