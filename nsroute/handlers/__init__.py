"""The handlers of a `SocketIO` with a router, for the tools that show them to people.

- `entries`: a `HandlerEntry` for each event, and how functions and classes are shown;
- `order`: all entries, in the order in which the server tries the handlers;
- `lookup`: from a namespace and an event to the handler, or to why there is none.
"""
