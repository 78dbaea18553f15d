# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Conversations in one capture, what the gateway made of them, and what it told.

RPCGATE_BUILD  build directory with app/rpcgate-replay/rpcgate-replay
"""

import collections
import json
import os
import pathlib
import socket
import struct
import subprocess
import tempfile

import pytest

from evasion import segments
from evasion.reassembler import Reassembler
from evasion.recorder import Tape
from evasion.segments import ACK, RST, SYN, Segment

from . import mapper, pdus, tokens
from .server import Server
from .talk import CLIENT_ISN, Talk

BUILD = os.environ.get('RPCGATE_BUILD')
if not BUILD:
    pytest.skip('RPCGATE_BUILD names no build directory', allow_module_level=True)

TOP = pathlib.Path(__file__).resolve().parents[3]
REPLAY = pathlib.Path(BUILD) / 'app' / 'rpcgate-replay' / 'rpcgate-replay'
PUBLISHED, SERVER, OTHER_SERVER = '198.51.100.1', '10.10.0.10', '10.10.0.11'
PORT, MAPPER_PORT, DYNAMIC = 4100, 135, 49667

PORTS = f'''
[daemon]
packs-dir = "{TOP / 'packs'}"
[[port]]
name = "outer0"
zone = "outer"
networks = ["203.0.113.0/24"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["10.10.0.0/24"]
'''
HEAD = f'''
[[publish]]
name = "catalogue"
clients = ["any"]
outer = "{PUBLISHED}"
server = "{SERVER}"
'''
# samr is granted in parts, lsarpc signed, drsuapi but for replication; the store with what belongs
# to notifications. No other interface is.
GRANTED = '''
[[publish.interface]]
name = "samr"
opnums = [0, 5, 6]
[[publish.interface]]
name = "lsarpc"
protection = "integrity"
[[publish.interface]]
name = "drsuapi"
[[publish.interface]]
name = "emsmdb"
'''


def rule(more='', granted=GRANTED, protection='none'):
    return (HEAD + f'static-ports = [{PORT}]\nprotection = "{protection}"\ndeny = ["dcsync"]\n'
            + more + granted)


RULE = rule()
NAMES = {syntax.uuid: name.lower() for name, syntax in vars(pdus).items()
         if isinstance(syntax, pdus.Syntax)}
REFUSALS = ('map-refused', 'bind-refused', 'request-refused', 'connection-refused',
            'connection-reset', 'limit-reached')
Told = collections.namedtuple('Told', 'event reason interface opnum action', defaults=[None] * 3)


def rule_until_soon():
    """A rule of somebody else, over 40 seconds after a scene's beginning: rules are others then."""
    return f'''
[[schedule]]
name = "until-soon"
to = "22:14"
[[publish]]
name = "of-somebody-else"
clients = ["192.0.2.1"]
outer = "{PUBLISHED}"
server = "{SERVER}"
interfaces = ["samr"]
schedule = "until-soon"
'''


def cut_for(reason):
    return [Told('connection-reset', reason, action='reset')]


def told(event, reason, interface=None, opnum=None):
    """A refusal that leaves the connection alive."""
    return Told(event, reason, interface and NAMES[interface.uuid], opnum, 'rpc-error')


def udp_packet(source, source_port, destination, port, payload):
    length = 8 + len(payload)
    pseudo = struct.pack('>4s4sHHHHHH', socket.inet_aton(source), socket.inet_aton(destination), 17,
                         length, source_port, port, length, 0) + payload
    data = struct.pack('>HHHH', source_port, port, length, segments.checksum(pseudo)) + payload
    header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + length, 0, 0, 64, 17, 0,
                         socket.inet_aton(source), socket.inet_aton(destination))
    return header[:10] + struct.pack('>H', segments.checksum(header)) + header[12:] + data


def udp_of(frame):
    """(source, port, destination, port, payload); None where it is something else."""
    if frame[12:15] != b'\x08\0\x45' or frame[23] != 17:
        return None
    ports = struct.unpack('>HHH', frame[34:40])
    return (socket.inet_ntoa(frame[26:30]), ports[0], socket.inet_ntoa(frame[30:34]), ports[1],
            frame[42:34 + ports[2]])


