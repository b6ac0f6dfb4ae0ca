"""Names: the characters and the length that a namespace can have in a packet."""

from __future__ import annotations

import re
from typing import Final

MAX_NAME_LENGTH: Final = 1000
"""Characters of the longest name that can match anything."""

# A comma ends the namespace in a packet, `?` begins a query that is thrown away;
# control characters and lone surrogates do not survive every client and transport.
_FORBIDDEN: Final = r",?\x00-\x1f\x7f-\x9f\ud800-\udfff"
FORBIDDEN: Final = re.compile(f"[{_FORBIDDEN}]")
"""A character that no namespace can have."""
SEGMENT: Final = f"[^/{_FORBIDDEN}]+"
"""A regular expression for one segment of a name."""
PATH: Final = f"{SEGMENT}(?:/{SEGMENT})*"
"""A regular expression for one or more segments of a name."""
