#!/usr/bin/env python3
"""Holds a listening socket as gardel.socket does, and runs a command on it: porte.py PORT LOG COMMAND…
SIGHUP stops the command (SIGTERM), waits for its end, then starts it again; SIGTERM ends both. LOG gets a line for each start."""
import os
import signal
import socket
import subprocess
import sys
import time

port, journal, commande = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
porte = socket.socket()
porte.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
porte.bind(("127.0.0.1", port))
porte.listen(4096)


def demarre():
    def remet():
        if porte.fileno() == 3:
            os.set_inheritable(3, True)
        else:
            os.dup2(porte.fileno(), 3)

    reglages = dict(os.environ, LISTEN_FDS="1")
    return subprocess.Popen(["sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"', *commande], env=reglages, preexec_fn=remet, pass_fds=[3])


def arrete(*_):
    enfant.terminate()
    enfant.wait()
    sys.exit(0)


attendu = False


def redemarre(*_):
    global attendu
    attendu = True


signal.signal(signal.SIGTERM, arrete)
signal.signal(signal.SIGINT, arrete)
signal.signal(signal.SIGHUP, redemarre)
enfant = demarre()
while True:
    with open(journal, "a", encoding="utf-8") as lignes:
        print(f"démarré {enfant.pid}", file=lignes)
    while not attendu:
        if enfant.poll() is not None:
            sys.exit(enfant.returncode or 1)
        time.sleep(0.05)
    attendu = False
    enfant.terminate()
    enfant.wait()
    enfant = demarre()