class Scene:
    def __init__(self, rules=RULE):
        self.rules = rules
        self.tape = Tape()
        self.talks = []
        self.clients = 0
        self.groups = 0x100

    # -- before

    def client(self):
        self.clients += 1
        return f'203.0.113.{self.clients}'

    def connect(self, port=PORT, *, client=None, server=SERVER, group=None, outer_port=None, **how):
        self.groups += 1
        talk = Talk(self.tape, Server(port, group or self.groups, **how), client or self.client(),
                    20000 + len(self.talks), PUBLISHED, server, outer_port or port)
        self.talks.append(talk)
        return talk

    def bound(self, *elements, port=PORT, client=None, **how):
        """A connection whose bind has been answered."""
        talk = self.connect(port, client=client, **how)
        talk.say(pdus.bind(*elements or (pdus.SAMR,)))
        return talk

    def login(self, *elements, level=pdus.INTEGRITY, token=tokens.ntlm(3), port=PORT, client=None):
        """The same with NTLM, up to its third leg."""
        talk = self.connect(port, client=client)
        talk.say(pdus.bind(*elements, auth=pdus.Auth(level, tokens.ntlm(1))))
        talk.say(pdus.auth3(pdus.Auth(level, token)))
        return talk

    def mapped(self, interface=pdus.SAMR, port=DYNAMIC, client=None, address=SERVER):
        """A client that the mapper has told of a port."""
        talk = self.connect(MAPPER_PORT, client=client, maps={
            interface.uuid: [mapper.tower(interface, port, address)]})
        talk.say(pdus.bind(pdus.EPMAPPER))
        talk.say(mapper.ask(interface), hears=pdus.response(mapper.answer(
            [mapper.tower(interface, port, PUBLISHED)])))
        return talk

    def knock(self, port, client=None):
        """A SYN and nothing more. What came of it: knocked()."""
        client = client or self.client()
        source = 30000 + len(self.tape.frames)
        self.tape.add(segments.packet(Segment(client, PUBLISHED, source, port, CLIENT_ISN, 0, SYN,
                                              options=segments.mss(1460))))
        return client, source

    def dial(self, client, port, to):
        """A SYN of the server's to a client. Those that left: dialled()."""
        self.tape.add(segments.packet(Segment(SERVER, client, port, to, 1, 0, SYN,
                                              options=segments.mss(1460))))

    def datagram(self, client, port, payload, source=SERVER, source_port=2571):
        self.tape.add(udp_packet(source, source_port, client, port, payload))

    def pause(self, seconds):
        self.tape.now += seconds

    # -- after

    def play(self):
        """Runs the capture; everything that was written down must have come so."""
        with tempfile.TemporaryDirectory(prefix='rpcgate-catalogue-') as name:
            place = pathlib.Path(name)
            (place / 'rpcgate.toml').write_text(PORTS + self.rules)
            segments.write_capture(place / 'in.pcap', self.tape.frames)
            done = subprocess.run(
                [REPLAY, '--config', place / 'rpcgate.toml', '--read', place / 'in.pcap', '--write',
                 place / 'out.pcap', '--events', place / 'events', '--strict'],
                capture_output=True, text=True, timeout=120, check=False)
            assert done.returncode == 0, f'exit {done.returncode}\n{done.stdout}\n{done.stderr}'
            self.summary = done.stdout
            self.events = [json.loads(line) for line in (place / 'events').read_text().splitlines()]
            frames = list(segments.read_capture(place / 'out.pcap'))
        self.left = Reassembler()
        for segment in filter(None, map(segments.parse, frames)):
            self.left.take(segment)
        self.datagrams = list(filter(None, map(udp_of, frames)))
        complaints = self._complaints()
        assert not complaints, '\n'.join(complaints)
        return self

    def _stream(self, *key):
        streams = self.left.streams(key)
        return streams[-1] if streams else None

    def _complaints(self):
        found = []
        for talk in self.talks:
            found += talk.complaints(
                self._stream(talk.client, talk.client_port, talk.address, talk.server.port),
                self._stream(talk.published, talk.outer_port, talk.client, talk.client_port))
        # Nothing is ever said by the gateway itself, and everything is told of the right rule.
        named = {each.split('"')[1] for each in self.rules.splitlines() if 'name = "' in each}
        found += [f'of no rule: {event}' for event in self.events
                  if event.get('rule') not in named or not event.get('client')]
        return found

    def of(self, talk, *kinds):
        """The events of a conversation."""
        return [event for event in self.events if event.get('client_port') == talk.client_port
                and event['client'] == talk.client and (not kinds or event['event'] in kinds)]

    def refusals(self, talk):
        return [Told(event['event'], event['reason'],
                     NAMES.get(event.get('interface', {}).get('uuid')), event.get('opnum'),
                     event['action'])
                for event in self.of(talk, *REFUSALS)]

    def clean(self, *talks):
        """Nothing was refused: without the trick everything passes."""
        for talk in talks:
            assert self.refusals(talk) == [], talk.client

    def all_cut(self, talks, reason):
        """Plays; each of these was reset for this reason, and nothing else was told."""
        self.play()
        for what, talk in talks.items():
            assert self.refusals(talk) == cut_for(reason), what

    def pinholes(self, talk):
        """Ports that were opened by a conversation with the mapper."""
        return [(event['server_port'], event['outer_port'])
                for event in self.of(talk, 'pinhole-opened')]

    def dialled(self):
        return [segment for segment in self.left.segments
                if segment.flags & (SYN | ACK) == SYN and segment.destination != SERVER]

    def knocked(self, door, server=SERVER):
        """'in': its SYN left to the server; 'reset' or 'silence' for the client."""
        client, source = door
        segments_of = [segment for segment in self.left.segments
                       if source in (segment.source_port, segment.destination_port)
                       and client in (segment.source, segment.destination)]
        if any(segment.destination == server and segment.has(SYN) for segment in segments_of):
            return 'in'
        return 'reset' if any(segment.flags & RST for segment in segments_of) else 'silence'
