#!/usr/bin/env python3
"""A stand-in for tcpserver, used where ucspi-tcp is not installed.

usage: tcpserver.py -1 -RHl NAME HOST PORT PROGRAM [ARG...]

The socket is the program's descriptors 0 and 1. -1 prints the port; the other options are taken and mean what they
always mean in our tests: no ident, no reverse names, NAME as our own.
"""

import os
import signal
import socket
import sys


def main(name, host, port, program):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, int(port)))
    listener.listen(20)
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, peer = listener.accept()
        if os.fork() == 0:
            serve(listener, connection, peer, name, program)
        connection.close()


def serve(listener, connection, peer, name, program):
    listener.close()
    # The program is not to inherit that the dead are reaped by themselves.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    local = connection.getsockname()
    os.environ.update(
        PROTO="TCP",
        TCPLOCALIP=local[0],
        TCPLOCALPORT=str(local[1]),
        TCPLOCALHOST=name,
        TCPREMOTEIP=peer[0],
        TCPREMOTEPORT=str(peer[1]),
    )
    os.dup2(connection.fileno(), 0)
    os.dup2(connection.fileno(), 1)
    connection.close()
    os.execvp(program[0], program)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if len(arguments) < 6 or arguments[:2] != ["-1", "-RHl"]:
        sys.exit("usage: tcpserver.py -1 -RHl NAME HOST PORT PROGRAM [ARG...]")
    main(arguments[2], arguments[3], arguments[4], arguments[5:])
