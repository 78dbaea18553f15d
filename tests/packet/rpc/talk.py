# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""One client's connection, written down with what must come of it at both ends."""

from evasion import segments
from evasion.segments import ACK, FIN, PSH, SYN, Segment

SEGMENT = 1400
WINDOW, FIRST_WINDOW = 2000, 65535  # times 128, but in a SYN
CLIENT_ISN, SERVER_ISN = 0xfffffe00, 0x70000000  # the client's numbers wrap around


class Talk:
    """what arrives: of the client's bytes at the server. what is heard: of the server's."""

    def __init__(self, tape, server, client, client_port, published, server_address, outer_port):
        self.tape, self.server = tape, server
        self.client, self.client_port = client, client_port
        self.published, self.outer_port = published, outer_port
        self.address = server_address
        self.said = self.answered = 0
        self.arrives = self.heard = b''
        self.open_end = b''    # of what was cut some may have arrived, but never all
        self.is_cut = False
        self._hello()

    # -- frames

    def _add(self, source, destination, ports, numbers, flags, payload, options):
        window = FIRST_WINDOW if flags & SYN else WINDOW
        self.tape.add(segments.packet(Segment(source, destination, *ports, *numbers, flags, payload,
                                              options, window=window)))

    def _from_client(self, at, payload=b'', flags=ACK, options=b''):
        numbers = (CLIENT_ISN + at, SERVER_ISN + 1 + self.answered if flags & ACK else 0)
        self._add(self.client, self.published, (self.client_port, self.outer_port), numbers, flags,
                  payload, options)

    def _from_server(self, at, payload=b'', flags=ACK, options=b''):
        numbers = (SERVER_ISN + at, CLIENT_ISN + 1 + self.said)
        self._add(self.address, self.client, (self.server.port, self.client_port), numbers, flags,
                  payload, options)

    def _hello(self):
        options = segments.mss(1460) + segments.SACK_PERMITTED + segments.scale(7)
        self._from_client(0, flags=SYN, options=options)
        self._from_server(0, flags=SYN | ACK, options=options)
        self._from_client(1)

    def send(self, data, size=SEGMENT):
        """Of the client, and nobody answers yet."""
        for at in range(0, len(data), size):
            self._from_client(1 + self.said + at, data[at:at + size], PSH | ACK)
        self.said += len(data)

    def send_back(self, data, size=SEGMENT):
        for at in range(0, len(data), size):
            self._from_server(1 + self.answered + at, data[at:at + size], PSH | ACK)
        self.answered += len(data)

    # -- what is said

    def say(self, *parts, becomes=None, answer=None, hears=None, size=SEGMENT):
        """Arrives unchanged, or as told; so does the answer, which is the server's unless given."""
        said = b''.join(parts)
        arrives = said if becomes is None else becomes
        assert len(arrives) == len(said)
        self.send(said, size)
        self.arrives += arrives
        made = self.server.feed(arrives)
        return self.reply(made if answer is None else answer, hears)

    def reply(self, answer=b'', hears=None):
        """The server acknowledges everything, and says this."""
        self._from_server(1 + self.answered)
        self.send_back(answer)
        self.heard += answer if hears is None else hears
        self._from_client(1 + self.said)
        return answer

    def breaks(self, *parts, size=SEGMENT):
        """The client says this, and both sides are reset before the last of it arrives."""
        said = b''.join(parts)
        self.send(said, size)
        self.open_end, self.is_cut = said, True

    def breaks_back(self, *parts):
        """The server says this, and both sides are reset before any of it arrives."""
        self.send_back(b''.join(parts))
        self.is_cut = True

    def stalls(self):
        """Nothing was said, and both sides are reset."""
        self.is_cut = True

    def close(self):
        self._from_client(1 + self.said, flags=FIN | ACK)
        self.said += 1
        self._from_server(1 + self.answered, flags=FIN | ACK)
        self.answered += 1
        self._from_client(1 + self.said)

    # -- what came of it

    def complaints(self, to_server, to_client):
        """The streams of the reader towards each side: what is not as it was written down."""
        streams = {'arrived': (to_server, self.arrives, self.open_end),
                   'was heard': (to_client, self.heard, b'')}
        found = []
        for verb, (stream, expected, open_end) in streams.items():
            text = stream.first_wins() if stream else b''
            if stream and text != stream.last_wins():
                found.append(f'bytes with two values {verb}: {sorted(stream.disputed())[:8]}')
            rest = text[len(expected):]
            if text[:len(expected)] != expected or not open_end.startswith(rest):
                found.append(f'{self._difference(text, expected)} {verb}')
            elif open_end and rest == open_end:
                found.append(f'all of what was to be cut {verb}')
            if bool(stream and stream.resets) != self.is_cut:
                found.append(f'{"no " if self.is_cut else "a "}reset {verb}')
        return [f'{self.client}: {text}' for text in found]

    @staticmethod
    def _difference(text, expected):
        at = next((place for place, pair in enumerate(zip(text, expected)) if pair[0] != pair[1]),
                  min(len(text), len(expected)))
        return (f'{len(text)} bytes for {len(expected)}, differing at {at}: '
                f'{text[at:at + 24].hex()} for {expected[at:at + 24].hex()}')
