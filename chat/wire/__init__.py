"""Every shape that crosses the wire, in both directions.

Inputs refuse unknown fields and never coerce (a string is not a number). Ids are UUID strings, times UTC ISO-8601
with `Z`, money integers of the minor unit, text NFC without NUL or lone surrogates. Fields that are `None` are left
out of what is sent. `wire_ts.py` turns this package into `widget/src/core/wire.ts`.
"""

from chat.wire.canned import *
from chat.wire.cases import *
from chat.wire.chat import *
from chat.wire.console import *
from chat.wire.events import *
from chat.wire.files import *
from chat.wire.inbox import *
from chat.wire.knowledge import *
from chat.wire.orders import *
from chat.wire.refunds import *
from chat.wire.reports import *
from chat.wire.search import *
from chat.wire.settings import *
from chat.wire.shop import *
from chat.wire.support import *
from chat.wire.teams import *
from chat.wire.tickets import *
from chat.wire.values import *
