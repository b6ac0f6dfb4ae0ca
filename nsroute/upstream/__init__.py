"""The one room that touches private parts of what nsroute stands on.

Each module lists which parts it touches, why, and with which versions that was checked;
a test fails when such a part changes.
"""
