// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// Single behaviours of the stream stage, each with a judge that does as it is told.
#include <deque>
#include <vector>

#include <gtest/gtest.h>

#include "tcp/engine.hpp"
#include "wire/writer.hpp"

namespace rpcgate::tcp {
namespace {

using inspect::Release;
using inspect::Verdict;
using inspect::Want;

// Reads units of `unit` bytes; verdicts are taken from a list, release when it is empty.
struct ScriptedJudge {
  std::uint32_t unit = 4;
  bool whole = false;
  std::uint32_t pass = 0;  // so many bytes before the next unit are not read
  std::deque<Verdict> verdicts;
  std::vector<std::size_t> held_sizes;
  Want next_want(Side side) noexcept {
    if (side == Side::server) return {Want::Kind::pass, false, 1000000};
    if (pass != 0) return {Want::Kind::pass, false, pass};
    return {Want::Kind::read, whole, unit};
  }
  void passed(Side side, std::uint32_t size) noexcept {
    if (side == Side::client) pass -= size;
  }
  Verdict judge(Side, MutableBytes, MutableBytes held) noexcept {
    held_sizes.push_back(held.size());
    if (verdicts.empty()) return {};
    const Verdict v = verdicts.front();
    verdicts.pop_front();
    return v;
  }
  bool may_start_pdu(Bytes bytes) noexcept { return bytes[0] == std::byte{5}; }
  void resynchronise(Side) noexcept {}
};

class StreamStage : public testing::Test {
 protected:
  struct Sent {
    Side from;
    Seq seq, ack;
    std::uint16_t window;
    std::size_t size;
    std::size_t options;
    std::uint32_t timestamp;
  };
  struct Outcome {
    Result result;
    Seq seq, ack;
    std::uint16_t window;
  };

  void SetUp() override {
    take(Side::client, 99, 0, "", flags::syn);
    take(Side::server, 499, 100, "", flags::syn | flags::ack);
  }
  void TearDown() override {
    close(stream_, pool_);
    EXPECT_EQ(pool_.in_use(), 0u);
  }

  Outcome take(Side from, std::uint32_t seq, std::uint32_t ack, std::string_view payload,
               std::uint8_t flag = flags::ack, std::uint16_t window = 1000) {
    std::vector<std::byte> header(fixed_header_size + options_.size());
    std::ranges::copy(options_, header.begin() + fixed_header_size);
    wire::Writer w{header, wire::ByteOrder::big};
    w.u32(0);
    w.u32(seq);
    w.u32(ack);
    w.u8(0x50);
    w.u8(flag);
    w.u16(window);
    payload_.assign(reinterpret_cast<const std::byte*>(payload.data()),
                    reinterpret_cast<const std::byte*>(payload.data() + payload.size()));
    Segment segment{Seq{seq}, Seq{ack}, window, flag, header, MutableBytes{payload_}};
    Work work = make_work();
    Engine<ScriptedJudge> engine{stream_, judge_, work};
    Outcome o{engine.take(from, segment), {}, {}, 0};
    wire::Reader r{header, wire::ByteOrder::big};
    r.skip(4);
    o.seq = Seq{r.u32()};
    o.ack = Seq{r.u32()};
    r.skip(2);
    o.window = r.u16();
    return o;
  }
  Work make_work() {
    return {pool_,
            limits_,
            now_,
            counters_,
            may_hold_,
            scratch_,
            packet_,
            this,
            [](void* self, const Made& m) noexcept {
              static_cast<StreamStage*>(self)->sent_.push_back(
                  {m.from, m.seq, m.ack, m.window, m.payload.size(), m.options.size(),
                   m.options.size() < 12
                       ? 0
                       : wire::Reader{m.options.subspan(4), wire::ByteOrder::big}.u32()});
              return true;
            }};
  }
  stats::Reason timer() {
    Work work = make_work();
    return on_timer(stream_, work);
  }

  BlockArena arena_{1024, 1};
  BlockPool pool_{arena_};
  Stream stream_;
  StreamLimits limits_;
  stats::WorkerCounters counters_;
  Instant now_{};
  bool may_hold_ = true;
  ScriptedJudge judge_;
  std::vector<std::byte> scratch_ = std::vector<std::byte>(300000), packet_ = scratch_, payload_;
  std::vector<Sent> sent_;
  std::vector<std::byte> options_;  // of what take() is given

