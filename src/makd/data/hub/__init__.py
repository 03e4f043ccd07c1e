"""Data sets that Hugging Face `datasets` reads: from the hub, or saved on this machine."""
