// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The packets that the benchmarks send: a bulk RPC transfer, and conversations with the endpoint
// mapper. The same packets go to a plain service for comparison.
#pragma once

#include "bench/bursts.hpp"

namespace rpcgate::bench {

// One connection over which sealed answers of 5,840 bytes come without end: a request, four
// segments of its answer, two acknowledgements.
class Bulk {
 public:
  // `inspected`: through a pinhole, as a data flow; else to the plain service on port 88.
  Bulk(tests::World& world, Bursts& bursts, bool inspected);
  static constexpr std::size_t packets = 7;
  // One call. `swapped`: two segments of the answer come in the wrong order.
  void call(bool swapped);

 private:
  void bind();
  void from_client(const test::Octets& payload);
  void from_server(const test::Octets& pdu, std::size_t at, std::size_t size);

  tests::World& world_;
  Bursts& bursts_;
  std::uint16_t outer_port_ = 88, server_port_ = 88;
  std::uint32_t client_seq_ = 1001, server_seq_ = 5001, call_ = 2;
  test::Octets request_, answer_;
};

// Thirty-two clients' ports at a time, each step of theirs one burst: SYN, answer, ACK, bind and
// its answer, map and its answer, both FINs and their acknowledgements.
class Mapper {
 public:
  Mapper(Bursts& bursts, bool inspected);
  static constexpr std::size_t packets = 11;
  void round();

 private:
  Bursts& bursts_;
  std::uint16_t port_;
  std::uint16_t next_client_ = 2000;
  test::Octets bind_, bound_, question_, answer_;
};

}  // namespace rpcgate::bench