  void set_timestamp(std::uint8_t value, std::uint8_t echo = 0) {
    options_.assign(12, std::byte{0});
    write_options(options_, true, value, echo, {});
  }
  void start_again() {  // with the options that take() is given now
    close(stream_, pool_);
    stream_ = {};
    SetUp();
  }
};

TEST_F(StreamStage, AWholeUnitLeavesInItsOwnPacket) {
  const auto o = take(Side::client, 100, 500, "abcd");
  EXPECT_EQ(o.result.fate, Fate::forward);
  EXPECT_EQ(o.result.keep, 4u);
  EXPECT_FALSE(o.result.edited);
  EXPECT_TRUE(sent_.empty());
}

TEST_F(StreamStage, APartOfAUnitIsAcknowledgedHereAndDoesNotLeave) {
  const auto o = take(Side::client, 100, 500, "ab");
  EXPECT_EQ(o.result.keep, 0u);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].from, Side::server);
  EXPECT_EQ(sent_[0].ack, Seq{102});
  EXPECT_EQ(sent_[0].window, 998);  // the right edge stays where the server put it
}

TEST_F(StreamStage, TheRestOfAUnitBringsOutWhatWasHeldFirst) {
  take(Side::client, 100, 500, "ab");
  sent_.clear();
  const auto o = take(Side::client, 102, 500, "cd");
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].from, Side::client);
  EXPECT_EQ(sent_[0].seq, Seq{100});
  EXPECT_EQ(sent_[0].size, 2u);
  EXPECT_EQ(o.result.fate, Fate::forward);
  EXPECT_EQ(o.result.keep, 2u);
}

TEST_F(StreamStage, CustodyWaitsForBytesThatAreNotKeptHere) {
  // The server's bytes are passed and not kept; so the client's view of them is not raised.
  take(Side::server, 500, 100, "0123456789");
  const auto o = take(Side::client, 100, 500, "ab");
  EXPECT_EQ(o.ack, Seq{500});
}

TEST_F(StreamStage, TheFarEndsAcknowledgementIsRaisedToWhatIsInCustody) {
  take(Side::client, 100, 500, "ab");
  const auto o = take(Side::server, 500, 100, "x");
  EXPECT_EQ(o.ack, Seq{102});
  EXPECT_EQ(o.window, 998);
  EXPECT_TRUE(o.result.edited);
}

TEST_F(StreamStage, BytesInCustodyAreRepeatedUntilTheFarEndHasThem) {
  take(Side::client, 100, 500, "ab");
  take(Side::client, 102, 500, "cd");
  sent_.clear();
  now_ += seconds{1};
  EXPECT_EQ(timer(), stats::Reason::none);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].seq, Seq{100});
  EXPECT_EQ(sent_[0].size, 2u);
  take(Side::server, 500, 104, "");
  sent_.clear();
  now_ += seconds{60};
  EXPECT_EQ(timer(), stats::Reason::none);
  EXPECT_TRUE(sent_.empty());
}

TEST_F(StreamStage, AFarEndThatNeverAnswersEndsTheConnection) {
  take(Side::client, 100, 500, "ab");
  take(Side::client, 102, 500, "cd");
  stats::Reason why = stats::Reason::none;
  for (int i = 0; i < 20 && why == stats::Reason::none; ++i) {
    now_ += seconds{60};
    why = timer();
  }
  EXPECT_EQ(why, stats::Reason::far_end_silent);
}

TEST_F(StreamStage, AHeldUnitIsGivenWithTheNextWhenTheJudgeWantsTheWhole) {
  judge_.whole = true;
  judge_.verdicts = {{Release::hold}, {Release::release}};
  take(Side::client, 100, 500, "abcd");
  const auto o = take(Side::client, 104, 500, "efgh");
  ASSERT_EQ(judge_.held_sizes.size(), 2u);
  EXPECT_EQ(judge_.held_sizes[1], 8u);
  EXPECT_EQ(o.result.keep, 4u);
}

TEST_F(StreamStage, ACutIsTold) {
  judge_.verdicts = {{Release::cut, stats::Reason::not_rpc}};
  const auto o = take(Side::client, 100, 500, "abcd");
  EXPECT_EQ(o.result.fate, Fate::cut);
  EXPECT_EQ(o.result.reason, stats::Reason::not_rpc);
}

TEST_F(StreamStage, AnOutOfOrderSegmentIsHeldAndAskedFor) {
  auto o = take(Side::client, 104, 500, "efgh");
  EXPECT_EQ(o.result.keep, 0u);
  EXPECT_EQ(o.result.fate, Fate::forward);  // its acknowledgement goes on
  EXPECT_EQ(o.seq, Seq{104});
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].ack, Seq{100});
  o = take(Side::client, 100, 500, "abcd");
  EXPECT_EQ(o.result.keep, 4u);
  EXPECT_EQ(o.result.more_from, Seq{104});
  EXPECT_EQ(o.result.more_to, Seq{108});
}

