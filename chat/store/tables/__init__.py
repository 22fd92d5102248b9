"""The tables. Times are integer milliseconds since 1970 UTC, so they compare and index alike everywhere.

Ids are UUIDv7 strings: they sort by the time they were made.
"""

from chat.store.tables.cases import *
from chat.store.tables.columns import *
from chat.store.tables.conversations import *
from chat.store.tables.knowledge import *
from chat.store.tables.people import *
from chat.store.tables.search import *
from chat.store.tables.work import *
