"""What nsroute costs, as ratios against plain Flask-SocketIO in the same run.

`python -m tests.benchmarks` prints the table of `docs/performance.md`. Nothing here is
a test: a time that is long is not a failure, and no machine is like another.
"""
