"""The handlers of a `SocketIO` with a router, for the tools that show them."""
