// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Calls that take the short way: what they leave behind is bounded and counted like all else, and
// what they must not hide from the stream stage comes there.
#include <gtest/gtest.h>

#include "datapath/stream_state.hpp"
#include "rpc_builder.hpp"
#include "world.hpp"

namespace rpcgate::tests {
namespace {

using stats::Counter;
using stats::Reason;
using test::Octets;

// A client bound to an interface without a floor, and its server. Neither acknowledges more than
// it is told to.
class Calls {
 public:
  explicit Calls(WorldOptions options) : world(std::move(options)) {
    port_ = world.open_pinhole(client, 49667);
    world.establish(1024, port_);
    say_client(test::bind({}, {{0, test::wkssvc}}));
    say_server(test::bind_ack({}, {test::accepted()}));
    acknowledge();
    call();
  }
  // From now on both say that they have all there is now.
  void acknowledge() {
    client_acked = server_next_;
    server_acked = client_next_;
  }
  std::vector<SeenPacket> say_client(const Octets& bytes) {
    const std::uint32_t seq = client_next_;
    client_next_ += static_cast<std::uint32_t>(bytes.size());
    return world.send(outer,
                      from_client(1024, port_).seq(seq).ack(client_acked).payload(Bytes{bytes}));
  }
  std::vector<SeenPacket> say_server(const Octets& bytes, std::uint16_t window = 64240) {
    const std::uint32_t seq = server_next_;
    server_next_ += static_cast<std::uint32_t>(bytes.size());
    return world.send(
        inner,
        from_server(49667, 1024).seq(seq).ack(server_acked).window(window).payload(Bytes{bytes}));
  }
  void call() {
    const test::Head head{++call_, test::ByteOrder::little, 0x03};
    say_client(test::request(head, {}));
    say_server(test::response(head, 0, Octets(8)));
  }
  std::uint32_t client_next() const { return client_next_; }
  // Why it was cut; none: it lives.
  Reason end() {
    for (const event::Event& e : world.events())
      if (e.kind == event::Kind::connection_reset) return e.reason;
    return Reason::none;
  }

  World world;
  std::uint32_t client_acked = 5001, server_acked = 1001;

 private:
  wire::L4Port port_ = 0;
  std::uint32_t client_next_ = 1001, server_next_ = 5001, call_ = 1;
};

WorldOptions with_limits(const std::string& limits, bool fast_path) {
  WorldOptions options;
  options.config = "[limits]\n" + limits + config_text();
  options.fast_path = fast_path;
  return options;
}

// Calls until the gateway has had enough of them.
struct Ended {
  unsigned calls = 0;
  Reason why = Reason::none;
};
Ended call_until_cut(const std::string& limits, bool fast_path) {
  Calls calls(with_limits(limits, fast_path));
  Ended ended;
  for (; ended.calls < 1900 && ended.why == Reason::none; ++ended.calls) {
    calls.call();
    ended.why = calls.end();
  }
  EXPECT_EQ(calls.world.counted(Counter::fast_packets) != 0, fast_path);
  return ended;
}

// They end for this reason, by the short way as by the long one. The limit lies where no chunk of
// blocks ends: there the engine comes in anyway.
void expect_bounded(const std::string& limits, Reason why) {
  const Ended slow = call_until_cut(limits, false);
  const Ended quick = call_until_cut(limits, true);
  EXPECT_EQ(slow.why, why);
  EXPECT_EQ(quick.why, why);
  EXPECT_NEAR(quick.calls, slow.calls, 2) << "those in the record itself are not counted";
}

TEST(CommonCalls, ThatNobodyAcknowledgesAreBoundedForADirection) {
  expect_bounded("pinned-bytes = 100000\n", Reason::pin_limit);
}
TEST(CommonCalls, ThatNobodyAcknowledgesAreBoundedForAClient) {
  expect_bounded("stream-memory-per-client = 300000\n", Reason::client_memory);
}

// Bytes in blocks, as `show` has them.
std::size_t shown_pinned(const datapath::StreamState& state) {
  std::size_t shown = 0;
  for (const flow::ShownStream& line : state.shown)
    for (const flow::ShownHalf& half : line.halves) shown += half.pinned.get();
  return shown;
}

TEST(CommonCalls, AreShownWhileTheyTakeMemory) {
  Calls calls({});
  calls.acknowledge();
  for (int i = 0; i < 10; ++i) calls.call();
  const datapath::StreamState& state = *calls.world.workers[0]->context().stream;
  EXPECT_GT(shown_pinned(state), 0u);
  EXPECT_EQ(shown_pinned(state), state.blocks.in_use() * sizeof(tcp::Block));
  const std::uint64_t short_way = calls.world.counted(Counter::fast_packets);
  calls.acknowledge();
  calls.say_client({});
  calls.say_server({});
  EXPECT_EQ(calls.world.counted(Counter::fast_packets), short_way + 2);
  EXPECT_EQ(state.blocks.in_use(), 0u);
  EXPECT_EQ(shown_pinned(state), 0u);
}

TEST(CommonCalls, AreShownWhereOnlyOneSideHasTakenMemory) {
  Calls calls({});
  calls.acknowledge();
  const datapath::StreamState& state = *calls.world.workers[0]->context().stream;
  for (int i = 0; i < 20; ++i) {
    calls.call();
    calls.server_acked = calls.client_next();
    EXPECT_EQ(shown_pinned(state), state.blocks.in_use() * sizeof(tcp::Block)) << i;
  }
  EXPECT_GT(shown_pinned(state), 0u);
}

// It is the server that a client with half a call waits for, once it has no room for the rest.
TEST(CommonCalls, AServerThatShutsItsWindowIsNotTheClientsFault) {
  for (const bool fast_path : {false, true}) {
    Calls calls(with_limits("fragment-wait = 10\n", fast_path));
    const std::uint32_t edge = calls.server_acked + 64240;
    test::Head head{99, test::ByteOrder::little, 0x01};
    while (calls.client_next() != edge) {
      const std::uint32_t left = edge - calls.client_next();
      const std::size_t size = left > 2800 ? 1400 : left > 1400 ? left / 2 : left;
      calls.say_client(test::request(head, {0, 0, Octets(size - 24)}));
      head.flags = 0;  // neither the first nor the last
    }
    calls.acknowledge();
    calls.say_server({}, 0);
    for (int s = 0; s < 30; ++s) calls.world.after(seconds{1});
    EXPECT_EQ(calls.end(), Reason::none);
    calls.say_server({});
    for (int s = 0; s < 30; ++s) calls.world.after(seconds{1});
    EXPECT_EQ(calls.end(), Reason::call_stalled);
  }
}

}  // namespace
}  // namespace rpcgate::tests
