# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The catalogue of evasions above TCP, row by row, and which tests try each.

T1 to T11 are those of tests/evasion. A1 to A17 say more than the rows, and go before them. A
refusal is an edit that the server refuses (A16), or a reset.
"""
import pathlib
import re

import pytest

ROWS = {
    'R1': 'lengths below what the type has, or a token before the body ends: reset',
    'R2': 'requests and answers longer than is agreed: reset; binds up to 65,535 bytes pass',
    'R3': 'what is no RPC 5.0: reset',
    'R4': 'a first PDU that is no bind, a second bind, types that may not come: reset',
    'R5': 'odd data representations, and an order that changes: reset; both orders pass',
    'R6': 'no or too many elements or syntaxes, bytes that belong to nothing: reset',
    'R7': 'decoys: each element is judged, and only the forbidden ones are poisoned',
    'R8': 'alter_context, later or after a login: judged as a bind is',
    'R9': 'a context id with another meaning: reset',
    'R10': 'a context that was not accepted: refused; again and again: reset',
    'R11': 'trailers that lie: reset; the reserved octet is ignored',
    'R12': 'less protection than before: judged request by request',
    'R13': 'protection that is claimed only: the server refuses it',
    'R14': 'fragments that differ, come out of turn, are empty or never end: reset',
    'R15': 'allocation hints: ignored',
    'R16': 'contexts, security contexts and calls without end: bounded',
    'R17': 'call ids used again, answers without a call: reset, and nothing is opened',
    'R18': 'an object UUID that shifts the stub: read as the flag says; not to the mapper',
    'E1': 'questions for what is forbidden, towers of another shape, bytes behind: refused',
    'E2': 'versions: the exact major one; minor ones as the rule says',
    'E3': 'transfer syntaxes other than NDR and NDR64: refused',
    'E4': 'too many towers: at most 8; handles pass',
    'E5': 'towers that lead elsewhere: overwritten, or not registered; nothing is opened',
    'E6': 'a server that opens ports for itself: only by an answer, and bounded',
    'E7': "others' pinholes: silence",
    'E8': 'several hosts behind one address: judged one by one, and a short life',
    'E9': 'a pinhole used for something else: reset, or refused at the bind',
    'E10': 'lists of what there is: refused',
    'E11': 'slow clients of the mapper: reset; connections of a client: bounded',
    'U1': 'datagrams larger, elsewhere, from elsewhere or too many: dropped',
    'U2': 'registrations that aim at others or at low ports: refused where they can be read',
    'S1': 'requests of the server: reset, unless the rule needs them',
    'H1': 'RPC over HTTP: reset, and its ports are shut',
    'A1': 'an anonymous token: poisoned where protection is demanded',
    'A2': 'a refused call is poisoned in every fragment, at every level',
    'A3': 'nothing leaves at or behind the trailer before it is judged',
    'A4': 'bare requests count as connect until a request shows a trailer',
    'A5': 'what was negotiated relaxes nothing; bare alter_contexts pass',
    'A6': 'what comes between fragments changes nothing',
    'A7': 'an association group of another client: overwritten',
    'A8': '"not registered" in the same length',
    'A9': 'context ids keep their meaning; calls without answer are not outstanding',
    'A10': 'questions before their context is answered are read in both syntaxes',
    'A11': 'what a rule reads is read whole and pinned; all else passes as it comes',
    'A12': 'elements are judged however long the token is',
    'A13': 'sealed registrations where the rule accepts them; low ports fix nothing',
    'A14': 'floors are of interface and operation, never of a port',
    'A15': 'the life of a pinhole, and of the memory of it',
    'A16': 'the gateway edits and does not answer',
    'A17': 'classes are judged where they can be read; sealed ones need a yes',
}
HERE = pathlib.Path(__file__).resolve()
TESTS = [found for path in sorted(HERE.parent.glob('test_catalogue_*.py')) if path != HERE
         for found in re.findall(r'^def (test_\w+)', path.read_text(), re.M)]


def row_of(test):
    return test.split('_')[1]


TABLE = {row: [test for test in TESTS if row_of(test) == row] for row in ROWS}


@pytest.mark.parametrize('row', ROWS)
def test_every_row_of_the_catalogue_is_tried(row):
    assert TABLE[row], ROWS[row]


def test_every_test_belongs_to_a_row():
    assert [test for test in TESTS if row_of(test) not in ROWS] == []
    assert len(TESTS) == len(set(TESTS))


if __name__ == '__main__':  # the table, for people
    for name, meaning in ROWS.items():
        print(f'{name:4}{meaning}', *TABLE[name], sep='\n      ')
