"""A multimodal LLM behind an OpenAI-compatible server: what is sent, what comes back, what it may cost."""
