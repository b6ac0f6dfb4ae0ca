"""Sign in and out. Who signs out leaves all namespaces, in all tabs and processes."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import (
    LoginManager,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from sqlalchemy import select
from structlog import get_logger

from tenants.channels import Channel, Members
from tenants.database import Session, User
from tenants.sockets import router

blueprint = Blueprint("accounts", __name__)
login_manager = LoginManager()
login_manager.login_view = "accounts.sign_in"
log = get_logger("tenants")


@login_manager.user_loader
def load_user(user_id: str) -> User | None:
    with Session() as session:
        return session.get(User, int(user_id))


@blueprint.get("/sign-in")
def sign_in():
    return render_template("sign_in.html")


@blueprint.post("/sign-in")
def check_password():
    tenant, name, password = map(request.form.get, ("tenant", "name", "password"))
    with Session() as session:
        user = session.scalar(select(User).filter_by(tenant=tenant, name=name))
    if user is None or not user.has_password(password or ""):
        log.warning("sign_in_failed", tenant=tenant, user=name)
        return render_template("sign_in.html", wrong=True), 401
    login_user(user)
    log.info("signed_in", tenant=tenant, user=name)
    return redirect(url_for("channels.home"))


@blueprint.post("/sign-out")
@login_required
def sign_out():
    for target in Channel, Members:
        router.of(target).disconnect(to=current_user.get_id())
    log.info("signed_out", tenant=current_user.tenant, user=current_user.name)
    logout_user()
    return redirect(url_for(".sign_in"))
