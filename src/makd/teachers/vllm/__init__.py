"""A multimodal LLM that vLLM runs in this process."""
