"""Queries, named by their answer. They give rows, which never leave `store` and `actions`."""
