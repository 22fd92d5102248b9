"""What a request finds in its application."""

from aiohttp import web
from jinja2 import Environment

from chat.door import Door
from chat.settings import Settings
from chat.web.assets import Assets

DOOR = web.AppKey("door", Door)
SETTINGS = web.AppKey("settings", Settings)
PAGES = web.AppKey("pages", Environment)
ASSETS = web.AppKey("assets", Assets)
