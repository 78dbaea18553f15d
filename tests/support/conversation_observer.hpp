// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Watches what leaves the gateway in a conversation, with a reading of TCP and RPC of its own:
//   - of what a rule reads no byte leaves with two contents, in either direction;
//   - no bind to winreg and no request for samr's operation 37 leaves, and none of lsarpc that is
//     not sealed; the mapper is not asked for winreg;
//   - a SYN to any port but the mapper's leaves only when an answer of the mapper to this client
//     named that port, for an interface that is granted;
//   - checksums are right and no byte leaves outside a connection.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "left_stream.hpp"
#include "packet_builder.hpp"
#include "rpc_builder.hpp"

namespace rpcgate::tests {

enum class Way : std::uint8_t { to_server, to_client };

struct LineKey {
  wire::IpAddress client;
  std::uint16_t client_port = 0;
  std::uint16_t server_port = 0;
  auto operator<=>(const LineKey&) const = default;
};

class ConversationObserver {
 public:
  static constexpr std::uint16_t mapper = 135;

  // Of this one what is granted is told anew when rules change.
  void grant(std::vector<test::Interface> interfaces) { granted_ = std::move(interfaces); }
  // The server was made to send this to a client from the mapper's port. A connection has a number
  // of its own, and its stream begins at 0; one byte may be sent with several contents.
  void answered(std::size_t connection, const wire::IpAddress& client, std::size_t at, Bytes bytes);
  void left(const SeenPacket& packet);

  // The number after the last byte that arrived without a gap.
  std::uint32_t next(const LineKey& line, Way way) const;
  bool begun(const LineKey& line, Way way) const;
  // Ports that the mapper's answers named to this client, as it reads them.
  const std::vector<std::uint16_t>& ports_of(const wire::IpAddress& client);

  const std::string& fault() const { return fault_; }
  struct Counts {
    unsigned binds = 0, requests = 0, sealed = 0, answers = 0, openings = 0;  // beyond the mapper
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Stream {
    LeftStream bytes;
    std::size_t at = 0;  // of the PDU that is read next
  };
  struct Line {
    std::array<Stream, 2> ways;
    std::map<std::uint16_t, test::Interface> contexts;
    Stream& way(Way w) { return ways[static_cast<std::size_t>(w)]; }
  };
  struct Pdu {
    std::size_t at = 0, size = 0;
    std::uint8_t type = 0, flags = 0;
    std::uint16_t auth = 0;
    bool big = false;
    std::size_t trailer() const { return at + size - auth - 8; }
  };
  // All contents that a byte was sent with.
  struct Said {
    std::vector<std::uint8_t> values;
    bool may_be(std::uint8_t value) const;
  };
  struct Answers {
    wire::IpAddress client;
    std::vector<Said> bytes;
  };

  void fail(const std::string& what);
  void syn_left(const LineKey& key, const SeenPacket& packet);
  bool may_open(const LineKey& key) const;
  static bool names(const Answers& answers, const test::Interface& interface, std::uint16_t port);
  static bool in_fragments(const Answers& answers);
  void walk(const LineKey& key, Line& line, Way way);
  bool look(const LineKey& key, Line& line, Way way, const Pdu& pdu);  // false: more is needed
  void look_at_bind(const LineKey& key, Line& line, const LeftStream& s, const Pdu& pdu);
  void look_at_request(Line& line, const LeftStream& s, const Pdu& pdu);
  void look_at_question(Line& line, const LeftStream& s, const Pdu& pdu);
  void look_at_answer(const LineKey& key, const LeftStream& s, const Pdu& pdu);

  std::vector<test::Interface> granted_;
  std::map<LineKey, Line> lines_;
  std::map<std::size_t, Answers> answers_;
  std::map<wire::IpAddress, std::vector<std::uint16_t>> ports_;
  Counts counts_;
  std::string fault_;
};

}  // namespace rpcgate::tests
