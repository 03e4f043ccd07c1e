"""Settings: what can be set, its defaults, and how flags and files become settings."""
