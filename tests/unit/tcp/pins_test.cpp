// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Bytes that were read in the packet they left with: beside the stream while there is room, in
// blocks from then on, and forgotten once the far end has them.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tcp/common_segment.hpp"
#include "tcp/keep.hpp"

namespace rpcgate::tcp {
namespace {

class PinsTest : public testing::Test {
 protected:
  PinsTest() {
    blocks_.free(blocks_.allocate());  // a pool that was used has some at hand
    for (Half& half : stream_.halves) {
      half.known = true;
      half.next = half.released = half.far_ack = half.custody = half.far_edge = Seq{1000};
    }
  }
  static std::vector<std::byte> bytes(std::size_t size, int value) {
    return std::vector<std::byte>(size, std::byte(value));
  }
  // Bytes of the client leave, the first `read` of them pinned.
  void send(std::uint32_t size, std::size_t read) {
    std::vector<std::byte> payload = bytes(size, 7);
    const Seq at = client().next;
    ASSERT_TRUE(take(Side::client, at, stream_.half(Side::server).next, payload, size));
    pin(client(), at, Bytes{payload}.first(read));
  }
  void acknowledge(Seq ack) {
    std::vector<std::byte> nothing;
    ASSERT_TRUE(take(Side::server, stream_.half(Side::server).next, ack, nothing, 0));
  }
  bool take(Side from, Seq seq, Seq ack, std::vector<std::byte>& payload, std::uint32_t may_leave) {
    const Segment segment{seq, ack, 500, flags::ack, MutableBytes{header_}, MutableBytes{payload}};
    return take_common(stream_, from, segment, may_leave, blocks_, Instant{});
  }
  Half& client() { return stream_.half(Side::client); }

  std::vector<std::byte> header_ = bytes(20, 0);
  BlockArena arena_{64, 1};
  BlockPool blocks_{arena_};
  Stream stream_;
};

TEST_F(PinsTest, AreForgottenOnceTheFarEndHasAllOfThem) {
  send(100, 24);
  send(50, 8);
  EXPECT_EQ(client().pins.count, 2u);
  acknowledge(Seq{1023});
  EXPECT_EQ(client().pins.count, 2u) << "a byte of the first is not there yet";
  acknowledge(Seq{1024});
  ASSERT_EQ(client().pins.count, 1u);
  EXPECT_EQ(client().pins.view()[0].at, Seq{1100});
  EXPECT_EQ(client().pins.view()[0].size, 8u);
  acknowledge(Seq{1150});
  EXPECT_TRUE(client().pins.empty());
  EXPECT_EQ(blocks_.in_use(), 0u);
}

TEST_F(PinsTest, HoldTheBytesOfEverySizeAndNoMore) {
  std::vector<std::byte> from(Pin::most + 1);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = std::byte(i + 1);
  for (std::size_t size = 0; size <= Pin::most; ++size) {
    Pins pins;
    for (Pin& pin : pins.all) pin.bytes.fill(std::byte{0xee});
    pins.add(Seq{5}, Bytes{from}.first(size));
    const Pin& pin = pins.view()[0];
    EXPECT_TRUE(std::ranges::equal(pin.view(), Bytes{from}.first(size))) << size;
    for (std::size_t i = size; i < Pin::most; ++i) EXPECT_EQ(pin.bytes[i], std::byte{0xee}) << size;
  }
}

TEST_F(PinsTest, GoIntoBlocksInOrderWhereMoreComeThanThereIsRoomFor) {
  std::size_t pinned = 0;
  for (; client().pins.room() > 0; ++pinned) send(10, 4);
  ASSERT_TRUE(make_room(client(), blocks_, 1u << 20, 1));
  EXPECT_TRUE(client().pins.empty());
  send(10, 4);
  std::vector<std::byte> out(4);
  for (std::size_t i = 0; i < pinned; ++i)
    EXPECT_TRUE(client().kept.read(blocks_, Seq{1000} + static_cast<std::uint32_t>(10 * i), out));
  EXPECT_EQ(out, bytes(4, 7));
  EXPECT_TRUE(spill(client(), blocks_));
  EXPECT_EQ(client().kept.blocks, pinned + 1);
  acknowledge(client().next);
  EXPECT_EQ(blocks_.in_use(), 0u);
}

TEST_F(PinsTest, MakeNoRoomBeyondTheLimitOfTheirHalf) {
  while (client().pins.room() > 0) send(10, 4);
  const std::size_t count = client().pins.count;
  EXPECT_FALSE(make_room(client(), blocks_, count * sizeof(Block) - 1, 1));
  EXPECT_EQ(client().pins.count, count);
  EXPECT_EQ(blocks_.in_use(), 0u);
  EXPECT_TRUE(make_room(client(), blocks_, count * sizeof(Block), 1));
  EXPECT_EQ(client().kept.blocks, count);
}

TEST_F(PinsTest, MakeNoRoomWithoutBlocks) {
  while (client().pins.room() > 0) send(10, 4);
  while (blocks_.at_hand() >= client().pins.count)
    static_cast<void>(blocks_.allocate());  // all but too few
  EXPECT_FALSE(make_room(client(), blocks_, 1u << 20, 1));
  EXPECT_FALSE(client().pins.empty());
}

}  // namespace
}  // namespace rpcgate::tcp
