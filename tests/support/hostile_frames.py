"""Strategies of frames: what a hostile client may send, valid, almost valid or not."""

from __future__ import annotations

import json
import zlib
from typing import Any

import msgpack
from hypothesis import strategies as st

from tests.support.raw_clients import SEPARATOR

NAMES = ["/chats/a", "/chats/b", "/chats/c/", "/chats/", "/", "/nowhere", "*", "", "/*"]
EVENTS = [
    *("connect", "disconnect", "say", "fall", "out", "typed", "listen", "*", ""),
    *("say", "say", "fall", "typed", "listen"),
]
AUTHS = ["refuse", "raise", "False", "anything", 0, [], {"admin": True}]

known = st.sampled_from(["/chats/a", "/chats/b"])
names = (
    st.sampled_from(NAMES)
    | st.text(max_size=20).map("/chats/{}".format)
    | st.text(max_size=30)
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(AUTHS)
)
placeholders = st.fixed_dictionaries(
    {"_placeholder": st.just(True) | leaves, "num": st.integers(-2, 3) | leaves}
)
values = st.recursive(
    leaves | placeholders,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.just("_placeholder"), inner, max_size=3
        )
    ),
    max_leaves=8,
)
events = st.sampled_from(EVENTS) | st.sampled_from(EVENTS) | values
numbers = st.sampled_from(["", "0", "1", "7", "999999999999", "9" * 120, "-1", "1.5"])
counts = st.sampled_from(["", "0-", "1-", "2-", "9999999999-"])
commas = st.sampled_from([",", ",", "", "?x=1,", ",,"])
auths = st.just("") | (st.sampled_from(AUTHS) | values).map(json.dumps)
loads = st.tuples(events, st.lists(values, max_size=3)).map(
    lambda load: json.dumps([load[0], *load[1]])
)
oddities = st.sampled_from(["", "[]", "[1]", "{}", "null", '"say"'])


@st.composite
def sound_frames(draw: Any) -> str:
    """Make a packet that upstream can read, whatever is in it."""
    kind = draw(st.sampled_from("0011222222223"))
    data = {"0": auths, "1": st.just(""), "2": loads, "3": oddities}[kind]
    number = draw(st.sampled_from(["", "0", "1", "7"])) if kind in "23" else ""
    return f"{kind}{draw(known)},{number}{draw(data)}"


@st.composite
def odd_frames(draw: Any) -> str:
    """Make something like a packet, and cut it anywhere."""
    kind = draw(st.sampled_from("012345678"))
    count = draw(counts) if kind in "56" else ""
    data = draw(auths | loads | oddities)
    number = draw(numbers)
    frame = f"{kind}{count}{draw(names)}{draw(commas)}{number}{data}"
    return frame[: draw(st.none() | st.integers(0, len(frame)))]


@st.composite
def binary_bursts(draw: Any) -> list[str | bytes]:
    """Make a binary event and its attachments: as many as it says, or not."""
    said = draw(st.integers(0, 3))
    args = [{"_placeholder": True, "num": number} for number in range(said)]
    if draw(st.booleans()):
        args = draw(st.permutations([*args, draw(placeholders)]))
    load = json.dumps([draw(events), *args] if draw(st.booleans()) else args)
    attached = draw(st.lists(st.binary(max_size=6), min_size=0, max_size=said + 1))
    return [f"5{said}-{draw(known)},{draw(numbers)}{load}", *attached]


text_frames = sound_frames() | sound_frames() | odd_frames()
frames = text_frames | text_frames | st.binary(max_size=6) | st.text(max_size=20)
conversations = st.lists(
    frames.map(lambda frame: [frame]) | binary_bursts(), min_size=3, max_size=14
).map(lambda bursts: [frame for burst in bursts for frame in burst])
"""What one client sends, binary events cut and mixed with other frames."""

