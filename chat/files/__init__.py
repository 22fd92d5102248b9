"""The files people send: what comes in is looked at, drawn anew or refused, and lies in a folder or a bucket.

A file is whole where it lies before its row is written, so a row always finds its file. What a crash leaves is a file
without a row, which `old` finds and the sweep removes. Nothing here is quick: call it on a thread.
"""

from chat.files.bucket import Bucket
from chat.files.disk import Content
from chat.files.files import Files, Rules

__all__ = ["Bucket", "Content", "Files", "Rules"]
