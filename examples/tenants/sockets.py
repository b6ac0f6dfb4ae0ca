"""The `SocketIO` and its router. Namespaces need no import: they have `self.router`."""

from flask_socketio import SocketIO

from nsroute import MetaRouter
from nsroute.hardening import harden
from tenants.channels import table

socketio = SocketIO()
harden(socketio)
router = MetaRouter(table).mount(socketio)
