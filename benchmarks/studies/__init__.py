"""Studies of questions and answers: which of them make a student better, and what spoils them.

Each module is one study and one command: `python -m benchmarks.studies.question_count`. It trains
students on several draws of the embedded world, writes `benchmarks/results/studies/NAME.json`, and goes
on where it was cut off. `figures` draws what these files hold, `tables` writes them into docs/results.md.
"""
