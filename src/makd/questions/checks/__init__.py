"""Rules that find weak questions before a teacher is asked: pure functions of a question and its bank."""
