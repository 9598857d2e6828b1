#!/usr/bin/env python3
"""Packages written by hand: what a careful, an old and a broken QMTP client send, one connection each.

usage: raw-qmtp.py HOST PORT RECIPIENT

Prints "NAME: LETTER TEXT" for each reply, and "NAME: closed" where the server hung up without one.
"""

import socket
import sys


def netstring(data):
    return b"%d:%s," % (len(data), data)


def package(text, recipients, marker=b"\n"):
    return netstring(marker + text) + netstring(b"raw@client.example") + netstring(b"".join(map(netstring, recipients)))


def main(host, port, recipient):
    to = recipient.encode()
    good = package(b"Subject: zeros\n\n", [to])
    cases = [
        ("twice", package(b"Subject: twice\n\nbody", [to, to]), 2),
        ("CRLF", package(b"Subject: dos\r\n\r\na\rb\r\nno newline", [to], b"\r"), 1),
        ("leading zeros", b"00" + good, 1),
        ("no text, wrong marker", package(b"Subject: x\n", [to], b"x"), 1),
        ("empty message netstring", b"0:," + good, 1),
        ("letters for a length", b"1x:" + good, 1),
        ("cut in the middle", good[: len(good) // 2], 1),
    ]
    for name, data, replies in cases:
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.settimeout(20)
            connection.sendall(data)
            if name.startswith("cut"):
                connection.shutdown(socket.SHUT_WR)
            stream = connection.makefile("rb")
            for _ in range(replies):
                print(name + ": " + reply(stream), flush=True)


def reply(stream):
    digits = b""
    try:
        while (char := stream.read(1)) != b":":
            if char == b"":
                return "closed"
            digits += char
        text = stream.read(int(digits))
        assert stream.read(1) == b","
    except ConnectionResetError:
        return "closed"
    return chr(text[0]) + " " + text[1:].decode()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: raw-qmtp.py HOST PORT RECIPIENT")
    main(*sys.argv[1:])
