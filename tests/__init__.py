"""The tests of nsroute: sentences about what it does."""
