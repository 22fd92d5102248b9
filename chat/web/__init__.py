"""The HTTP door: commands as POST, pages, files."""
