# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What a case is. Each is played twice: with a lie in it, and with the truth in its place.

A case is a function of a player and of the words it may lie with. It returns what must come of it.
"""

import dataclasses
import typing

from . import pdus, readings

STUB = bytes(range(60))
BIND = pdus.bind(pdus.SAMR)
CALL = pdus.request(5, STUB)
MAPPER_BIND = pdus.bind(pdus.EPMAPPER)
MAP = pdus.map_request(pdus.SAMR)
OTHER_ISN = 0x20000000
B = len(BIND)  # where a first request begins


@dataclasses.dataclass
class Words:
    evil: bool
    bind: bytes = BIND
    call: bytes = CALL
    map: bytes = MAP

    def judged(self, *parts):
        """A stream of these PDUs as it must arrive."""
        stream = b''.join(parts)
        accepted = True
        out = b''
        for _, _, data in pdus.cut(stream):
            accepted = accepted and pdus.WKSSVC not in data
            out += readings.judged(data, accepted)
        return out


TRUTH = Words(False)
LIES = Words(True, pdus.bind(pdus.WKSSVC), pdus.request(readings.DENIED, STUB),
             pdus.map_request(pdus.WKSSVC))


@dataclasses.dataclass
class Arrives:
    """The whole of the client's stream, just so."""

    stream: bytes


@dataclasses.dataclass
class Safe:
    """At least so many bytes, in any reading that the rule grants."""

    least: int = 0


class Reset:
    """Both sides were reset, and nothing that is not granted arrived."""


@dataclasses.dataclass
class Case:
    row: str  # of the catalogue
    play: typing.Callable
    tells: tuple  # of these counters, drops and reasons one rises at least: (lie, truth)
    control: str  # without a gateway the lie leaves: 'read'; the server gets it: 'served'
    mapper: bool
    live: bool  # it takes no time that cannot be made up
    half_open: int  # how many connections a client may leave half open; 0: nobody cares
    defects: dict  # known ones of the gateway, by whether there is a lie

    @property
    def name(self):
        return f'{self.row}_{self.play.__name__}'


ALL = []


def case(row, *, tells=((), ()), control='', mapper=False, live=True, half_open=0, defect='',
         defect_of_lie='', defect_of_truth=''):
    if not isinstance(tells[0], tuple):
        tells = (tells, ())

    def add(function):
        ALL.append(Case(row, function, tells, control, mapper, live, half_open,
                        {True: defect or defect_of_lie, False: defect or defect_of_truth}))
        return function
    return add


def bound(player):
    """A connection whose bind has been answered."""
    player.open()
    player.send(0, BIND)
    player.answered(BIND)


def second_connection(player):
    """The same tuple again, from the beginning to a request."""
    player.again(OTHER_ISN)
    bound(player)
    player.send(B, CALL)
    return Arrives(BIND + CALL)