TEST_F(StreamStage, AboveTheSoftMarkOutOfOrderSegmentsAreDropped) {
  may_hold_ = false;
  take(Side::client, 104, 500, "efgh");
  EXPECT_EQ(pool_.in_use(), 0u);
}

TEST_F(StreamStage, AGapThatNobodyFillsEndsTheConnection) {
  take(Side::client, 104, 500, "efgh");
  now_ += seconds{11};
  EXPECT_EQ(timer(), stats::Reason::stream_gap);
}

TEST_F(StreamStage, AFinInsideAUnitEndsTheConnection) {
  const auto o = take(Side::client, 100, 500, "ab", flags::ack | flags::fin);
  EXPECT_EQ(o.result.fate, Fate::cut);
  EXPECT_EQ(o.result.reason, stats::Reason::truncated_pdu);
}

TEST_F(StreamStage, AFinAfterAWholeUnitPassesAndAgainWhenRepeated) {
  EXPECT_EQ(take(Side::client, 100, 500, "abcd", flags::ack | flags::fin).result.fate,
            Fate::forward);
  EXPECT_EQ(take(Side::client, 104, 500, "", flags::ack | flags::fin).result.fate, Fate::forward);
  EXPECT_EQ(take(Side::server, 500, 105, "").result.fate, Fate::forward);
}

TEST_F(StreamStage, DataAfterAFinIsDropped) {
  take(Side::client, 100, 500, "abcd", flags::ack | flags::fin);
  EXPECT_EQ(take(Side::client, 105, 500, "efgh").result.fate, Fate::drop);
}

TEST_F(StreamStage, AResetIsMovedToWhereItsReceiverStands) {
  take(Side::client, 100, 500, "ab");
  const auto o = take(Side::client, 102, 500, "", flags::rst);
  EXPECT_EQ(o.result.fate, Fate::forward);
  EXPECT_EQ(o.seq, Seq{100});
}

TEST_F(StreamStage, OutOfOrderBytesThatNobodyReadsPassAndAreSteppedOver) {
  judge_.pass = 20;
  const auto ahead = take(Side::client, 110, 500, "klmno");
  EXPECT_EQ(ahead.result.fate, Fate::forward);
  EXPECT_EQ(ahead.result.keep, 5u);
  EXPECT_TRUE(sent_.empty());  // the far end asks for the gap itself
  take(Side::client, 100, 500, "abcdefghij");
  EXPECT_EQ(stream_.half(Side::client).next, Seq{115});
  EXPECT_EQ(stream_.half(Side::client).released, Seq{115});
  EXPECT_EQ(judge_.pass, 5u);
  EXPECT_EQ(pool_.in_use(), 0u);
}

TEST_F(StreamStage, OutOfOrderBytesThatReachIntoTheNextUnitAreHeld) {
  judge_.pass = 20;
  take(Side::client, 100, 500, "a");  // the far end knows what is acknowledged
  sent_.clear();
  const auto ahead = take(Side::client, 117, 500, "rstU");
  EXPECT_EQ(ahead.result.fate, Fate::drop);
  EXPECT_EQ(ahead.result.drop, stats::Drop::held_ack_only);
  EXPECT_EQ(sent_.size(), 1u);  // a duplicate acknowledgement with the block
}

TEST_F(StreamStage, AheadOfHeldBytesNothingPasses) {
  take(Side::client, 100, 500, "ab");  // half of a unit
  judge_.pass = 20;                    // as if it were asked for behind it
  EXPECT_EQ(take(Side::client, 110, 500, "klmno").result.fate, Fate::drop);
}

TEST_F(StreamStage, ASegmentOlderThanWhatItsReceiverHasIsDropped) {
  set_timestamp(5);
  start_again();
  set_timestamp(9);
  EXPECT_EQ(take(Side::client, 100, 500, "abcd").result.fate, Fate::forward);
  set_timestamp(50, 9);  // the receiver echoes what it has
  take(Side::server, 500, 104, "");
  set_timestamp(8);
  EXPECT_EQ(take(Side::client, 104, 500, "efgh").result.fate, Fate::drop);
  EXPECT_EQ(stream_.half(Side::client).next, Seq{104});
}

TEST_F(StreamStage, AReorderedSegmentIsNotTakenForAnOldOne) {
  set_timestamp(5);
  start_again();
  set_timestamp(9);
  take(Side::client, 104, 500, "efgh");  // the receiver has not got it
  set_timestamp(8);
  EXPECT_EQ(take(Side::client, 100, 500, "abcd").result.fate, Fate::forward);
}

