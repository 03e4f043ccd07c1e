"""Pictures: where they are, how they are split, decoded and cached."""
