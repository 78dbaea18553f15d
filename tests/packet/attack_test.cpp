// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Memory under attack: very many half-open inspected connections, and clients who send only what
// lies behind a gap that they never fill.
#include <random>

#include <gtest/gtest.h>

#include "rpc_builder.hpp"
#include "tcp/kept_bytes.hpp"
#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Drop;
using stats::Reason;
using test::Octets;

constexpr std::uint16_t mapper = 135;
constexpr std::size_t half_open = 100'000;
constexpr std::uint64_t memory = 8u << 20, memory_per_client = 1u << 20;
constexpr unsigned attackers = 6, connections = 40;

WorldOptions large_box() {
  WorldOptions options;
  options.config = "[limits]\nmapper-bind-wait = \"1h\"\nstream-memory-per-client = " +
                   std::to_string(memory_per_client) + "\n" + config_text("", "192.0.0.0/8");
  options.box = [](config::Limits& limits) {
    limits.flows = 1u << 17;
    limits.associations = 1u << 17;
    limits.stream_memory = memory;
  };
  return options;
}

std::string attacker(unsigned number) {
  return "192.66.0." + std::to_string(number + 1);
}

class Attack : public testing::Test {
 protected:
  std::uint64_t held_bytes() const {
    // Records and blocks are counted together; every flow has one record until it is cut.
    return (w.workers[0]->stream_buffers_in_use() - (w.flows() - ended)) * sizeof(tcp::Block);
  }
  // The world takes in what was fed, some hundred packets at a time.
  void feed(const FrameBytes& frame) {
    w.feed(outer, frame);
    if (++fed_ % 256 == 0) w.run();
  }
  void open_half() {
    for (std::size_t i = 0; i < half_open; ++i) {
      const std::string from =
          "192.1." + std::to_string(i / 1000 / 200) + "." + std::to_string(i / 1000 % 200 + 1);
      feed(from_client(static_cast<std::uint16_t>(1024 + i % 1000), mapper, from)
               .seq(1000)
               .syn()
               .bytes());
    }
    w.run();
  }
  void send_gaps(unsigned who, std::uint16_t port) {
    for (int i = 0; i < 40; ++i) {
      const std::size_t size = random() % 2 == 0 ? 1 : 1400;
      const auto at = static_cast<std::uint32_t>(1 + random() % 60000);
      feed(from_client(port, mapper, attacker(who))
               .seq(1001 + at)
               .ack(5001)
               .payload(Bytes{Octets(size, std::byte{5})})
               .bytes());
    }
    w.run();
    ASSERT_LE(held_bytes(), memory);
  }
  // An honest client's bind, in two parts: the first has to be held.
  void call(std::uint16_t port) {
    w.establish(port, mapper, other_client);
    const Octets bind = test::bind({}, {{0, test::epmapper}});
    const std::string text(reinterpret_cast<const char*>(bind.data()), bind.size());
    std::string arrived;
    std::size_t at = 0;
    for (const std::size_t size : {std::size_t{30}, bind.size() - 30}) {
      const auto out = w.send(outer, from_client(port, mapper, other_client)
                                         .seq(1001 + static_cast<std::uint32_t>(at))
                                         .ack(5001)
                                         .payload(std::string_view{text}.substr(at, size)));
      for (const SeenPacket& packet : out)
        if (packet.destination == ip(server)) arrived += packet.payload;
      at += size;
    }
    EXPECT_EQ(arrived, text);
    w.send(inner, from_server(mapper, port, other_client)
                      .seq(5001)
                      .ack(1001 + static_cast<std::uint32_t>(bind.size())));
  }

  World w{large_box()};
  std::mt19937 random{1};
  std::size_t ended = 0;  // connections that were reset

 private:
  std::size_t fed_ = 0;
};

TEST_F(Attack, OfGapsBesideManyHalfOpenConnectionsIsBoundedAndOthersCallOn) {
  open_half();
  ASSERT_EQ(w.flows(), half_open);
  call(2000);
  for (unsigned who = 0; who < attackers; ++who) {
    for (std::uint16_t port = 3000; port < 3000 + connections; ++port) {
      w.establish(port, mapper, attacker(who));
      send_gaps(who, port);
      if (HasFatalFailure()) return;
    }
    ASSERT_LE(held_bytes(), (who + 1) * memory_per_client) << "an attacker has more than its share";
    call(static_cast<std::uint16_t>(2001 + who));
  }
  EXPECT_GT(held_bytes(), memory_per_client) << "or nothing was shown";
  EXPECT_GT(w.dropped(Drop::stream_out_of_order), 0u);
  EXPECT_EQ(w.dropped(Drop::no_mbuf), 0u);
  EXPECT_EQ(w.dropped(Drop::stream_memory), 0u);
  EXPECT_EQ(w.dropped(Drop::flow_table_full), 0u);

  // Nobody fills the gaps: those connections end, and no other.
  static_cast<void>(w.events());
  w.after(seconds{11});
  for (const event::Event& e : w.events()) {
    if (e.kind != event::Kind::connection_reset) continue;
    EXPECT_EQ(e.reason, Reason::stream_gap);
    ++ended;
  }
  EXPECT_GT(ended, attackers);
  EXPECT_LE(ended, std::size_t{attackers} * connections);
  EXPECT_EQ(held_bytes(), 0u);
  call(2100);
}

}  // namespace
}  // namespace rpcgate::tests
