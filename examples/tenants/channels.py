"""The channels of a tenant: their page, and the namespaces that it connects to."""

from typing import Annotated, Any

import attrs
from flask import Blueprint, abort, redirect, render_template, url_for
from flask_login import current_user, login_required
from flask_socketio import join_room
from msgspec import Meta
from sqlalchemy import select

from nsroute import Dispatch, Route, RoutedNamespace, RouteTable, Submount, emits, on
from nsroute.middleware import require
from tenants.database import Message, Session

CHANNELS = ("general", "random")
KEPT = 50

blueprint = Blueprint("channels", __name__)


@attrs.frozen
class Said:
    """A message, as the members of its channel see it."""

    user: str
    text: str


class Channel(RoutedNamespace, order="namespace"):
    """One live object for each channel of each tenant."""

    @emits
    def history(self, messages: list[Said]) -> None:
        """Sent to who comes: what was said last."""

    @emits
    def said(self, message: Said) -> None:
        """Somebody said something."""

    @on("connect")
    def join(self) -> None:
        self.client["name"] = current_user.name
        join_room(current_user.get_id())  # by which who signs out is put out

    def accepted(self):
        found = select(Message).filter_by(**self.params).order_by(Message.id.desc())
        with Session() as session:
            last = [Said(m.user, m.text) for m in session.scalars(found.limit(KEPT))]
        self.history.to(self.sid)(last[::-1])

    @on("say")
    def say(self, text: Annotated[str, Meta(min_length=1, max_length=500)]) -> None:
        message = Said(self.client["name"], text)
        with Session.begin() as session:
            session.add(Message(**self.params, **attrs.asdict(message)))
        self.said(message)


class Members(RoutedNamespace):
    """One live object for each tenant: who of its members is here."""

    @on("connect")
    def join(self) -> None:
        self.client["name"] = current_user.name
        join_room(current_user.get_id())

    def accepted(self):
        self.presence.track(self.client["name"])

    def presence_changed(self, joins: Any, leaves: Any) -> None:
        self.emit("members", sorted(self.presence.list()), ignore_queue=True)


def is_member(dispatch: Dispatch) -> bool:
    """Ask for the tenant at the connect; who is in was let in."""
    if dispatch.kind != "connect":
        return True
    tenant = current_user.tenant if current_user.is_authenticated else None
    return bool(tenant == dispatch.params["tenant"])


table = RouteTable(
    [
        Submount(
            "/<tenant>",
            [
                Route(f"/channels/<any({', '.join(CHANNELS)}):channel>", Channel),
                Route("/members", Members),
            ],
            middleware=[require(is_member, message="You are no member here.")],
        )
    ]
)


@blueprint.get("/")
@login_required
def home():
    address = url_for(".page", tenant=current_user.tenant, channel=CHANNELS[0])
    return redirect(address)


@blueprint.get("/<tenant>/<channel>")
@login_required
def page(tenant, channel):
    if tenant != current_user.tenant or channel not in CHANNELS:
        abort(404)
    return render_template(
        "channel.html",
        tenant=tenant,
        channel=channel,
        channels=CHANNELS,
        channel_namespace=table.namespace_for(Channel, tenant=tenant, channel=channel),
        members_namespace=table.namespace_for(Members, tenant=tenant),
    )
