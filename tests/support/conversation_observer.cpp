// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "conversation_observer.hpp"

#include <algorithm>
#include <tuple>

#include "world.hpp"

namespace rpcgate::tests {
namespace {

using test::Octets;
using Uuid = std::array<std::uint8_t, 16>;

constexpr std::uint8_t syn = 0x02, ack = 0x10, first_and_last = 3;
constexpr std::uint16_t no_operation = 0xffff, denied_of_samr = 37, ept_map = 3;
constexpr std::size_t header = 16, call_header = 24;

Uuid uuid_of(const test::Interface& interface, bool big = false) {
  const Octets octets =
      test::uuid_bytes(interface.uuid, big ? test::ByteOrder::big : test::ByteOrder::little);
  Uuid out{};
  std::transform(octets.begin(), octets.end(), out.begin(),
                 [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
  return out;
}
std::uint16_t u16(const LeftStream& s, std::size_t at, bool big) {
  return static_cast<std::uint16_t>(big ? s.at(at) << 8 | s.at(at + 1)
                                        : s.at(at + 1) << 8 | s.at(at));
}
template <class Pattern>
bool is_at(const LeftStream& s, std::size_t at, const Pattern& pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if (s.at(at + i) != pattern[i]) return false;
  return true;
}
bool same(const test::Interface& a, const test::Interface& b) {
  return a.uuid == b.uuid;
}

}  // namespace

bool ConversationObserver::Said::may_be(std::uint8_t value) const {
  return std::find(values.begin(), values.end(), value) != values.end();
}

void ConversationObserver::fail(const std::string& what) {
  if (fault_.empty()) fault_ = what;
}

void ConversationObserver::answered(std::size_t connection, const wire::IpAddress& client_address,
                                    std::size_t at, Bytes bytes) {
  Answers& answers = answers_[connection];
  answers.client = client_address;
  if (answers.bytes.size() < at + bytes.size()) answers.bytes.resize(at + bytes.size());
  for (const std::byte b : bytes) {
    Said& said = answers.bytes[at++];
    const auto value = std::to_integer<std::uint8_t>(b);
    if (!said.may_be(value)) said.values.push_back(value);
  }
}

void ConversationObserver::left(const SeenPacket& packet) {
  if (!packet.ip_checksum_right || !packet.l4_checksum_right)
    fail("a wrong checksum left: " + packet.to_string());
  if (packet.protocol != 6) return;
  const Way way = packet.source == ip(published) ? Way::to_client : Way::to_server;
  const LineKey key =
      way == Way::to_server
          ? LineKey{packet.source, packet.source_port, packet.destination_port}
          : LineKey{packet.destination, packet.destination_port, packet.source_port};
  if ((packet.flags & syn) != 0) return syn_left(key, packet);
  if (packet.payload.empty()) return;
  Line& line = lines_[key];
  LeftStream& bytes = line.way(way).bytes;
  if (!bytes.begun()) return fail("bytes left outside a connection: " + packet.to_string());
  bytes.take(packet.seq, packet.payload);
  walk(key, line, way);
  if (bytes.contradicts())
    fail("what a rule reads left with another content: " + packet.to_string());
}

void ConversationObserver::syn_left(const LineKey& key, const SeenPacket& packet) {
  if (!packet.payload.empty()) fail("a SYN left with bytes: " + packet.to_string());
  if ((packet.flags & ack) != 0) {
    if (!packet.source.is_v4() || packet.source != ip(published))
      fail("a SYN with ACK left towards the server: " + packet.to_string());
    lines_[key].way(Way::to_client) = {};
    lines_[key].way(Way::to_client).bytes.begin(packet.seq + 1);
    return;
  }
  if (packet.destination != ip(server)) fail("a SYN left for elsewhere: " + packet.to_string());
  if (key.server_port != mapper) {
    if (!may_open(key)) fail("no answer opened this port: " + packet.to_string());
    ++counts_.openings;
  }
  // The other way begins anew with the answer, which may be seen first: ports are read in turn.
  Line& line = lines_[key];
  line.contexts.clear();
  line.way(Way::to_server) = {};
  line.way(Way::to_server).bytes.begin(packet.seq + 1);
}

bool ConversationObserver::may_open(const LineKey& key) const {
  for (const auto& [connection, answers] : answers_) {
    if (answers.client != key.client) continue;
    for (const test::Interface& interface : granted_)
      if (names(answers, interface, key.server_port)) return true;
  }
  return false;
}

// An answer in fragments has headers amid its towers: there the octets need only come in order.
bool ConversationObserver::in_fragments(const Answers& answers) {
  const std::vector<Said>& b = answers.bytes;
  for (std::size_t at = 0; at + 4 <= b.size(); ++at) {
    if (!b[at].may_be(5) || !b[at + 2].may_be(test::pdu_response)) continue;
    const auto& flags = b[at + 3].values;
    if (std::any_of(flags.begin(), flags.end(),
                    [](unsigned f) { return (f & first_and_last) != first_and_last; }))
      return true;
  }
  return false;
}

bool ConversationObserver::names(const Answers& answers, const test::Interface& interface,
                                 std::uint16_t port) {
  constexpr std::size_t from_uuid_to_port = 59;  // in a tower of TCP (C706 appendix L)
  const Uuid uuid = uuid_of(interface);
  const auto high = static_cast<std::uint8_t>(port >> 8), low = static_cast<std::uint8_t>(port);
  const std::vector<Said>& b = answers.bytes;
  const auto is = [&b](std::size_t at, std::uint8_t value) { return b[at].may_be(value); };
  for (std::size_t at = 0; at + from_uuid_to_port + 2 <= b.size(); ++at) {
    std::size_t i = 0;
    while (i < uuid.size() && is(at + i, uuid[i])) ++i;
    if (i == uuid.size() && is(at + from_uuid_to_port, high) && is(at + from_uuid_to_port + 1, low))
      return true;
  }
  if (!in_fragments(answers)) return false;
  Octets wanted;
  for (const std::uint8_t octet : uuid) wanted.push_back(std::byte{octet});
  wanted.push_back(std::byte{high});
  wanted.push_back(std::byte{low});
  std::size_t found = 0;
  for (std::size_t at = 0; at < b.size() && found < wanted.size(); ++at)
    if (is(at, std::to_integer<std::uint8_t>(wanted[found]))) ++found;
  return found == wanted.size();
}

void ConversationObserver::walk(const LineKey& key, Line& line, Way way) {
  Stream& stream = line.way(way);
  LeftStream& s = stream.bytes;
  while (s.has(stream.at, stream.at + header)) {
    s.read(stream.at, stream.at + header);
    Pdu pdu;
    pdu.at = stream.at;
    pdu.type = s.at(pdu.at + 2);
    pdu.flags = s.at(pdu.at + 3);
    pdu.big = (s.at(pdu.at + 4) >> 4) == 0;
    pdu.size = u16(s, pdu.at + 8, pdu.big);
    pdu.auth = u16(s, pdu.at + 10, pdu.big);
    if (s.at(pdu.at) != 5 || pdu.size < header) return fail("what left is no RPC");
    if (!look(key, line, way, pdu)) return;
    stream.at += pdu.size;
  }
}

// Marks what rules read of it, and judges it when that has left.
bool ConversationObserver::look(const LineKey& key, Line& line, Way way, const Pdu& pdu) {
  LeftStream& s = line.way(way).bytes;
  const bool has_elements = pdu.type == test::pdu_bind || pdu.type == test::pdu_alter;
  const bool all = key.server_port == mapper || has_elements || pdu.type == test::pdu_bind_ack ||
                   pdu.type == test::pdu_alter_resp || pdu.type == test::pdu_auth3;
  if (all) {
    s.read(pdu.at, pdu.at + pdu.size);
    if (!s.has(pdu.at, pdu.at + pdu.size)) return false;
  }
  if (way == Way::to_client) {
    if (key.server_port == mapper && pdu.type == test::pdu_response) look_at_answer(key, s, pdu);
    return true;
  }
  if (has_elements) look_at_bind(key, line, s, pdu);
  if (pdu.type != test::pdu_request) return true;
  if (key.server_port == mapper) return look_at_question(line, s, pdu), true;
  if (pdu.size < call_header) return fail("a request without its header left"), true;
  s.read(pdu.at, pdu.at + call_header);
  if (!s.has(pdu.at, pdu.at + call_header)) return false;
  if (pdu.auth != 0) {
    if (pdu.trailer() < pdu.at + call_header) return fail("a trailer over a header left"), true;
    s.read(pdu.trailer(), pdu.trailer() + 8);
    if (!s.has(pdu.trailer(), pdu.trailer() + 8)) return false;
  }
  look_at_request(line, s, pdu);
  return true;
}

void ConversationObserver::look_at_bind(const LineKey& key, Line& line, const LeftStream& s,
                                        const Pdu& pdu) {
  const std::size_t end = pdu.at + pdu.size;
  if (pdu.size < 28) return fail("a bind without elements left");
  std::size_t at = pdu.at + 28;
  for (unsigned i = 0; i < s.at(pdu.at + 24) && at + 24 <= end; ++i) {
    const auto known = [&](const test::Interface& one) {
      return is_at(s, at + 4, uuid_of(one, pdu.big));
    };
    if (known(test::winreg)) fail("a bind to winreg left");
    test::Interface& context = line.contexts[u16(s, at, pdu.big)];
    context = {};
    for (const test::Interface& one : {test::samr, test::lsarpc, test::epmapper})
      if (known(one)) context = one;
    at += 24u + 20u * s.at(at + 2);
  }
  if (key.server_port != mapper) ++counts_.binds;
}

void ConversationObserver::look_at_request(Line& line, const LeftStream& s, const Pdu& pdu) {
  const std::uint16_t opnum = u16(s, pdu.at + 22, pdu.big);
  if (opnum == no_operation) return;
  ++counts_.requests;
  const auto context = line.contexts.find(u16(s, pdu.at + 20, pdu.big));
  if (context == line.contexts.end()) return fail("a request of no context left");
  if (same(context->second, test::samr) && opnum == denied_of_samr) fail("a denied request left");
  if (!same(context->second, test::lsarpc)) return;
  if (pdu.auth == 0 || s.at(pdu.trailer() + 1) < 6) return fail("a request left bare");
  ++counts_.sealed;
}

void ConversationObserver::look_at_question(Line& line, const LeftStream& s, const Pdu& pdu) {
  if (pdu.size < call_header) return fail("a request without its header left");
  const std::uint16_t opnum = u16(s, pdu.at + 22, pdu.big);
  if (!same(line.contexts[u16(s, pdu.at + 20, pdu.big)], test::epmapper) || opnum != ept_map)
    return;
  static const Uuid forbidden = uuid_of(test::winreg);
  constexpr std::array<std::uint8_t, 3> floor{19, 0, 0x0d};
  for (std::size_t at = pdu.at + header; at + floor.size() + 16 <= pdu.at + pdu.size; ++at)
    if (is_at(s, at, floor) && is_at(s, at + floor.size(), forbidden))
      fail("the mapper was asked for winreg");
}

void ConversationObserver::look_at_answer(const LineKey& key, const LeftStream& s, const Pdu& pdu) {
  constexpr std::array<std::uint8_t, 5> floor{1, 0, 7, 2, 0};
  for (std::size_t at = pdu.at + header; at + floor.size() + 2 <= pdu.at + pdu.size; ++at) {
    if (!is_at(s, at, floor)) continue;
    const std::uint16_t port = u16(s, at + floor.size(), true);
    if (port == 0) continue;
    ports_[key.client].push_back(port);
    ++counts_.answers;
  }
}

std::uint32_t ConversationObserver::next(const LineKey& line, Way way) const {
  const auto found = lines_.find(line);
  return found == lines_.end() ? 0 : found->second.ways[static_cast<std::size_t>(way)].bytes.next();
}

bool ConversationObserver::begun(const LineKey& line, Way way) const {
  const auto found = lines_.find(line);
  return found != lines_.end() && found->second.ways[static_cast<std::size_t>(way)].bytes.begun();
}

const std::vector<std::uint16_t>& ConversationObserver::ports_of(const wire::IpAddress& who) {
  return ports_[who];
}

}  // namespace rpcgate::tests
