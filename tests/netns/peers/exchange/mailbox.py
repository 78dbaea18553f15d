# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Mailboxes, the sessions that have one open, and how they hear of new mail."""

import heapq
import itertools
import socket
import threading
import time

PARKED_NOTHING, PARKED_MAIL = 0, 1


class Mailbox:
    def __init__(self, user):
        self.user = user
        self.mails = 0
        self.sessions = []


class Registration:
    """A datagram with these bytes is sent there for each mail that comes."""

    def __init__(self, number, session, address, port, payload):
        self.number = number
        self.session = session
        self.address = address
        self.port = port
        self.payload = payload
        self.sent = 0

    def row(self):
        return {'number': self.number, 'user': self.session.user, 'address': self.address,
                'port': self.port, 'payload': self.payload.hex(), 'sent': self.sent}


class Session:
    """What a context handle of EMSMDB stands for. Groups of connections share it."""

    def __init__(self, post, mailbox, peer, level):
        self.post = post
        self.mailbox = mailbox
        self.user = mailbox.user
        self.peer = peer
        self.level = level
        self.new = 0            # mails not told of yet
        self.registrations = {}
        self.waiting = []       # parked calls

    def fetch(self):
        """How many mails came since this was asked last."""
        with self.post.lock:
            new, self.new = self.new, 0
        return new

    def run_down(self):
        """The client is gone, or said good-bye."""
        with self.post.lock:
            if self in self.mailbox.sessions:
                self.mailbox.sessions.remove(self)
            self.registrations.clear()
            waiting, self.waiting = self.waiting, []
        for parked in waiting:
            parked.answer(PARKED_NOTHING)

    def row(self):
        return {'user': self.user, 'peer': f'{self.peer[0]}', 'peer_port': self.peer[1],
                'level': self.level, 'new': self.new, 'registrations': len(self.registrations),
                'parked': len(self.waiting)}


class Parked:
    """A call that is answered when mail comes or its time is over, once."""

    def __init__(self, session, call, finish):
        self.session = session
        self.call = call
        self.finish = finish
        self.over = False
        call.cancel = self.forget
        call.connection.parked[call.id] = call

    def forget(self):
        with self.session.post.lock:
            self.over = True
            if self in self.session.waiting:
                self.session.waiting.remove(self)

    def answer(self, flags):
        with self.session.post.lock:
            if self.over:
                return
            self.over = True
            if self in self.session.waiting:
                self.session.waiting.remove(self)
        self.finish(self.call, flags)


class Post:
    """All mailboxes, and the clock of parked calls."""

    def __init__(self, users, listen, park):
        self.lock = threading.RLock()
        self.mailboxes = {user: Mailbox(user) for user in users}
        self.listen = listen
        self.park_seconds = park
        self.numbers = itertools.count(1)
        self.order = itertools.count()
        self.due = []
        self.wake = threading.Condition(self.lock)
        self.datagrams = 0
        threading.Thread(target=self._clock, daemon=True).start()

    def open(self, user, peer, level):
        with self.lock:
            mailbox = self.mailboxes.setdefault(user, Mailbox(user))
            session = Session(self, mailbox, peer, level)
            mailbox.sessions.append(session)
            return session

    def sessions(self):
        with self.lock:
            return [session for mailbox in self.mailboxes.values() for session in mailbox.sessions]

    def registrations(self):
        with self.lock:
            return [one for session in self.sessions() for one in session.registrations.values()]

    def register(self, session, address, port, payload):
        with self.lock:
            registration = Registration(next(self.numbers), session, address, port, payload)
            session.registrations[registration.number] = registration
            return registration.number

    def deliver(self, user):
        """A mail comes; tells how many datagrams went out."""
        with self.lock:
            mailbox = self.mailboxes.setdefault(user, Mailbox(user))
            mailbox.mails += 1
            waiting, registrations = [], []
            for session in mailbox.sessions:
                session.new += 1
                waiting += session.waiting
                registrations += session.registrations.values()
        sent = sum(self._notify(registration) for registration in registrations)
        for parked in waiting:
            parked.answer(PARKED_MAIL)
        return sent

    def _notify(self, registration):
        try:
            self.datagram(registration.address, registration.port, registration.payload)
        except OSError:
            return False  # whoever registered that cannot be reached
        registration.sent += 1
        return True

    def datagram(self, address, port, payload, source_port=0):
        """From an ephemeral port, another each time, as Exchange does; tells which."""
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            same_family = (':' in self.listen) == (':' in address)
            sender.bind((self.listen if same_family else '', source_port))
            source = sender.getsockname()[1]
            sender.sendto(payload, (address, port))
        with self.lock:
            self.datagrams += 1
        return source

    def park(self, session, call, finish):
        """Holds the call until mail comes; at once where there is some."""
        parked = Parked(session, call, finish)
        with self.wake:
            if session.new == 0:
                session.waiting.append(parked)
                due = time.monotonic() + self.park_seconds
                heapq.heappush(self.due, (due, next(self.order), parked))
                self.wake.notify()
                return
        parked.answer(PARKED_MAIL)

    def _clock(self):
        while True:
            with self.wake:
                now = time.monotonic()
                if not self.due or self.due[0][0] > now:
                    self.wake.wait(self.due[0][0] - now if self.due else None)
                    continue
                _, _, parked = heapq.heappop(self.due)
            parked.answer(PARKED_NOTHING)
