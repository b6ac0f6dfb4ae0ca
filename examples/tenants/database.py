"""Users and messages, in SQLite by SQLAlchemy. Every row belongs to one tenant."""

from flask_login import UserMixin
from sqlalchemy import NullPool, UniqueConstraint, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker
from werkzeug.security import check_password_hash, generate_password_hash

Session = sessionmaker()


class Base(DeclarativeBase):
    """What all tables have in common."""


class User(UserMixin, Base):
    """Somebody who signs in, a member of one tenant."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    name: Mapped[str]
    password: Mapped[str]

    def has_password(self, password: str) -> bool:
        return check_password_hash(self.password, password)


class Message(Base):
    """What somebody has said in a channel of a tenant."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(index=True)
    channel: Mapped[str]
    user: Mapped[str]
    text: Mapped[str]


def open_database(url: str) -> None:
    """Make the tables, and the users of the demonstration, where there are none."""
    engine = create_engine(url, poolclass=NullPool)  # a file: opened for each session
    Base.metadata.create_all(engine)
    Session.configure(bind=engine)
    with Session.begin() as session:
        if session.scalar(select(User)) is None:
            password = generate_password_hash("secret")
            for tenant, name in ("acme", "ann"), ("acme", "bob"), ("globex", "eve"):
                session.add(User(tenant=tenant, name=name, password=password))