packed_values = st.recursive(
    leaves | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


def _packed(value: Any) -> bytes:
    try:
        packed: bytes = msgpack.packb(value)
    except (OverflowError, ValueError):
        packed = b"\xc1"
    return packed


packed_loads = st.tuples(
    st.sampled_from(EVENTS) | packed_values, st.lists(packed_values, max_size=3)
).map(lambda load: [load[0], *load[1]])


@st.composite
def sound_packets(draw: Any) -> bytes:
    """Make a packet that upstream can read, whatever is in it."""
    kind = draw(st.sampled_from([0, 1, 2, 2, 2, 2, 3]))
    data = {
        0: st.none() | st.sampled_from(AUTHS),
        1: st.none(),
        2: packed_loads,
        3: packed_values,
    }[kind]
    made = {"type": kind, "nsp": draw(known), "data": draw(data)}
    if draw(st.booleans()):
        made["id"] = draw(st.integers(0, 9))
    return _packed(made)


packed_frames = (
    sound_packets()
    | sound_packets()
    | st.fixed_dictionaries(
        {
            "type": st.sampled_from([0, 1, 2, 3, 4, 6, 7, -1, "2", None]),
            "nsp": known | names | packed_values,
        },
        optional={
            "data": packed_loads | packed_values,
            "id": st.integers(-1, 9) | packed_values,
        },
    ).map(_packed)
    | packed_values.map(_packed)
    | st.binary(max_size=20)
)
packed_conversations = st.lists(packed_frames, min_size=3, max_size=16)


def _kind(frame: str) -> int | None:
    """Read the type of a frame as Engine.IO does; None where it raises."""
    try:
        return int(frame[:1])
    except ValueError:
        return None


engine_frames = (
    text_frames.map("4{}".format)
    | text_frames.map("4{}".format)
    | st.sampled_from(["0", "1", "2", "2probe", "3", "3probe", "4", "5", "6", "7"])
    | st.text(max_size=10).map("4{}".format)
)
"""Frames of Engine.IO that it can read, its own among them."""


def _is_harmless(frame: str) -> bool:
    """Return whether Engine.IO reads a frame, also one with the mark between frames."""
    return all(_kind(one) in (1, 3, 4, 5) for one in frame.split(SEPARATOR))


polling_frames = (
    engine_frames.filter(_is_harmless)
    | st.sampled_from(["b", "bAQ==", "b!", "x", ""])
    | st.binary(max_size=6).map(lambda data: "b" + data.hex())
)
"""Those that a polling client may send without that Engine.IO ends its connection."""

payloads = st.lists(polling_frames, max_size=18).map(SEPARATOR.join)
"""What one request of a polling client holds."""


@st.composite
def attachment_bursts(draw: Any) -> list[str | bytes]:
    """Make an event of many attachments, or large ones, named as often as you like."""
    said = draw(st.sampled_from([0, 1, 2, 10, 11, 1_000_000, 59_999_999_999]))
    numbers = draw(st.lists(st.integers(-1, 11), max_size=12))
    named = [{"_placeholder": True, "num": number} for number in numbers]
    if draw(st.booleans()):
        named = [{"_placeholder": True, "num": number} for number in range(said % 100)]
    load = json.dumps([draw(st.sampled_from(EVENTS)), *named])
    size = draw(st.sampled_from([0, 1, 1_000, 40_000]))
    attached = [bytes(size)] * draw(st.integers(0, 12))
    return [
        f"5{said}-{draw(known)},{draw(st.sampled_from(['', '1']))}{load}",
        *attached,
    ]


attached_conversations = st.lists(
    attachment_bursts() | frames.map(lambda frame: [frame]), min_size=1, max_size=5
).map(lambda bursts: [frame for burst in bursts for frame in burst])


@st.composite
def websocket_frames(draw: Any) -> tuple[bool, bool, int, bytes]:
    """Make a WebSocket frame: whether final, whether compressed, its kind, its data.

    What is compressed inflates to a thousand times as much, or is cut, or is noise.
    """
    data = draw(text_frames.map("4{}".format)).encode(errors="replace")
    data = draw(st.sampled_from([data, b"4" + b"a" * 300_000, b"4["]))
    if draw(st.booleans()):
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = (deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]
        data = data[: draw(st.none() | st.integers(0, len(data)))]
    kind = draw(st.sampled_from([0, 1, 1, 1, 2, 9]))
    return draw(st.booleans()), draw(st.booleans()), kind, data[:200_000]


half_open = st.lists(
    st.tuples(st.just("POST"), payloads | st.sampled_from(["0", "2", "6", "7"]))
    | st.tuples(st.just("GET"), st.just("")),
    max_size=4,
)
"""Requests of a polling client that hangs up without reading an answer."""
