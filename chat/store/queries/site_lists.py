"""Lists of sites' keys as rows keep them, in JSON: what is for some sites, or with an empty list for every one."""

from __future__ import annotations


def naming(site_key: str) -> str:
    """What LIKE finds in a list that names this site. A key has letters, digits and hyphens only."""
    return f'%"{site_key}"%'


def for_any(column: str, site_keys: list[str]) -> tuple[str, dict[str, str]]:
    """What holds of a row that is for one of these sites, and its values."""
    values = {f"site{index}": naming(key) for index, key in enumerate(site_keys)}
    ways = [f"{column} = '[]'", *(f"{column} LIKE :{name}" for name in values)]
    return f"({' OR '.join(ways)})", values
