"""Who may see what, what stays, and who is put out."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask

from nsroute import Dispatch
from nsroute.testing import (
    RouterClient,
    assert_accepted,
    assert_emitted,
    assert_not_emitted,
    assert_refused,
)
from tenants import create_app
from tenants.channels import Channel, Said

GENERAL = "/acme/channels/general"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    before = structlog.get_config()
    database = f"sqlite:///{tmp_path}/test.sqlite"
    yield create_app({"TESTING": True, "DATABASE": database})
    structlog.configure(**before)


def sign_in(app: Flask, tenant: str, name: str) -> RouterClient:
    """Sign in by HTTP; the client then has the cookie."""
    http = app.test_client()
    form = {"tenant": tenant, "name": name, "password": "secret"}
    assert http.post("/sign-in", data=form).location == "/"
    return RouterClient(app, flask_client=http)


def test_a_wrong_password_is_refused(app: Flask) -> None:
    form = {"tenant": "acme", "name": "ann", "password": "wrong"}
    assert app.test_client().post("/sign-in", data=form).status_code == 401


def test_a_page_is_for_members(app: Flask) -> None:
    http = app.test_client()
    assert http.get("/acme/general").location.startswith("/sign-in")
    http.post("/sign-in", data={"tenant": "acme", "name": "ann", "password": "secret"})
    assert GENERAL in http.get("/", follow_redirects=True).text
    assert http.get("/globex/general").status_code == 404
    assert http.get("/acme/unknown").status_code == 404


def test_a_namespace_is_for_members(app: Flask) -> None:
    assert_refused(RouterClient(app).connect(GENERAL), "You are no member here.")
    eve = sign_in(app, "globex", "eve")
    assert_refused(eve.connect(GENERAL), "You are no member here.")
    assert_accepted(eve.connect("/globex/channels/general"))


def test_a_message_reaches_its_channel_and_stays(app: Flask) -> None:
    ann, bob = sign_in(app, "acme", "ann"), sign_in(app, "acme", "bob")
    eve = sign_in(app, "globex", "eve")
    for client, name in (
        (ann, GENERAL),
        (bob, "/acme/channels/random"),
        (eve, "/globex/channels/general"),
    ):
        assert_accepted(client.connect(name))
    ann.emit("say", "hello")
    assert_emitted(ann, Channel.said, Said("ann", "hello"))
    for client in bob, eve:
        assert_not_emitted(client, Channel.said)
    for client in ann, bob, eve:
        client.close()
    bob = sign_in(app, "acme", "bob")
    bob.connect(GENERAL)
    assert_emitted(bob, Channel.history, [Said("ann", "hello")])


def test_members_see_who_is_here(app: Flask) -> None:
    ann, bob = sign_in(app, "acme", "ann"), sign_in(app, "acme", "bob")
    ann.connect("/acme/members")
    bob.connect("/acme/members")
    assert_emitted(ann, "members", ["ann", "bob"], within=5)
    bob.close()
    assert_emitted(ann, "members", ["ann"], within=5)


def test_who_signs_out_is_put_out(app: Flask, dispatches: list[Dispatch]) -> None:
    ann, bob = sign_in(app, "acme", "ann"), sign_in(app, "acme", "bob")
    for client in ann, bob:
        client.connect(GENERAL)
        client.connect("/acme/members")
    bob.flask_client.post("/sign-out")
    give_up = time.monotonic() + 20
    while [one.kind for one in dispatches].count("disconnect") < 2:
        assert time.monotonic() < give_up  # a background task puts bob out
        time.sleep(0.01)
    assert bob.namespaces == ()
    assert ann.namespaces == (GENERAL, "/acme/members")
    bob = RouterClient(app, flask_client=bob.flask_client)
    assert_refused(bob.connect("/acme/members"), "You are no member here.")


def test_records_are_lines_of_json(
    app: Flask, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    sign_in(app, "acme", "ann").connect(GENERAL)
    lines = [json.loads(x) for x in capsysbinary.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["signed_in", "nsroute.connect"]
    assert lines[1]["params"] == {"tenant": "acme", "channel": "general"}
