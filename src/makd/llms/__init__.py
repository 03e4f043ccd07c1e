"""Large language models that write questions, and how each is reached."""
