#!/usr/bin/env python3
"""A stand-in for serialmail's maildirqmtp: maildirserial -b -t 1209600, tcpclient and serialqmtp in one.

usage: maildirqmtp.py [-i SOURCE-IP] DIR PREFIX HOST [PORT]

Faithful to serialmail 0.75, its oddities included: mail of the current second waits, the oldest goes first and the
rest newest first, no lock, pipelining without limit, the Return-Path sent as it is written (quoted or not), a bounce
with the whole message, three useless passes before it gives up. Bounces go through QMAIL_HOME's queue.
Exit codes: 0 nothing is left that may be sent, 111 something was deferred or went wrong, 100 usage.
"""

import os
import signal
import socket
import sys
import time

from qmail_queue import QmailQueue, control

STALE = 129600
LIFETIME = 1209600
PASSES = 3
CONNECT_TIMEOUT = 60
WRITE_TIMEOUT = 73
READ_TIMEOUT = 3600
MOST = 200000000


def say(text):
    print("maildirserial: " + text, file=sys.stderr, flush=True)


def clean_tmp():
    for name in os.listdir("tmp"):
        path = "tmp/" + name
        if os.stat(path).st_atime < time.time() - STALE:
            os.unlink(path)


def second_line_fits(path, prefix):
    if prefix == b"":
        return True
    with open(path, "rb") as file:
        file.readline()
        return file.readline().startswith(b"Delivered-To: " + prefix)


def scan(prefix, dead):
    now = int(time.time())
    found = []
    for folder in ("new", "cur"):
        for name in os.listdir(folder):
            path = folder + "/" + name
            if name.startswith(".") or path in dead:
                continue
            mtime = int(os.stat(path).st_mtime)
            if mtime < now and second_line_fits(path, prefix):
                found.append((mtime, path))
    found.sort()
    return [path for _, path in found[:1] + found[:0:-1]]


def envelope(path, prefix):
    """Sender, recipient and the offset of the message; None when the client cannot read it as qmail-local's."""
    with open(path, "rb") as file:
        first, second = file.readline(), file.readline()
        offset = file.tell()
    if not (first.startswith(b"Return-Path: <") and first.endswith(b">\n")):
        return None
    lead = b"Delivered-To: " + prefix
    if not (second.startswith(lead) and second.endswith(b"\n")):
        return None
    return first[14:-2], second[len(lead) : -1], offset


def netstring(data):
    return b"%d:%s," % (len(data), data)


def write_packages(connection, names, prefix, pipe):
    """The child: a name goes to the parent before its package goes to the peer."""
    connection.settimeout(WRITE_TIMEOUT)
    for path in names:
        read = envelope(path, prefix)
        if read is None:
            continue
        sender, recipient, offset = read
        with open(path, "rb") as file:
            file.seek(offset)
            text = file.read()
        os.write(pipe, path.encode() + b"\0")
        connection.sendall(b"%d:\n" % (len(text) + 1))
        connection.sendall(text)
        connection.sendall(b"," + netstring(sender) + netstring(netstring(recipient)))


def read_reply(stream):
    digits = b""
    while True:
        char = stream.read(1)
        if char == b"":
            return None
        if char == b":":
            break
        digits += char
    size = int(digits or b"0")
    if size == 0 or size > MOST:
        raise ValueError("remote protocol violation")
    text = stream.read(size)
    if len(text) < size or stream.read(1) != b",":
        return None
    if text[:1] not in (b"K", b"Z", b"D"):
        raise ValueError("remote protocol violation")
    return text


def client(names, prefix, host, port, source):
    """serialqmtp under tcpclient: yields (name, status, text) for what was answered."""
    where = (source, 0) if source else None
    try:
        connection = socket.create_connection((host, port), CONNECT_TIMEOUT, where)
    except OSError as error:
        say("tcpclient: fatal: unable to connect to %s: %s" % (host, error))
        return
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 111
        try:
            os.close(reader)
            write_packages(connection, names, prefix, writer)
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    connection.settimeout(READ_TIMEOUT)
    try:
        yield from answers(reader, connection.makefile("rb"), host)
    except (OSError, ValueError) as error:
        say("serialqmtp: fatal: %s" % error)
    finally:
        os.close(reader)
        connection.close()
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        os.waitpid(pid, 0)


def answers(reader, stream, host):
    pending = b""
    while True:
        while b"\0" not in pending:
            data = os.read(reader, 4096)
            if not data:
                return
            pending += data
        name, _, pending = pending.partition(b"\0")
        reply = read_reply(stream)
        if reply is None:
            return
        text = bytes(byte if 32 <= byte < 127 else 63 for byte in reply[1:2000]).decode()
        yield name.decode(), chr(reply[0]), "%s said: %s" % (host, text)


def bounce(home, path, prefix, text):
    sender, recipient, offset = envelope(path, prefix)
    if sender == b"#@[]":
        say("info: triple bounce: discarded " + path)
        return
    me = (control(home, "me") or [b"unknown"])[0]
    to = sender if sender else b"postmaster@" + me
    queue = QmailQueue(home, b"by uid 0")
    queue.sender(b"" if sender else b"#@[]")
    queue.to(to)
    with open(path, "rb") as file:
        file.seek(offset)
        original = file.read()
    queue.put(b"From: MAILER-DAEMON@%s\nTo: %s\nSubject: failure notice\n\n" % (me, to))
    queue.put(b"Hi. This is the maildirbounce program at %s.\n" % me)
    queue.put(b"I'm afraid I wasn't able to deliver your message to the following address.\n\n")
    queue.put(b"<%s>:\n%s\n\n" % (recipient, text.encode()))
    queue.put(b"--- Below this line is a copy of the message.\n\nReturn-Path: <%s>\n" % sender)
    queue.put(original)
    queue.close()


def settle(home, path, status, text, prefix):
    """True when the file stays."""
    if status == "K":
        say("info: %s succeeded: %s" % (path, text))
        os.unlink(path)
        return False
    expired = time.time() > os.stat(path).st_mtime + LIFETIME
    if status == "Z" and not expired:
        say("info: %s failed temporarily: %s" % (path, text))
        return True
    bounce(home, path, prefix, text + ("\nThis message is too old. Giving up." if status == "Z" else ""))
    say("info: %s bounced: %s" % (path, text))
    os.unlink(path)
    return False


def main(directory, prefix, host, port, source):
    home = os.path.abspath(os.environ.get("QMAIL_HOME", "/var/qmail"))
    os.chdir(directory)
    clean_tmp()
    dead = set()
    useless = 0
    while True:
        names = scan(prefix, dead)
        if not names:
            return 111 if dead else 0
        progress = False
        for name, status, text in client(names, prefix, host, port, source):
            progress = True
            if settle(home, name, status, text, prefix):
                dead.add(name)
        useless = 0 if progress else useless + 1
        if useless == PASSES:
            say("fatal: making no progress, giving up")
            return 111


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    arguments = sys.argv[1:]
    address = None
    if arguments[:1] == ["-i"]:
        address, arguments = arguments[1], arguments[2:]
    if len(arguments) not in (3, 4):
        print("usage: maildirqmtp.py [-i SOURCE-IP] DIR PREFIX HOST [PORT]", file=sys.stderr)
        sys.exit(100)
    number = int(arguments[3]) if len(arguments) == 4 else 209
    sys.exit(main(arguments[0], arguments[1].encode(), arguments[2], number, address))
