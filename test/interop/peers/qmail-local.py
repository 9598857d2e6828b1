#!/usr/bin/env python3
"""A stand-in for qmail-lspawn and qmail-local: delivers what waits in a queue into one Maildir.

usage: qmail-local.py HOME MAILDIR PREFIX

Each recipient is a file of its own, as with a virtualdomains entry: "Delivered-To: PREFIX" and the address as it came.
A child for each, because the file's name holds its pid: time.pid.host.
"""

import os
import socket
import sys
import time

from qmail_queue import quote, waiting

TRIES = 3
PAUSE = 2


def deliver(maildir, sender, recipient, path):
    """What qmail-local does in its child: name, O_EXCL in tmp, two lines, the file as it is, fsync, link, unlink."""
    os.umask(0o077)
    os.chdir(maildir)
    host = socket.gethostname()[:63]
    for left in reversed(range(TRIES)):
        name = "%d.%d.%s" % (time.time(), os.getpid(), host)
        try:
            file = os.fdopen(os.open("tmp/" + name, os.O_WRONLY | os.O_EXCL | os.O_CREAT, 0o644), "wb")
            break
        except FileExistsError:
            if left == 0:
                return 1
            time.sleep(PAUSE)
    with open(path, "rb") as message, file:
        file.write(b"Return-Path: <" + quote(sender) + b">\n")
        file.write(b"Delivered-To: " + recipient.replace(b"\n", b"_") + b"\n")
        file.write(message.read())
        file.flush()
        os.fsync(file.fileno())
    os.link("tmp/" + name, "new/" + name)
    os.unlink("tmp/" + name)
    return 0


def main(home, maildir, prefix):
    for folder in ("tmp", "new", "cur"):
        os.makedirs(os.path.join(maildir, folder), mode=0o700, exist_ok=True)
    for name, sender, recipients in list(waiting(home)):
        path = os.path.abspath(os.path.join(home, "queue", "mess", name))
        codes = [spawn(maildir, sender, prefix.encode() + recipient, path) for recipient in recipients]
        if any(codes):
            return 111
        os.unlink(os.path.join(home, "queue", "todo", name))
        os.unlink(path)
    return 0


def spawn(*delivery):
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = deliver(*delivery)
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1]


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: qmail-local.py HOME MAILDIR PREFIX")
    sys.exit(main(*sys.argv[1:]))
