#!/usr/bin/env python3
"""A stand-in for qmail-qmtpd: one QMTP connection on descriptors 0 and 1, as under tcpserver.

It behaves as the real one, its oddities included: lengths are not validated, a limit is applied after every byte was
read, zero recipients are answered with nothing, answers are held back until the next read, and one hour ends it.

Environment: QMAIL_HOME; RELAYCLIENT, DATABYTES, TCPREMOTEIP, TCPREMOTEHOST, TCPREMOTEINFO, TCPLOCALHOST, TCPLOCALIP.
Exit codes: 0 the peer closed, 100 protocol error, 111 resources or time.
"""

import os
import signal
import sys
import time

from qmail_queue import QmailQueue, control, date822, safe

HOUR = 3600
MOST = 200000000
ADDRESS = 1000
OUT = 256
NOT_ALLOWED = b"66:Dsorry, that domain isn't in my list of allowed rcpthosts (#5.7.1),"
CANNOT_HANDLE = b"46:Dsorry, I can't handle that recipient (#5.1.3),"
BAD_SENDER = b"Dunacceptable sender (#5.1.7)"
TOO_LARGE = b"Dsorry, that message size exceeds my databytes limit (#5.3.4)"


class Wire:
    def __init__(self):
        self.input = b""
        self.at = 0
        self.output = b""

    def _fill(self):
        self.flush()
        data = os.read(0, 65536)
        if not data:
            leave(0)
        self.input, self.at = data, 0

    def byte(self):
        if self.at == len(self.input):
            self._fill()
        self.at += 1
        return self.input[self.at - 1]

    def some(self, most):
        if self.at == len(self.input):
            self._fill()
        data = self.input[self.at : self.at + most]
        self.at += len(data)
        return data

    def put(self, data):
        if len(self.output) + len(data) > OUT:
            self.flush()
        self.output += data

    def flush(self):
        data, self.output = self.output, b""
        while data:
            data = data[os.write(1, data) :]


wire = Wire()
queued = None


def leave(code):
    # The running qmail-queue sees the end of its input and takes the part away.
    if queued is not None:
        queued.abort()
    os._exit(code)


def bad_protocol():
    leave(100)


def length(read=wire.byte):
    value = 0
    while True:
        char = read()
        if char == 0x3A:
            return value
        if value > MOST:
            leave(111)
        value = value * 10 + (char - 0x30)


def comma():
    if wire.byte() != 0x2C:
        bad_protocol()


def received():
    env = os.environb.get
    info = env(b"TCPREMOTEINFO")
    peer = (safe(info) + b"@" if info else b"") + safe(env(b"TCPREMOTEIP", b"unknown"))
    local = env(b"TCPLOCALHOST") or env(b"TCPLOCALIP") or b"unknown"
    host = safe(env(b"TCPREMOTEHOST", b"unknown"))
    return b"Received: from %s (%s)\n  by %s with QMTP; %s\n" % (host, peer, safe(local), date822())


def unix_text(left, queue):
    while left > 0:
        data = wire.some(left)
        left -= len(data)
        queue.put(data)


def dos_text(left, queue, limit):
    """CR LF becomes LF, any other CR stays; the limit counts what comes out."""
    size = 0
    out = bytearray()
    while left > 0:
        char = wire.byte()
        left -= 1
        while char == 13 and left > 0:
            char = wire.byte()
            left -= 1
            if char == 10:
                break
            out.append(13)
        out.append(char)
        if len(out) >= 4096:
            queue.put(bytes(out))
            size += len(out)
            out.clear()
    queue.put(bytes(out))
    return limit and size + len(out) > limit


def allowed(hosts, address):
    if hosts is None or b"@" not in address:
        return True
    domain = address.rpartition(b"@")[2].lower()
    listed = {host.lower() for host in hosts}
    return domain in listed or any(domain[at:] in listed for at, char in enumerate(domain) if char == 0x2E)


def read_sender():
    size = length()
    if size >= ADDRESS:
        for _ in range(size):
            wire.byte()
        return None
    text = bytes(wire.byte() for _ in range(size))
    return None if b"\0" in text else text


def recipients(queue, hosts, relay):
    """One word per recipient: b"" when it was passed on, otherwise its own reply."""
    verdicts = []
    left = length()

    def inner():
        nonlocal left
        if left == 0:
            bad_protocol()
        left -= 1
        return wire.byte()

    while left > 0:
        size = length(inner)
        if size >= left:
            bad_protocol()
        if size + len(relay or b"") >= ADDRESS:
            for _ in range(size):
                wire.byte()
            verdicts.append(CANNOT_HANDLE)
        else:
            address = bytes(wire.byte() for _ in range(size))
            if b"\0" in address:
                verdicts.append(CANNOT_HANDLE)
            elif relay is None and not allowed(hosts, address):
                verdicts.append(NOT_ALLOWED)
            else:
                verdicts.append(b"")
                queue.to(address + (relay or b""))
        comma()
        left -= size + 1
    comma()
    return verdicts


def package(home, hosts, limit, relay):
    global queued
    size = length()
    if size == 0:
        bad_protocol()
    queued = queue = QmailQueue(home)
    marker = wire.byte()
    if marker not in (10, 13):
        bad_protocol()
    queue.put(received())
    if marker == 10:
        too_large = limit and size - 1 > limit
        unix_text(size - 1, queue)
    else:
        too_large = dos_text(size - 1, queue, limit)
    comma()
    sender = read_sender()
    comma()
    queue.sender(sender or b"")
    verdicts = recipients(queue, hosts, relay)
    if sender is None or too_large or b"" not in verdicts:
        queue.fail()
    result = queue.close()
    queued = None
    if sender is None:
        result = BAD_SENDER
    if too_large:
        result = TOO_LARGE
    result = result or b"Kok %d qp %d" % (time.time(), os.getpid())
    for verdict in verdicts:
        wire.put(verdict or b"%d:%s," % (len(result), result))


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda *_: leave(111))
    signal.alarm(HOUR)
    home = os.environ["QMAIL_HOME"]
    hosts = control(home, "rcpthosts")
    limit = int(os.environ.get("DATABYTES") or (control(home, "databytes") or [b"0"])[0])
    relay = os.environb.get(b"RELAYCLIENT")
    while True:
        package(home, hosts, limit, relay)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        print("qmail-qmtpd: %s" % error, file=sys.stderr)
        leave(111)
