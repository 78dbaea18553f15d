// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the tests of fragments have in common: a world that takes UDP and TCP of both families, and
// packets of each of them.
#pragma once

#include <random>

#include "fragment_builder.hpp"
#include "world.hpp"

namespace rpcgate::tests {

inline WorldOptions world_for_fragments(const std::string& limits = "") {
  WorldOptions options;
  const std::string tcp = R"(services = [{protocol = "tcp", port = 88}])";
  options.config.replace(options.config.find(tcp), tcp.size(),
                         R"(services = [{protocol = "tcp", port = 88}, )"
                         R"({protocol = "udp", port = 88}])");
  if (!limits.empty()) options.config = "[limits]\n" + limits + options.config;
  return options;
}

struct Flavour {
  bool v6 = false;
  bool tcp = false;

  PacketBuilder start() const {
    return v6 ? eth().ipv6(client6, server6) : eth().ipv4(client, published);
  }
  PacketBuilder answer() const {
    return v6 ? eth().ipv6(server6, client6) : eth().ipv4(server, client);
  }
  void establish(World& w) const {
    if (!tcp) return;
    w.send(outer, start().tcp(1024, 88).seq(1000).syn());
    w.send(inner, answer().tcp(88, 1024).seq(5000).ack(1001).flags(0x12));
    w.send(outer, start().tcp(1024, 88).seq(1001).ack(5001));
  }
  FrameBytes packet(const std::string& text) const {
    PacketBuilder p = start();
    if (tcp)
      p.tcp(1024, 88).seq(1001).ack(5001);
    else
      p.udp(1024, 88);
    return p.payload(text).bytes();
  }
};

inline std::vector<SeenPacket> send_all(World& w, const std::vector<FrameBytes>& frames) {
  std::vector<SeenPacket> out;
  for (const FrameBytes& frame : frames)
    for (SeenPacket& packet : w.send(outer, frame)) out.push_back(std::move(packet));
  return out;
}

inline std::string text_of(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

// Lengths of fragments of `body` bytes but for the last: at most `eights` times eight bytes each.
inline std::vector<std::size_t> random_lengths(std::size_t body, unsigned eights,
                                               std::mt19937& random) {
  std::vector<std::size_t> lengths{40 + random() % 3 * 8};
  std::size_t at = lengths[0];
  while (lengths.size() < 40) {
    const std::size_t length = 8 * (1 + random() % eights);
    if (at + length >= body) break;
    lengths.push_back(length);
    at += length;
  }
  return lengths;
}

}  // namespace rpcgate::tests