TEST_F(StreamStage, AnOldAcknowledgementIsNotDropped) {
  set_timestamp(5);
  start_again();
  set_timestamp(9);
  take(Side::client, 100, 500, "abcd");
  set_timestamp(50, 9);
  take(Side::server, 500, 104, "x");
  set_timestamp(8);
  EXPECT_EQ(take(Side::client, 104, 501, "").result.fate, Fate::forward);
}

TEST_F(StreamStage, WhatTheGatewaySendsHasNoNewerTimestampThanWhatCameInOrder) {
  set_timestamp(5);
  start_again();
  set_timestamp(9);
  sent_.clear();
  take(Side::server, 504, 100, "efgh");  // ahead; the unread bytes pass
  set_timestamp(7);
  take(Side::client, 110, 500, "x");  // behind a gap: answered
  ASSERT_FALSE(sent_.empty());
  EXPECT_EQ(sent_.back().from, Side::server);
  EXPECT_EQ(sent_.back().timestamp, 5u);
}

TEST_F(StreamStage, AnAcknowledgementBehindHeldBytesKeepsItsNumber) {
  take(Side::client, 100, 500, "ab");
  take(Side::server, 500, 100, "x");
  EXPECT_EQ(take(Side::client, 102, 501, "").seq, Seq{102});
}

TEST_F(StreamStage, WhatIsHeldOutOfOrderIsToldWhenItsAcknowledgementCoversWhatHasLeft) {
  options_ = {std::byte{4}, std::byte{2}, std::byte{1}, std::byte{1}};  // SACK permitted
  start_again();
  options_.clear();
  take(Side::client, 100, 500, "abcd");  // on its way to the server
  sent_.clear();
  take(Side::client, 110, 500, "x");
  take(Side::client, 120, 500, "y");
  EXPECT_TRUE(sent_.empty());
  take(Side::server, 500, 104, "");
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].ack, Seq{104});
  EXPECT_EQ(sent_[0].options, 4u + 16u);  // both blocks
}

TEST_F(StreamStage, BeforeAnAnswerTheClientMayBeginAnew) {
  close(stream_, pool_);
  stream_ = {};
  take(Side::client, 99, 0, "", flags::syn);
  EXPECT_EQ(take(Side::client, 7000, 0, "", flags::syn).result.fate, Fate::forward);
  EXPECT_EQ(stream_.half(Side::client).next, Seq{7001});
}

TEST_F(StreamStage, UnknownOptionsAreBlankedInEverySegment) {
  options_ = {std::byte{19}, std::byte{4}, std::byte{7}, std::byte{7}};
  EXPECT_TRUE(take(Side::client, 100, 500, "abcd").result.edited);
}

TEST_F(StreamStage, ALostPieceOfWhatIsOwedIsSentAgainAfterThreeRepetitions) {
  stream_.peer(Side::server).mss = 88;
  judge_.unit = 200;
  take(Side::client, 100, 500, std::string(199, 'a'));
  sent_.clear();
  take(Side::client, 299, 500, "b");  // released: three segments leave
  sent_.clear();
  for (int i = 0; i < 3; ++i) take(Side::server, 500, 100, "");
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].seq, Seq{100});
  EXPECT_EQ(sent_[0].size, 88u);
  take(Side::server, 500, 188, "");  // the next one is missing too: at once
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].seq, Seq{188});
}

TEST_F(StreamStage, WhatARouterFindsTooLargeIsSentAgainSmaller) {
  stream_.peer(Side::server).mss = 1460;
  judge_.unit = 900;
  take(Side::client, 100, 500, std::string(899, 'a'));
  take(Side::client, 999, 500, "b");
  sent_.clear();
  Work work = make_work();
  on_too_big(stream_, Side::client, Seq{5000}, 500, true, work);  // about nothing under way
  on_too_big(stream_, Side::client, Seq{100}, 500, true, work);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].size, 500u);
}

TEST_F(StreamStage, AByteBeyondAShutWindowIsNotTakenIntoCustody) {
  take(Side::server, 500, 100, "", flags::ack, 1000);  // the edge stands at 1100
  judge_.unit = 2000;
  take(Side::client, 100, 500, std::string(1000, 'a'));
  sent_.clear();
  take(Side::client, 1100, 500, "b");  // a probe of the shut window
  EXPECT_EQ(stream_.half(Side::client).custody, Seq{1100});
  for (const Sent& s : sent_) EXPECT_EQ(s.ack, Seq{1100});
}

