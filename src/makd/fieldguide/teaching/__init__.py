"""How the world's teacher is trained: the checkpoint's parts, its tower, its language."""
