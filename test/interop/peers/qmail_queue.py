"""What a qmail host has in common for our stand-ins: control files, addresses, and qmail-queue's two files.

HOME/control/*   read as qmail reads them: trailing blanks off, comments and empty lines skipped in lists
HOME/queue/      mess/ID the message with its trace lines, todo/ID the envelope: F sender NUL (T recipient NUL)* NUL
"""

import itertools
import os
import time

SAFE = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.@%+/=:-[]")
ATOM = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~")
_counter = itertools.count()


def control(home, name):
    """The lines of a control file, or None where there is none."""
    try:
        with open(os.path.join(home, "control", name), "rb") as file:
            lines = [line.rstrip(b" \t\r") for line in file.read().split(b"\n")]
    except FileNotFoundError:
        return None
    return [line for line in lines if line and not line.startswith(b"#")]


def date822(now=None):
    return time.strftime("%d %b %Y %H:%M:%S -0000", time.gmtime(now)).lstrip("0").encode()


def safe(word):
    return bytes(byte if byte in SAFE else ord("?") for byte in word)


def quote(address):
    """qmail-local's Return-Path: RFC 822 quoting where the local part needs it, a newline becomes an underscore."""
    address = address.replace(b"\n", b"_")
    local, at, domain = address.rpartition(b"@")
    if not at:
        local, domain = address, b""
    words = local.split(b".")
    if local == b"" or all(word and all(byte in ATOM for byte in word) for word in words):
        return address
    escaped = b"".join(b"\\" + bytes([byte]) if byte in b'"\\\r' else bytes([byte]) for byte in local)
    return b'"' + escaped + b'"' + at + domain


class QmailQueue:
    """One run of qmail-queue: the message while it is open, then the envelope, then one name in todo/."""

    def __init__(self, home, invoked=b"from network"):
        self.queue = os.path.join(home, "queue")
        for folder in ("pid", "mess", "todo"):
            os.makedirs(os.path.join(self.queue, folder), mode=0o700, exist_ok=True)
        self.pid = os.getpid()
        self.id = "%d.%d.%d" % (time.time_ns(), self.pid, next(_counter))
        self.path = os.path.join(self.queue, "pid", self.id)
        self.file = open(self.path, "xb")
        self.envelope = []
        self.failed = False
        self.put(b"Received: (qmail %d invoked %s); %s\n" % (self.pid, invoked, date822()))

    def put(self, data):
        self.file.write(data)

    def sender(self, address):
        self.envelope.append(b"F" + address + b"\0")

    def to(self, address):
        self.envelope.append(b"T" + address + b"\0")

    def fail(self):
        self.failed = True

    def abort(self):
        self.file.close()
        os.unlink(self.path)

    def close(self):
        """b"" when it is queued, otherwise qmail-queue's failure text."""
        if self.failed:
            self.abort()
            return b"Zqq read error (#4.3.0)"
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        draft = os.path.join(self.queue, "pid", self.id + ".todo")
        with open(draft, "xb") as file:
            file.write(b"".join(self.envelope) + b"\0")
            file.flush()
            os.fsync(file.fileno())
        os.rename(self.path, os.path.join(self.queue, "mess", self.id))
        os.rename(draft, os.path.join(self.queue, "todo", self.id))
        return b""


def waiting(home):
    """What is queued, oldest first: (id, sender, recipients)."""
    todo = os.path.join(home, "queue", "todo")
    for name in sorted(os.listdir(todo) if os.path.isdir(todo) else []):
        with open(os.path.join(todo, name), "rb") as file:
            fields = file.read().split(b"\0")
        yield name, fields[0][1:], [field[1:] for field in fields[1:] if field.startswith(b"T")]
