"""`SafeManager`: a client manager with a lock, for those who choose it.

python-socketio's own manager keeps its tables without a lock, and counts a client among
those who hear broadcasts before its connect handler has let it in. Give the `SocketIO`
another one; the router need not know::

    socketio = SocketIO(app, client_manager=SafeManager())

With a message queue, put it before the manager of that queue::

    class Queue(SafeManager, RedisManager):
        pass

    socketio = SocketIO(app, client_manager=Queue("redis://"))
"""

from nsroute.upstream.safe_manager import SafeManager

__all__ = ["SafeManager"]