TEST_F(StreamStage, AUnitThatNoWindowEverHadRoomForEndsTheConnection) {
  judge_.unit = 2000;
  take(Side::client, 100, 500, std::string(1000, 'a'));
  now_ += seconds{11};
  EXPECT_EQ(timer(), stats::Reason::window_too_small);
}

TEST_F(StreamStage, TheClockStandsWhileTheReceiversWindowIsTheLimit) {
  judge_.unit = 1000;
  judge_.pass = 990;
  stream_.peer(Side::server).mss = 100;
  take(Side::client, 100, 500, std::string(1000, 'a'));  // ten bytes of the next unit
  take(Side::server, 500, 1090, "", flags::ack, 10);     // and there is no room for more
  now_ += seconds{11};
  EXPECT_EQ(timer(), stats::Reason::none);
  take(Side::server, 500, 1090, "", flags::ack, 1000);
  now_ += seconds{11};
  EXPECT_EQ(timer(), stats::Reason::stream_stalled);
}

TEST_F(StreamStage, AnAcknowledgementOfWhatHasNotLeftIsLowered) {
  take(Side::client, 100, 500, "ab");
  const auto o = take(Side::server, 500, 104, "x");
  EXPECT_EQ(o.ack, Seq{102});  // what is in custody
}

TEST_F(StreamStage, MorePinsThanTheLimitEndTheConnection) {
  limits_.pinned_bytes = 2 * sizeof(Block);
  judge_.unit = 100;
  Outcome last{};
  for (std::uint32_t i = 0; i < 4; ++i)
    last = take(Side::client, 100 + 100 * i, 500, std::string(100, 'a'));
  EXPECT_EQ(last.result.reason, stats::Reason::pin_limit);
}

TEST_F(StreamStage, SegmentsBeyondTheCountThatMayWaitAreDropped) {
  limits_.out_of_order_segments = 2;
  for (std::uint32_t i = 0; i < 3; ++i) take(Side::client, 110 + 10 * i, 500, "x");
  EXPECT_EQ(take(Side::client, 150, 500, "x").result.drop, stats::Drop::stream_out_of_order);
  EXPECT_EQ(pool_.in_use(), 2u);
  take(Side::client, 100, 500, "abcdefghij");  // 110 follows
  EXPECT_EQ(stream_.half(Side::client).next, Seq{111});
}

TEST_F(StreamStage, DataInASynDoesNotPass) {
  Stream fresh;
  stream_ = fresh;
  const auto o = take(Side::client, 99, 0, "abcd", flags::syn);
  EXPECT_EQ(o.result.keep, 0u);
  EXPECT_TRUE(o.result.edited);
  EXPECT_EQ(stream_.half(Side::client).next, Seq{100});
}

TEST_F(StreamStage, AProbeOfWhatTheFarEndHasGoesOnEmptyAtItsOwnNumber) {
  take(Side::client, 100, 500, "abcd");
  take(Side::server, 500, 104, "");
  const auto o = take(Side::client, 103, 500, "z");  // a keep-alive with one garbage byte
  EXPECT_EQ(o.result.fate, Fate::forward);
  EXPECT_EQ(o.result.skip, 0u);
  EXPECT_EQ(o.result.keep, 0u);
  EXPECT_EQ(o.seq, Seq{103});
}

TEST_F(StreamStage, MoreHeldThanTheLimitEndsTheConnection) {
  limits_.held_bytes = 8;
  judge_.unit = 100;
  EXPECT_EQ(take(Side::client, 100, 500, "abcdefghi").result.reason, stats::Reason::held_limit);
}

TEST_F(StreamStage, NoMemoryEndsTheConnectionThatNeededItAndGivesAllBack) {
  std::vector<std::uint32_t> taken;
  for (std::uint32_t i; (i = pool_.allocate()) != no_block;) taken.push_back(i);
  EXPECT_EQ(take(Side::client, 100, 500, "abcd").result.reason, stats::Reason::stream_memory);
  for (const auto i : taken) pool_.free(i);
}

TEST_F(StreamStage, ReplayGoesOnBehindBytesThatTheCaptureLost) {
  stream_.lenient = true;
  take(Side::server, 500, 150, "x");  // acknowledges bytes that were never seen
  const auto garbage = take(Side::client, 150, 501, "zz");
  EXPECT_EQ(garbage.result.keep, 2u);  // unread: the start of a PDU is looked for
  const auto o = take(Side::client, 152, 501, "\5abc");
  EXPECT_EQ(judge_.held_sizes.size(), 1u);
  EXPECT_EQ(o.result.keep, 4u);
}

}  // namespace
}  // namespace rpcgate::tcp
