"""One file that holds a whole installation: made while it serves, put back as a whole, looked through at any time.

`take.py` makes it, `restore.py` puts it back into an empty place, of either kind of database, and `verify.py` looks
through a database or such a file. `archive.py` says what is in it.

The key that seals payout accounts is not in it: what is sealed is sealed so that a copy of the database gives it to
nobody, and a backup is a copy that lies about. It only says which key is needed.
"""

from chat.backup.restore import Restored, restore
from chat.backup.take import Taken, take
from chat.backup.verify import Report, verify, verify_file

__all__ = ["Report", "Restored", "Taken", "restore", "take", "verify", "verify_file"]
