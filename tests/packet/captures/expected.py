# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What a policy must make of a pair's conversations, from the independent reader's findings."""

from .findings import POISONED, Findings
from .oracle import (ACTIVATIONS, ACTIVATOR, EPMAPPER, EPT_LOOKUP, EXPORTER, MAPPER_PORT,
                     RESOLUTIONS)


class Expectation:
    def __init__(self, oracle, policy, pair):
        self.oracle, self.policy, self.pair = oracle, policy, pair
        self.static = oracle.static_ports(pair)
        self.conversations = list(oracle.conversations(pair))
        self.open = []  # pinholes of this pair that the policy lets open
        self.findings = Findings()

    def leads_somewhere(self, pinhole):
        """A pinhole opens for what may be had, told in an answer to a call that was let through."""
        if (pinhole.client, pinhole.asked) != self.pair or pinhole.port in self.static:
            return False
        if not self.policy.grants(pinhole.interface, MAPPER_PORT):
            return False
        return pinhole.interface not in (ACTIVATOR, EXPORTER) or any(
            self.policy.protects(each.level) for each in self.conversations for call in each.calls
            if call.interface == pinhole.interface and (is_activation(call) or resolves(call)))

    def is_open(self, port, frame):
        return port == MAPPER_PORT or port in self.static or any(
            pinhole.port == port and pinhole.frame < frame for pinhole in self.open)

    def all(self):
        self.open = [pinhole for pinhole in self.oracle.pinholes if self.leads_somewhere(pinhole)]
        self.expect_pinholes()
        self.expect_questions()
        for conversation in self.conversations:
            if self.is_open(conversation.ports[1], conversation.frame):
                self.expect_contexts(conversation)
                for call in conversation.calls:
                    self.expect_call(conversation, call)
        return self.findings

    def expect_pinholes(self):
        for pinhole in self.open:
            self.findings.pinholes.add((pinhole.server, pinhole.port, pinhole.interface))
            self.findings.pinholes_used |= {(port, pinhole.port) for port in pinhole.used}
        tried = [(conversation.ports[1], conversation.frame)
                 for conversation in self.conversations if conversation.begun]
        tried += [(pinhole.port, frame) for pinhole in self.oracle.pinholes
                  if (pinhole.client, pinhole.asked) == self.pair for frame in pinhole.tried]
        self.findings.ports_refused = {(port, 'port-not-granted') for port, frame in tried
                                       if not self.is_open(port, frame)}

    def expect_questions(self):
        for port, interface in self.oracle.questions(self.pair, 'ept_map'):
            if self.policy.grants(interface, MAPPER_PORT):
                self.findings.mapped[port, interface] += 1
            else:
                self.findings.maps_refused[port, interface, 'interface-not-granted'] += 1
        if self.policy.lookup == 'by-interface':
            for port, interface in self.oracle.questions(self.pair, 'ept_lookup'):
                self.findings.mapped[port, interface] += 1

    def expect_contexts(self, conversation):
        port = conversation.ports[1]
        granted = {interface for interface in conversation.offered
                   if self.policy.grants(interface, port)}
        self.findings.interfaces_left |= {(conversation.ports, each) for each in granted}
        self.findings.bound |= {(conversation.ports, interface, version)
                                for interface, version in conversation.accepted
                                if interface in granted}
        self.findings.binds_refused |= {(conversation.ports, each, 'interface-not-granted')
                                        for each in conversation.offered - granted}

    def refusal(self, conversation, call):
        """Why the call is refused; None: it passes."""
        # A replay lets requests pass on contexts that it knows nothing of: some captures begin in
        # the middle. What it refused itself stays so, whatever the capture's server said.
        if call.interface is None:
            return None
        if not self.policy.grants(call.interface, conversation.ports[1]):
            return 'unknown-context'
        if call.interface == EPMAPPER:
            refused = call.opnum == EPT_LOOKUP and self.policy.lookup == 'refuse'
            return 'mapper-operation' if refused else None
        return None if self.policy.protects(conversation.level) else 'protection-too-low'

    def expect_call(self, conversation, call):
        reason = self.refusal(conversation, call)
        opnum = POISONED if reason else call.opnum
        if conversation.whole:
            self.findings.requests_left[conversation.ports, call.context, opnum] += call.count
        if reason:
            level = 'none' if reason == 'unknown-context' else conversation.level
            self.findings.requests_refused[conversation.ports, call.interface, call.opnum,
                                           level, reason] += call.count
        elif is_activation(call) and self.policy.grants(call.interface, conversation.ports[1]):
            self.findings.activated[conversation.ports, call.opnum] += call.count


def is_activation(call):
    return call.interface == ACTIVATOR and call.opnum in ACTIVATIONS


def resolves(call):
    return call.interface == EXPORTER and call.opnum in RESOLUTIONS


def expected(oracle, policy, pair):
    return Expectation(oracle, policy, pair).all()
