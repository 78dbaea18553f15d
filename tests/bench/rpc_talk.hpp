// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// RPC conversations through a memory box: a burst of clients at a time, each step of theirs one
// burst of packets. Only what the box does is measured, the making of frames is not.
#pragma once

#include <array>
#include <cstdint>

#include "bench/memory_box.hpp"
#include "bench/traffic.hpp"
#include "support/rpc_builder.hpp"

namespace rpcgate::bench {

struct Meter {
  std::uint64_t cycles = 0;
  std::uint64_t packets = 0;
  double per_packet() const { return static_cast<double>(cycles) / static_cast<double>(packets); }
};

// The PDUs of all conversations: a map of SAMR, a bind with NTLM at level privacy, sealed calls.
struct RpcWords {
  RpcWords();
  static constexpr std::size_t segment = 1460, fragment = 4 * segment;
  test::Octets mapper_bind, mapper_bound, question, answer;
  std::size_t told_port;  // where in `answer` the port of the tower lies
  test::Octets bind, bound, auth3, request, response;  // a small call
  test::Octets fetch, fetched;                         // one whose answer is four full segments
};

class RpcTalk {
 public:
  static constexpr unsigned clients = MemoryBox::burst;
  // Clients [first, first + clients).
  RpcTalk(MemoryBox& box, RpcWords& words, std::uint32_t first, Meter& meter);

  // The mapper's whole connection, 11 packets; after it the pinholes' ports are known.
  void map();
  void open_plain();  // the handshake with a plain service
  void open_data();   // the handshake through the pinhole, and the bind: 6 packets
  void call();        // 3 packets: request, answer, acknowledgement
  void bulk();        // 7 packets: request, four segments of its answer, two acknowledgements
  void close();       // 3 packets
  bool mapped() const;

 private:
  template <class Look>
  void say(From from, std::uint8_t flags, Bytes payload, Look&& look);
  void say(From from, std::uint8_t flags, Bytes payload = {});
  void begin(const std::array<wire::L4Port, clients>& outer_ports, wire::L4Port server_port);
  void acknowledge() { say(From::client, 0x10); }

  MemoryBox& box_;
  RpcWords& words_;
  Meter& meter_;
  Frames frames_;
  std::uint32_t first_;
  wire::L4Port client_port_ = 1024, server_port_ = 0;
  std::array<wire::L4Port, clients> outer_ports_{}, told_{};
  std::uint32_t client_seq_ = 0, server_seq_ = 0, call_ = 1;
};

}  // namespace rpcgate::bench
