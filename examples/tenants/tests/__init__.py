"""Tests of the project: without a server, by the clients of `nsroute.testing`."""
