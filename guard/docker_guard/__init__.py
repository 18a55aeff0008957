"""Stands between Nomad's client and the Docker engine, and lets through what a confined task needs."""
