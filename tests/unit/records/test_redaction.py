"""Payloads in records: no secrets, and never much, whatever a client sends."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsroute import allow, deny
from nsroute.records.redaction import (
    DENIED,
    HIDDEN,
    MAX_DEPTH,
    MAX_FOLDED,
    MAX_TEXT,
    MAX_VALUES,
    ArgumentNames,
)

wire_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=12,
)
"""All that a packet can carry, halves of surrogate pairs included."""


def shown(value: Any, rule: Any = None) -> Any:
    """Return what becomes of one argument without a name."""
    return (rule or deny())([value])[0]


@pytest.mark.parametrize(
    "name",
    ["password", "Password", "PASSWORD", "new_password", "pass-word", "userPassword"],
)
def test_a_denied_name_is_hidden_however_it_is_written(name: str) -> None:
    """Case, `_`, `-` and whatever stands around a denied part change nothing."""
    assert shown({name: "hunter2", "user": "ann"}) == {name: HIDDEN, "user": "ann"}


@pytest.mark.parametrize("part", DENIED)
def test_every_part_of_the_default_list_is_denied(part: str) -> None:
    """Each name of the default list hides what stands under it, whole."""
    assert shown({part: {"any": ["thing"]}}) == {part: HIDDEN}


def test_secrets_are_found_at_any_depth() -> None:
    """A denied name is hidden inside lists and mappings too."""
    payload = {"users": [{"name": "ann", "auth": {"accessToken": "x", "kind": "y"}}]}
    assert shown(payload) == {
        "users": [{"name": "ann", "auth": {"accessToken": HIDDEN, "kind": "y"}}]
    }


@pytest.mark.parametrize(
    "name", ["pin", "PIN", "userPin", "PIN_CODE", "PINCode", "otp", "otp-1", "dbPass"]
)
def test_a_short_secret_is_hidden_where_it_is_a_word(name: str) -> None:
    """`pass`, `pin` and `otp` are hidden as whole names and as words of names."""
    assert shown({name: "1234"}) == {name: HIDDEN}
    assert deny()(["1234"], ArgumentNames((name,))) == [HIDDEN]
    assert shown({name: "1234"}, allow(name)) == {name: "1234"}
    assert shown({name: "1234"}, allow("else")) == {name: HIDDEN}


@pytest.mark.parametrize("name", ["spinning", "passenger", "compass", "Option", "Pins"])
def test_a_short_secret_is_no_part_of_other_words(name: str) -> None:
    """What merely contains `pass`, `pin` or `otp` is shown."""
    assert shown({name: 1}) == {name: 1}


def test_a_name_of_bytes_is_compared_as_text() -> None:
    """Binary packets may have names of bytes; those of secrets are hidden too."""
    payload = {b"password": 1, b"user": 2, b"half \xff": 3, 5: 4}
    assert shown(payload) == {"password": HIDDEN, "user": 2, r"half \xff": 3, "5": 4}


@pytest.mark.parametrize("length", [100, MAX_FOLDED - 8, 10**6])
def test_a_long_name_is_compared_whole(length: int) -> None:
    """A secret at the end of a long name is hidden, and so is what is too long."""
    [value] = shown({"k" * length + "password": "hunter2"}).values()
    assert value == HIDDEN
    [value] = shown({b"k" * length + b"password": "hunter2"}).values()
    assert value == HIDDEN


def test_names_to_deny_are_added_to_the_default_ones() -> None:
    """`deny` with a name hides that one and still hides passwords."""
    payload = {"PIN_code": 1, "password": 2, "room": 3}
    assert shown(payload, deny("pin")) == {
        "PIN_code": HIDDEN,
        "password": HIDDEN,
        "room": 3,
    }


def test_the_default_names_can_be_left_out() -> None:
    """`defaults=False` hides the given names alone."""
    rule = deny("pin", defaults=False)
    assert shown({"pin": 1, "token_count": 2}, rule) == {
        "pin": HIDDEN,
        "token_count": 2,
    }


def test_an_allow_list_shows_what_stands_under_its_names_only() -> None:
    """Under `allow`, all that has no allowed name around it is hidden."""
    payload = {"id": 1, "text": "hello", "user": {"id": 2, "mail": "a@b.c"}}
    assert shown(payload, allow("id")) == {
        "id": 1,
        "text": HIDDEN,
        "user": {"id": 2, "mail": HIDDEN},
    }


def test_an_allow_list_hides_what_has_no_name() -> None:
    """Under `allow`, arguments and items without a name are hidden."""
    assert allow("id")(["ann", 7, ["x"], None]) == [HIDDEN, HIDDEN, [HIDDEN], HIDDEN]


def test_an_allow_list_names_whole_names() -> None:
    """`allow` compares whole names, again without case, `_` and `-`."""
    payload = {"Room-ID": 1, "room": 2, "room_id_2": 3}
    assert shown(payload, allow("room_id")) == {
        "Room-ID": 1,
        "room": HIDDEN,
        "room_id_2": HIDDEN,
    }


def test_secrets_stay_hidden_inside_of_what_is_allowed() -> None:
    """An allowed name shows what stands under it, but for what is denied by default."""
    payload = {"user": {"name": "ann", "password": "hunter2"}}
    assert shown(payload, allow("user")) == {
        "user": {"name": "ann", "password": HIDDEN}
    }


def test_a_denied_name_that_is_itself_allowed_is_shown() -> None:
    """`allow` with a name of the default deny list shows it."""
    assert shown({"session": 5}, allow("session")) == {"session": 5}


def test_arguments_are_hidden_by_the_names_of_their_parameters() -> None:
    """A positional argument that the handler calls `password` is hidden."""
    names = ArgumentNames(("user", "password"))
    assert deny()(["ann", "hunter2", "extra"], names) == ["ann", HIDDEN, "extra"]
    assert allow("user")(["ann", "hunter2"], names) == ["ann", HIDDEN]


def test_the_rest_of_the_arguments_has_the_name_of_the_rest() -> None:
    """What lands in `*tokens` is hidden, however many there are."""
    names = ArgumentNames(("user",), "tokens")
    assert deny()(["ann", "t1", "t2"], names) == ["ann", HIDDEN, HIDDEN]
    assert deny()([], names) == []


def test_bytes_are_shown_as_their_length() -> None:
    """Binary payloads are described by their length."""
    assert deny()([b"12345", {"image": bytearray(7)}]) == [
        "<5 bytes>",
        {"image": "<7 bytes>"},
    ]


def test_long_texts_are_cut() -> None:
    """Of a text the beginning is shown, and that there was more."""
    text = shown("x" * 10_000)
    assert text == "x" * (MAX_TEXT - 1) + "…"


def test_long_lists_are_cut_and_say_how_much_is_missing() -> None:
    """After so many values a list or a mapping ends with the count of the rest."""
    assert deny()(list(range(1000)))[-2:] == [
        MAX_VALUES - 1,
        f"… {1000 - MAX_VALUES} more",
    ]
    mapping = shown({str(i): i for i in range(1000)})
    assert list(mapping)[-1] == "…"
    assert mapping["…"] == f"… {1000 - MAX_VALUES + 1} more"


def test_deep_payloads_are_cut() -> None:
    """Beyond a certain depth a container is described by its size."""
    value: Any = "core"
    for _ in range(5000):
        value = [value]
    text = json.dumps(shown(value))
    assert text == "[" * (MAX_DEPTH - 1) + '"<list of 1>"' + "]" * (MAX_DEPTH - 1)


def test_long_names_are_cut() -> None:
    """A name of a million characters does not fill the log."""
    assert len(next(iter(shown({"k" * 10**6: 1})))) == MAX_TEXT


@given(args=st.lists(wire_values), rule=st.sampled_from([deny(), allow("a")]))
def test_every_payload_becomes_small_and_can_be_written(
    args: list[Any], rule: Any
) -> None:
    """Whatever a packet carries, strict renderers can encode what is shown of it."""
    payload = rule(args)
    assert len(msgspec.json.encode(payload)) < MAX_VALUES * (MAX_TEXT * 10 + 1000)
    json.dumps(payload, allow_nan=False).encode()


@given(
    payload=st.recursive(
        st.dictionaries(st.text(), st.just("innocent"))
        | st.dictionaries(st.sampled_from(["Password", "API-key"]), st.just("s3cr3t")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_secret_under_a_denied_name_is_ever_shown(payload: Any) -> None:
    """However a payload is nested, the value of a denied name is not in the result."""
    assert "s3cr3t" not in json.dumps(deny()([payload]))


@pytest.mark.parametrize("make", [deny, allow])
@pytest.mark.parametrize("name", ["", "_", "-_-"])
def test_a_name_that_is_nothing_is_refused(make: Any, name: str) -> None:
    """An empty name, which would match everything, is an error."""
    with pytest.raises(ValueError, match="is a word, not"):
        make(name)
