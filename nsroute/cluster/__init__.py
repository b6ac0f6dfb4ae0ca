"""What processes tell each other: emits, questions, server-side events, presence.

- `messages`: what is told, as values;
- `peers`: which other processes there are;
- `census`: a question and its answers; `asking`: who waits for them;
- `presence`: who is present where, as one map for each process;
- `process`: what carries all that over the message queue, or works without one.

`messages`, `peers`, `census` and `presence` know no clock, no thread and no Flask.
"""

from nsroute.cluster.census import Census
from nsroute.cluster.process import ClusterProcess, process_of

__all__ = ["Census", "ClusterProcess", "process_of"]
