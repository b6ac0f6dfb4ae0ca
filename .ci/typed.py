"""Check what `pyright --verifytypes --outputjson` says: every exported type is known.

Usage: `pyright --verifytypes nsroute --ignoreexternal --outputjson | python typed.py`
"""

import json
import sys

# Its base is python-socketio's, which ships no types.
UNTYPED = {
    "nsroute.manager.SafeManager",
    "nsroute.upstream.safe_manager.SafeManager",
}

completeness = json.load(sys.stdin)["typeCompleteness"]
print("checked in", completeness["packageRootDirectory"])
exported = [one for one in completeness["symbols"] if one["isExported"]]
wrong = [
    one
    for one in exported
    if one["name"] not in UNTYPED and (one["isTypeAmbiguous"] or not one["isTypeKnown"])
]
for one in wrong:
    reasons = (reason["message"] for reason in one["diagnostics"])
    print(one["name"], *reasons, sep="\n    ")
print(f"{len(exported)} exported names, {len(wrong)} without a known type")
sys.exit(bool(wrong))
