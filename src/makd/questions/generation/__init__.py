"""Writing question banks with an LLM."""
