// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Copies of traffic that has passed elsewhere already: bursts hold what follows one from the other.
#include <gtest/gtest.h>

#include "rpc_builder.hpp"
#include "world.hpp"

namespace rpcgate::tests {
namespace {

using test::Octets;

constexpr std::uint16_t mapper = 135, dynamic = 49154;

TEST(Copy, OfAWholeConversationInOneBurstIsJudgedInItsOrder) {
  const Octets bind = test::bind(test::Head{1}, {{0, test::epmapper}});
  const Octets ack = test::bind_ack(test::Head{1}, {test::accepted()});
  const Octets ask =
      test::request(test::Head{2}, {0, 3, test::map_question({{test::samr}}, test::Ndr::ndr32)});
  const test::Tower tower{test::samr, dynamic, 0x0a0a000a};
  const Octets answer =
      test::response(test::Head{2}, 0, test::map_answer({{tower}}, test::Ndr::ndr32));
  const auto said = [](std::size_t before, std::size_t heard, const Octets& bytes) {
    return from_client(1024, mapper)
        .seq(static_cast<std::uint32_t>(1001 + before))
        .ack(static_cast<std::uint32_t>(5001 + heard))
        .payload(Bytes{bytes})
        .bytes();
  };
  const auto told = [](std::size_t before, std::size_t heard, const Octets& bytes) {
    return from_server(mapper, 1024)
        .seq(static_cast<std::uint32_t>(5001 + before))
        .ack(static_cast<std::uint32_t>(1001 + heard))
        .payload(Bytes{bytes})
        .bytes();
  };
  World w({.lenient = true, .one_arm = true});
  for (const FrameBytes& frame :
       {from_client(1024, mapper).seq(1000).syn().bytes(),
        from_server(mapper, 1024).seq(5000).ack(1001).flags(0x12).bytes(), said(0, 0, {}),
        said(0, 0, bind), told(0, bind.size(), ack), said(bind.size(), ack.size(), ask),
        told(ack.size(), bind.size() + ask.size(), answer),
        from_client(1025, dynamic).seq(1000).syn().bytes()})
    w.feed(outer, frame);
  bool dialled = false;
  for (const SeenPacket& packet : w.run())
    dialled = dialled || (packet.destination == ip(server) && packet.destination_port == dynamic);
  EXPECT_TRUE(dialled);
  EXPECT_EQ(w.pinholes(), 1u);
  EXPECT_FALSE(w.told(event::Kind::connection_refused));
}

// Nothing is lost of a burst whose worker ends before it has seen all.
TEST(Copy, ThatNobodyHasSeenYetIsGivenBack) {
  World w({.lenient = true, .one_arm = true});
  for (std::uint16_t port = 2000; port < 2020; ++port)
    w.feed(outer, from_client(port, mapper).seq(1000).syn().bytes());
  w.workers[0]->turn(w.now);
  EXPECT_EQ(w.flows(), 1u);
}  // the world looks whether all came back

}  // namespace
}  // namespace rpcgate::tests
