"""What a request finds in its application."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from jinja2 import Environment

from chat.door import Door
from chat.settings import Settings
from chat.web.assets import Assets
from chat.web.intake import Intake

DOOR = web.AppKey("door", Door)
SETTINGS = web.AppKey("settings", Settings)
PAGES = web.AppKey("pages", Environment)
PROBLEMS = web.AppKey[Callable[[], Awaitable[list[str]]]]("problems")  # why customers should not be sent here now
TROUBLES = web.AppKey[Callable[[], Awaitable[list[str]]]]("troubles")  # what they miss, here and elsewhere
BROKEN = web.AppKey[Callable[[], list[str]]]("broken")  # why this process should be ended and another one started
ASSETS = web.AppKey("assets", Assets)
METRICS = web.AppKey[Callable[[], Awaitable[bytes]]]("metrics")
INTAKE = web.AppKey("intake", Intake)
