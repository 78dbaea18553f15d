// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Two clients and a server hold conversations through the whole pipeline, and a byte string says
// how: which PDUs, cut where, in which order, repeated with which content, at what times. Read as
// steps of one octet, the number of a step (low four bits) and a connection (the others), and what
// belongs to the step; conversation_play.cpp describes them, tests/fuzz/conversation_seeds.py
// writes them. What leaves is watched by an observer; in the end everything must have come back.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "conversation_observer.hpp"
#include "conversation_pdus.hpp"
#include "world.hpp"

namespace rpcgate::tests {

class ConversationPlay {
 public:
  struct Options {
    bool fast_path = true;
    bool fragments = true;  // else what would come in them comes whole
  };
  ConversationPlay() : ConversationPlay(Options{}) {}
  explicit ConversationPlay(Options options);

  struct Outcome {
    std::string fault;  // empty: all well
    ConversationObserver::Counts counts;
    // One number a look at the wire: what left, in which order within each connection.
    std::vector<std::uint64_t> left;
  };
  Outcome play(Bytes script);
  World& world() { return world_; }

 private:
  // Sides are numbered as ways: 0 the client, 1 the server.
  struct End {
    test::Octets said;
    std::size_t sent = 0;     // of them
    std::uint32_t first = 0;  // number of the first byte
    std::uint16_t window = 64240;
    bool fin_arrived = false;
  };
  struct Connection {
    std::string client;
    LineKey key;
    std::array<End, 2> ends;
    Manner manner;
    FrameBytes options;  // of SYNs
    std::uint32_t calls = 0, answers = 0;
  };
  static constexpr std::size_t most_connections = 12, longest_stream = 1u << 16;

  std::uint8_t next() {
    if (script_.empty()) return 0;
    const std::byte b = script_.front();
    script_ = script_.subspan(1);
    return std::to_integer<std::uint8_t>(b);
  }

  void begin(Bytes script);
  std::string end();
  void step();
  void open(std::size_t known);
  void shake_hands(std::size_t index);
  void say(Connection& c, std::size_t side);
  void say_raw(Connection& c);
  void send(std::size_t index);
  void send_flags(std::size_t index);
  void acknowledge(std::size_t index);
  void pump(std::size_t index, bool both);
  void make_noise(std::size_t index);
  void give_command(const wire::IpAddress& of);
  void reload();

  std::uint16_t port_for(std::uint8_t how, const wire::IpAddress& client);
  void append(Connection& c, std::size_t side, const test::Octets& bytes);
  PacketBuilder packet(std::size_t index, std::size_t side, std::size_t at);
  std::uint32_t seen_by(const Connection& c, std::size_t side);
  void segment(std::size_t index, std::size_t side, std::size_t at, test::Octets bytes);
  std::size_t say_next(std::size_t index, std::size_t side, std::size_t most);
  void carry(std::size_t port, const FrameBytes& frame);
  void put(std::size_t side, const FrameBytes& frame);
  void run();
  void watch(const std::vector<SeenPacket>& out);
  void note_left(const std::vector<SeenPacket>& out);

  const Options options_;
  World world_;
  const Instant start_ = world_.now;
  Bytes script_;
  ConversationObserver observer_;
  std::vector<Connection> connections_;
  FrameBytes last_;  // frame that left
  std::vector<std::uint64_t> left_;
  unsigned waiting_ = 0, plays_ = 0;
  enum class Carriage : std::uint8_t { whole, fragments, fragments_reversed, chain };
  Carriage carriage_ = Carriage::whole;  // of the packets of a step
  std::size_t cut_ = 0;                  // the first piece
  unsigned datagrams_ = 0;
  bool held_ = false, second_rules_ = false;
};

}  // namespace rpcgate::tests
