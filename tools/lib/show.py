#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The demonstration itself. Called by tools/demo as root, with RPCGATE_BUILD set."""

import json
import pathlib
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'tests/netns'))

from lab import shell  # noqa: E402
from lab.clients import CREDENTIALS, Clients  # noqa: E402
from lab.controller import Controller  # noqa: E402
from lab.gateway import Gateway, publish  # noqa: E402
from lab.topology import CLIENT, NEIGHBOUR, PUBLISHED, SERVER, Topology  # noqa: E402

USERS = 20
RULES = publish('directory', clients='198.51.100.0/24', interfaces=['samr'], protection='privacy')


class Disappointment(Exception):
    """Something did not go as announced."""


class Show:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.topology = Topology()
        self.controller = Controller(self.topology.server, self.directory / 'dc', USERS)
        self.gateway = None
        self.clients = None
        self.number = 0
        self.mark = 0

    # -- telling

    @staticmethod
    def say(text=''):
        print(text, flush=True)

    def title(self, text):
        self.number += 1
        self.mark = self.gateway.mark()
        self.say(f'\n== {self.number}. {text}')

    def shows(self, what, output, lines=4):
        self.say(f'   $ {what}')
        told = [line for line in output.splitlines() if line.strip()]
        for line in told[:lines]:
            self.say(f'     {line}')
        if len(told) > lines:
            self.say(f'     ... ({len(told)} lines)')

    def event(self, **wanted):
        try:
            event = self.gateway.wait_event(self.mark, deadline=15, **wanted)
        except AssertionError as reason:
            raise Disappointment(str(reason)) from None
        self.say(f'   event: {json.dumps(event)}')
        return event

    def done(self, good, text):
        if not good:
            raise Disappointment(text)
        self.say(f'   -> {text}')

    # -- getting ready

    def prepare(self):
        self.say('\n== Three network namespaces: client, gateway, server')
        self.say(f'   client {CLIENT} and {NEIGHBOUR}  --  gateway {PUBLISHED} | 10.10.0.1'
                 f'  --  server {SERVER}')
        self.topology.up()
        self.say('\n== A private Samba domain controller (some 20 s; all its files in '
                 f'{self.directory})')
        self.controller.provision()
        self.controller.start()
        self.clients = Clients(self.topology.client, self.directory / 'client')
        self.say('\n== rpcgated on two AF_XDP ports, with this rule')
        self.gateway = Gateway(self.topology.gateway, self.directory / 'gateway', RULES)
        self.say('\n'.join('   ' + line for line in RULES.strip().splitlines()))
        self.gateway.start()

    # -- the show

    def run(self):
        begun = time.monotonic()
        port = self.sealed()
        self.neighbour(port)
        self.refused('An unsealed call is refused, although the server would answer it',
                     '', CREDENTIALS, reason='protection-too-low')
        self.refused('A sealed call of an anonymous caller is refused: its key is no secret',
                     'seal', '%', reason='anonymous-caller')
        self.forbidden()
        self.commands()
        self.say(f'\n== That was all, in {time.monotonic() - begun:.0f} s.')

    def list_users(self, options, user):
        shown = '%' if user == '%' else 'CORP\\administrator%...'
        done = self.clients.rpcclient(options, 'enumdomusers', user=user)
        binding = f'ncacn_ip_tcp:{PUBLISHED}' + (f'[{options}]' if options else '')
        self.shows(f'rpcclient "{binding}" -U \'{shown}\' -c enumdomusers', done.stdout)
        return done.stdout.count('user:[')

    def sealed(self):
        self.title('A sealed call, through a port that the mapper chose just now')
        users = self.list_users('seal', CREDENTIALS)
        opened = self.event(event='pinhole-opened', client=CLIENT)
        self.event(event='bind-allowed', client=CLIENT)
        self.done(users > USERS, f'{users} users, through port {opened["outer_port"]}, open for '
                  f'{CLIENT} alone')
        return opened['outer_port']

    def neighbour(self, port):
        self.title(f'The same port {port}, from another address')
        answer = self.clients.knock(port, source=NEIGHBOUR)
        self.shows(f'connect to {PUBLISHED}:{port} from {NEIGHBOUR}', answer)
        self.event(client=NEIGHBOUR, event='connection-refused')
        self.done(answer == 'silence', 'no answer at all')

    def refused(self, title, options, user, reason):
        self.title(title)
        users = self.list_users(options, user)
        event = self.event(reason=reason, client=CLIENT)
        self.done(users == 0, f'refused: {event["reason"]}')

    def forbidden(self):
        self.title('An interface that no rule grants: netlogon')
        done = self.clients.rpcclient('seal', 'dsr_getdcname corp.example')
        self.shows(f'rpcclient "ncacn_ip_tcp:{PUBLISHED}[seal]" -c "dsr_getdcname corp.example"',
                   done.stdout)
        event = self.event(event='map-refused', client=CLIENT)
        self.done(done.returncode != 0, f'refused: {event["reason"]}')

    def commands(self):
        for words in (['show', 'pinholes'], ['show', 'counters']):
            self.title(f'rpcgate {" ".join(words)}')
            self.say(self.gateway.command(*words).stdout)

    # -- the end

    def finish(self):
        for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signal_number, signal.SIG_IGN)  # once is enough
        self.say('\n== Taking everything down')
        try:
            return self.gateway.stop() if self.gateway is not None else None
        finally:
            try:
                self.controller.stop()
            finally:
                self.topology.down()


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, interrupted)
    directory = tempfile.mkdtemp(prefix='rpcgate-demo-')
    pathlib.Path(directory).chmod(0o755)
    show = Show(directory)
    code = 1
    try:
        show.prepare()
        show.run()
        code = 0
    except KeyboardInterrupt:
        show.say('\ninterrupted')
        code = 130
    except (Disappointment, shell.CommandFailed) as reason:
        show.say(f'\nThis did not go as announced: {reason}')
        if show.gateway is not None:
            show.say(show.gateway.log())
    finally:
        ended = show.finish()
        shutil.rmtree(directory, ignore_errors=True)
    if code == 0 and ended != 0:
        show.say(f"rpcgated ended with {ended}\n{show.gateway.log()}")
        code = 1
    return code


if __name__ == '__main__':
    sys.exit(main())
