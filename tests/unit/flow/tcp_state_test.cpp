// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "flow/tcp_state.hpp"

#include <gtest/gtest.h>

namespace rpcgate::flow {
namespace {

using Action = TcpVerdict::Action;
using Change = TcpVerdict::Change;
using enum Direction;
using stats::Drop;

constexpr std::uint8_t fin = 1, syn = 2, rst = 4, ack = 16;

// A connection between two ends that number from c and s.
struct Conversation {
  std::uint32_t c = 1000;        // the next byte each end will send
  std::uint32_t s = 0xfffffff0;  // wraps soon
  bool lenient = false;
  TcpState state;

  TcpVerdict send(Direction d, TcpSegment segment) { return track(state, d, segment, lenient); }
  TcpVerdict raw(Direction d, std::uint32_t seq, std::uint32_t acked, std::uint8_t flags,
                 std::uint32_t payload = 0, std::uint16_t window = 1000) {
    TcpSegment segment;
    segment.sequence = seq;
    segment.acknowledgement = acked;
    segment.flags = flags;
    segment.payload = payload;
    segment.window = window;
    return send(d, segment);
  }
  // What the end sends next, all of the other's bytes acknowledged.
  TcpVerdict next(Direction d, std::uint32_t payload, std::uint8_t flags = ack,
                  std::uint16_t window = 1000) {
    std::uint32_t& mine = d == from_client ? c : s;
    const std::uint32_t theirs = d == from_client ? s : c;
    const TcpVerdict v = raw(d, mine, theirs, flags, payload, window);
    if (v.action == Action::accept) mine += payload + ((flags & fin) != 0 ? 1 : 0);
    return v;
  }
  void open(std::uint8_t client_scale = 0, std::uint8_t server_scale = 0) {
    TcpSegment first;
    first.sequence = c++;
    first.flags = syn;
    first.window = 1000;
    first.has_window_scale = client_scale != 0;
    first.window_scale = client_scale;
    first.sack_permitted = true;
    first.has_timestamp = true;
    first.timestamp = 77;
    ASSERT_EQ(send(from_client, first).action, Action::accept);
    ASSERT_EQ(state.phase(), TcpPhase::syn_sent);
    TcpSegment answer;
    answer.sequence = s++;
    answer.acknowledgement = c;
    answer.flags = syn | ack;
    answer.window = 1000;
    answer.has_window_scale = server_scale != 0;
    answer.window_scale = server_scale;
    ASSERT_EQ(send(from_server, answer).action, Action::accept);
    ASSERT_EQ(state.phase(), TcpPhase::syn_received);
    const TcpVerdict v = next(from_client, 0);
    ASSERT_EQ(v.action, Action::accept);
    ASSERT_EQ(v.change, Change::established);
    ASSERT_EQ(state.phase(), TcpPhase::established);
  }
};

void expect_drop(const TcpVerdict& v, Drop reason) {
  EXPECT_EQ(v.action, Action::drop);
  EXPECT_EQ(v.reason, reason) << stats::name_of(v.reason);
}

TEST(TcpTracking, AnOrdinaryConnectionPassesAllPhases) {
  Conversation t;
  t.open();
  EXPECT_EQ(t.next(from_client, 500).change, Change::none);
  EXPECT_EQ(t.next(from_server, 700).action, Action::accept);
  EXPECT_EQ(t.next(from_client, 0).action, Action::accept);
  TcpVerdict v = t.next(from_client, 0, fin | ack);
  EXPECT_EQ(v.change, Change::closing);
  EXPECT_EQ(t.state.phase(), TcpPhase::fin_wait);
  EXPECT_EQ(t.next(from_server, 0).action, Action::accept);
  EXPECT_EQ(t.state.phase(), TcpPhase::close_wait);
  EXPECT_EQ(t.next(from_server, 300).action, Action::accept)
      << "half closed: the other may still send";
  v = t.next(from_server, 0, fin | ack);
  EXPECT_EQ(v.action, Action::accept);
  EXPECT_EQ(t.state.phase(), TcpPhase::closing);
  v = t.next(from_client, 0);
  EXPECT_EQ(v.change, Change::closed);
  EXPECT_EQ(t.state.phase(), TcpPhase::time_wait);
  EXPECT_EQ(t.raw(from_server, t.s - 1, t.c, fin | ack).action, Action::accept)
      << "its FIN once more";
}

TEST(TcpTracking, BothEndsMayCloseAtOnce) {
  Conversation t;
  t.open();
  const std::uint32_t c = t.c, s = t.s;
  EXPECT_EQ(t.raw(from_client, c, s, fin | ack).change, Change::closing);
  EXPECT_EQ(t.raw(from_server, s, c, fin | ack).action, Action::accept);
  EXPECT_EQ(t.state.phase(), TcpPhase::closing);
  EXPECT_EQ(t.raw(from_client, c + 1, s + 1, ack).change, Change::none);
  EXPECT_EQ(t.raw(from_server, s + 1, c + 1, ack).change, Change::closed);
}

TEST(TcpTracking, OptionsOfTheHandshakeAreRemembered) {
  Conversation t;
  t.open(7, 3);
  const TcpPeer& client = t.state.peer(from_client);
  EXPECT_EQ(client.scale(), 7);
  EXPECT_TRUE(client.has(TcpPeer::sack));
  EXPECT_TRUE(client.has(TcpPeer::timestamps));
  const TcpPeer& server = t.state.peer(from_server);
  EXPECT_EQ(server.scale(), 3);
  EXPECT_FALSE(server.has(TcpPeer::sack));
}

TEST(TcpTracking, TheLatestTimestampOfEachEndIsNoted) {
  std::array<std::uint32_t, 2> latest{5, 6};
  TcpSegment segment;
  note_timestamp(latest, from_client, segment);
  EXPECT_EQ(latest, (std::array<std::uint32_t, 2>{5, 6}));
  segment.has_timestamp = true;
  segment.timestamp = 0xfffffff0;
  segment.flags = syn;
  note_timestamp(latest, from_client, segment);
  EXPECT_EQ(latest, (std::array<std::uint32_t, 2>{0xfffffff0, 6})) << "a SYN's is the first";
  segment.flags = ack;
  segment.timestamp = 3;
  note_timestamp(latest, from_client, segment);
  EXPECT_EQ(latest[0], 3u) << "later, round the end";
  segment.timestamp = 2;
  note_timestamp(latest, from_client, segment);
  EXPECT_EQ(latest[0], 3u);
  note_timestamp(latest, from_server, segment);
  EXPECT_EQ(latest[1], 6u);
}

TEST(TcpTracking, AScaleThatOnlyOneEndOffersIsNotUsed) {
  Conversation t;
  t.open(7, 0);
  EXPECT_EQ(t.state.peer(from_client).scale(), 0);
}

TEST(TcpTracking, AnythingButASynOpensNothing) {
  for (const std::uint8_t flags :
       {ack, std::uint8_t{syn | ack}, std::uint8_t{fin | ack}, rst, std::uint8_t{syn | fin},
        std::uint8_t{syn | rst}, std::uint8_t{0}}) {
    Conversation t;
    expect_drop(t.raw(from_client, 1, 1, flags), Drop::bad_tcp_state);
    EXPECT_EQ(t.state.phase(), TcpPhase::none);
  }
  Conversation t;
  expect_drop(t.raw(from_server, 1, 0, syn), Drop::bad_tcp_state);
}

TEST(TcpTracking, DataOnASynIsReportedAndNotCounted) {
  Conversation t;
  EXPECT_TRUE(t.raw(from_client, t.c++, 0, syn, 100).data_on_syn);
  EXPECT_FALSE(t.raw(from_client, t.c - 1, 0, syn).data_on_syn);
  EXPECT_TRUE(t.raw(from_server, t.s++, t.c, syn | ack, 5).data_on_syn);
  EXPECT_EQ(t.next(from_client, 100).change, Change::established);
}

TEST(TcpTracking, HandshakeSegmentsMayBeRepeated) {
  Conversation t;
  EXPECT_EQ(t.raw(from_client, t.c, 0, syn).action, Action::accept);
  EXPECT_EQ(t.raw(from_client, t.c, 0, syn).action, Action::accept);
  ++t.c;
  EXPECT_EQ(t.raw(from_server, t.s, t.c, syn | ack).action, Action::accept);
  EXPECT_EQ(t.raw(from_client, t.c - 1, 0, syn).action, Action::accept);
  EXPECT_EQ(t.raw(from_server, t.s, t.c, syn | ack).action, Action::accept);
  ++t.s;
  EXPECT_EQ(t.next(from_client, 0).change, Change::established);
  EXPECT_EQ(t.raw(from_server, t.s - 1, t.c, syn | ack).action, Action::accept)
      << "the client's ACK was lost behind us";
  t.next(from_server, 10);
  expect_drop(t.raw(from_server, t.s - 11, t.c, syn | ack), Drop::bad_tcp_state);
}

TEST(TcpTracking, AnAnswerMustAcknowledgeTheSyn) {
  Conversation t;
  t.raw(from_client, t.c++, 0, syn);
  expect_drop(t.raw(from_server, t.s, t.c + 1, syn | ack), Drop::out_of_window);
  expect_drop(t.raw(from_server, t.s, t.c - 1, syn | ack), Drop::out_of_window);
  EXPECT_EQ(t.state.phase(), TcpPhase::syn_sent);
  EXPECT_EQ(t.raw(from_server, t.s, t.c, syn | ack).action, Action::accept);
}

TEST(TcpTracking, OnlyTheClientsAckOfTheServersSynEstablishes) {
  Conversation t;
  t.raw(from_client, t.c++, 0, syn);
  t.raw(from_server, t.s++, t.c, syn | ack);
  EXPECT_EQ(t.raw(from_client, t.c, t.s - 1, ack).change, Change::none);
  EXPECT_EQ(t.state.phase(), TcpPhase::syn_received);
  expect_drop(t.raw(from_client, t.c, t.s + 1, ack), Drop::out_of_window);
  EXPECT_EQ(t.raw(from_client, t.c, t.s, ack).change, Change::established);
}

TEST(TcpTracking, DataMustLieInsideTheWindowOfTheFarEnd) {
  Conversation t;
  t.open();
  EXPECT_EQ(t.raw(from_client, t.c, t.s, ack, 1000).action, Action::accept) << "the whole window";
  expect_drop(t.raw(from_client, t.c + 1000, t.s, ack, 2), Drop::out_of_window);
  expect_drop(t.raw(from_client, t.c + 999, t.s, ack, 2), Drop::out_of_window);
  EXPECT_EQ(t.raw(from_client, t.c + 1000, t.s, ack, 1).action, Action::accept) << "a window probe";
  expect_drop(t.raw(from_client, t.c + 1001, t.s, ack, 1), Drop::out_of_window);
  EXPECT_EQ(t.raw(from_client, t.c + 1000, t.s, fin | ack).action, Action::accept)
      << "a FIN has no byte of the window";
}

TEST(TcpTracking, ARefusedSegmentLeavesTheStateAsItWas) {
  Conversation t;
  t.open();
  const TcpState before = t.state;
  t.raw(from_client, t.c + 5000, t.s, fin | ack, 20);
  t.raw(from_client, t.c, t.s + 5, ack, 20);
  t.raw(from_client, t.c, 0, syn, 0);
  t.raw(from_client, t.c + 1, 0, rst, 0);
  EXPECT_EQ(t.state.phase(), before.phase());
  EXPECT_EQ(t.state.peer(from_client).end, before.peer(from_client).end);
  EXPECT_EQ(t.state.peer(from_client).flags, before.peer(from_client).flags);
  EXPECT_EQ(t.state.peer(from_client).ack, before.peer(from_client).ack);
}

TEST(TcpTracking, AScaledWindowIsScaledButNotInTheHandshake) {
  Conversation t;
  t.open(0, 0);
  expect_drop(t.raw(from_client, t.c + 1100, t.s, ack, 100), Drop::out_of_window);
  Conversation scaled;
  scaled.open(2, 4);
  expect_drop(scaled.raw(from_client, scaled.c, scaled.s, ack, 1002), Drop::out_of_window);
  scaled.next(from_server, 0);  // 1000 << 4
  EXPECT_EQ(scaled.raw(from_client, scaled.c + 15900, scaled.s, ack, 100).action, Action::accept);
  expect_drop(scaled.raw(from_client, scaled.c + 15902, scaled.s, ack, 100), Drop::out_of_window);
}

TEST(TcpTracking, AWindowThatShrinksDoesNotOutlawWhatItAllowed) {
  Conversation t;
  t.open();
  t.raw(from_server, t.s, t.c, ack, 0, 100);
  EXPECT_EQ(t.raw(from_client, t.c, t.s, ack, 1000).action, Action::accept);
}

TEST(TcpTracking, RetransmissionsPassAndAncientSegmentsDoNot) {
  Conversation t;
  t.open();
  for (int i = 0; i < 200; ++i) {
    t.next(from_client, 900);
    t.next(from_server, 0);
  }
  EXPECT_EQ(t.raw(from_client, t.c - 900, t.s, ack, 900).action, Action::accept);
  EXPECT_EQ(t.raw(from_client, t.c - 1, t.s, ack, 0).action, Action::accept) << "keep-alive";
  EXPECT_EQ(t.raw(from_client, t.c - 1, t.s, ack, 1).action, Action::accept) << "keep-alive";
  expect_drop(t.raw(from_client, t.c - 100000, t.s, ack, 900), Drop::out_of_window);
}

TEST(TcpTracking, AnAcknowledgementMustBeOfSomethingSentAndNotTooOld) {
  Conversation t;
  t.open();
  TcpVerdict v = t.raw(from_client, t.c, t.s + 1, ack, 10);
  expect_drop(v, Drop::out_of_window);
  EXPECT_TRUE(v.challenge);
  for (int i = 0; i < 200; ++i) {
    t.next(from_server, 900);
    t.next(from_client, 0);
  }
  EXPECT_EQ(t.raw(from_client, t.c, t.s - 900, ack, 10).action, Action::accept);
  expect_drop(t.raw(from_client, t.c, t.s - 150000, ack, 10), Drop::out_of_window);
}

TEST(TcpTracking, TheGatewaysOwnAcknowledgementsDoNotDisturb) {
  Conversation t;
  t.open();
  t.next(from_client, 800);  // held by the gateway, which acknowledges it in the server's name
  note_acknowledged(t.state, from_server, t.c);
  EXPECT_EQ(t.raw(from_server, t.s, t.c - 800, ack).action, Action::accept)
      << "the server knows less";
  EXPECT_EQ(t.raw(from_client, t.c, t.s, ack, 200).action, Action::accept) << "to the right edge";
  expect_drop(t.raw(from_client, t.c + 200, t.s, ack, 2), Drop::out_of_window);  // not moved by us
  EXPECT_EQ(t.raw(from_client, t.c, 0, rst).change, Change::reset) << "an answer to our ACK";
}

TEST(TcpTracking, NothingComesBehindAFin) {
  Conversation t;
  t.open();
  t.next(from_client, 0, fin | ack);
  expect_drop(t.raw(from_client, t.c, t.s, ack, 10), Drop::out_of_window);
  EXPECT_EQ(t.raw(from_client, t.c, t.s, ack).action, Action::accept);
  EXPECT_EQ(t.raw(from_client, t.c - 1, t.s, fin | ack).action, Action::accept);
}

// RFC 5961 3.2.
TEST(TcpReset, CountsOnlyAtTheExactNumber) {
  for (const int off : {-1, 1, 2, 100, 999, 1000, 100000}) {
    Conversation t;
    t.open();
    const TcpVerdict v = t.raw(from_client, t.c + static_cast<std::uint32_t>(off), 0, rst);
    expect_drop(v, Drop::bad_reset);
    EXPECT_TRUE(v.challenge);
    EXPECT_EQ(t.state.phase(), TcpPhase::established);
  }
  Conversation t;
  t.open();
  EXPECT_EQ(t.raw(from_client, t.c, 0, rst).change, Change::reset);
  EXPECT_EQ(t.state.phase(), TcpPhase::closed);
}

TEST(TcpReset, CountsWhereTheFarEndStandsAndAtTheEndOfWhatWasSent) {
  Conversation t;
  t.open();
  t.next(from_client, 100);  // not acknowledged yet
  const TcpState before = t.state;
  expect_drop(t.raw(from_client, t.c - 50, 0, rst), Drop::bad_reset);
  EXPECT_EQ(t.raw(from_client, t.c - 100, 0, rst).change, Change::reset);
  t.state = before;
  EXPECT_EQ(t.raw(from_client, t.c, t.s, rst | ack).change, Change::reset);
}

TEST(TcpReset, OfAConnectionAttemptMustAcknowledgeIt) {
  Conversation t;
  t.raw(from_client, t.c++, 0, syn);
  expect_drop(t.raw(from_server, 0, t.c, rst), Drop::bad_reset);
  expect_drop(t.raw(from_server, 0, t.c + 1, rst | ack), Drop::bad_reset);
  expect_drop(t.raw(from_client, t.c + 1, 0, rst), Drop::bad_reset);
  EXPECT_EQ(t.raw(from_server, 0, t.c, rst | ack).change, Change::reset);
}

TEST(TcpReset, AClientMayGiveUpItsAttempt) {
  Conversation t;
  t.raw(from_client, t.c++, 0, syn);
  t.raw(from_server, t.s++, t.c, syn | ack);
  EXPECT_EQ(t.raw(from_client, t.c, 0, rst).change, Change::reset);
}

TEST(TcpReset, LetsNothingThroughAfterItButANewConnectionAndItsRepetition) {
  Conversation t;
  t.open();
  t.raw(from_client, t.c, 0, rst);
  expect_drop(t.raw(from_server, t.s, t.c, ack, 10), Drop::bad_tcp_state);
  expect_drop(t.raw(from_client, t.c, t.s, ack, 10), Drop::bad_tcp_state);
  EXPECT_EQ(t.raw(from_client, t.c, 0, rst).change, Change::none);
  EXPECT_EQ(t.raw(from_client, 5, 0, syn).action, Action::renew);
  expect_drop(t.raw(from_server, 5, 0, syn), Drop::bad_tcp_state);
}

// RFC 5961 4.2.
TEST(TcpSyn, InsideAConnectionIsDroppedAndWorthAChallenge) {
  Conversation t;
  t.open();
  for (const Direction d : {from_client, from_server}) {
    const TcpVerdict v = t.raw(d, 12345, 0, syn);
    expect_drop(v, Drop::bad_tcp_state);
    EXPECT_TRUE(v.challenge);
  }
  EXPECT_EQ(t.state.phase(), TcpPhase::established);
  // The client that really lost the connection answers the challenge (our ACK in the server's name
  // says where the server stands) with a reset at just that number.
  EXPECT_EQ(t.raw(from_client, t.state.peer(from_server).ack, 0, rst).change, Change::reset);
}

TEST(TcpSyn, OfAClientThatTriesAgainWithAnotherNumberBeginsAnew) {
  Conversation t;
  t.raw(from_client, 1000, 0, syn);
  EXPECT_EQ(t.raw(from_client, 9000, 0, syn).action, Action::accept);
  expect_drop(t.raw(from_server, t.s, 1001, syn | ack), Drop::out_of_window);
  EXPECT_EQ(t.raw(from_server, t.s, 9001, syn | ack).action, Action::accept);
  const TcpVerdict v = t.raw(from_client, 20000, 0, syn);
  expect_drop(v, Drop::bad_tcp_state);
  EXPECT_TRUE(v.challenge);
}

TEST(TcpSyn, OnAFinishedTupleIsANewConnection) {
  Conversation t;
  t.open();
  t.next(from_client, 0, fin | ack);
  t.next(from_server, 0, fin | ack);
  ASSERT_EQ(t.next(from_client, 0).change, Change::closed);
  EXPECT_EQ(t.raw(from_client, 5, 0, syn).action, Action::renew);
}

TEST(TcpSyn, AServerThatRemembersAnOlderConnectionIsResetByTheClient) {
  Conversation t;
  t.raw(from_client, t.c++, 0, syn);
  // Its challenge ACK goes to the client, whose reset at that number goes to the server.
  EXPECT_EQ(t.raw(from_server, 555, 4444, ack).action, Action::accept);
  EXPECT_EQ(t.state.phase(), TcpPhase::syn_sent);
  const TcpVerdict v = t.raw(from_client, 4444, 0, rst);
  EXPECT_EQ(v.action, Action::accept);
  EXPECT_EQ(v.change, Change::none);
  expect_drop(t.raw(from_client, 4445, 0, rst), Drop::bad_reset);
  // The SYN is repeated and now answered.
  t.raw(from_client, t.c - 1, 0, syn);
  EXPECT_EQ(t.raw(from_server, t.s++, t.c, syn | ack).action, Action::accept);
  EXPECT_EQ(t.next(from_client, 0).change, Change::established);
  Conversation with_data;
  with_data.raw(from_client, with_data.c++, 0, syn);
  expect_drop(with_data.raw(from_server, 555, 4444, ack, 10), Drop::bad_tcp_state);
}

TEST(TcpLenient, ACaptureMayBeginInTheMiddleAndMissSegments) {
  Conversation t;
  t.lenient = true;
  EXPECT_EQ(t.next(from_server, 300).action, Action::accept);
  EXPECT_EQ(t.state.phase(), TcpPhase::established);
  EXPECT_TRUE(t.state.picked_up());
  EXPECT_EQ(t.next(from_client, 300).action, Action::accept);
  EXPECT_EQ(t.raw(from_client, t.c + 70000, t.s + 70000, ack, 10).action, Action::accept);
  EXPECT_EQ(t.raw(from_client, t.c + 70010, 0, rst).change, Change::reset);
  EXPECT_EQ(t.raw(from_server, t.s, t.c, ack, 10).action, Action::accept);
  EXPECT_EQ(t.raw(from_client, 1, 0, syn).action, Action::renew);
}

TEST(TcpLenient, ACaptureMayBeginWithTheAnswerToASyn) {
  Conversation t;
  t.lenient = true;
  EXPECT_EQ(t.raw(from_server, t.s++, t.c, syn | ack).action, Action::accept);
  EXPECT_EQ(t.state.phase(), TcpPhase::syn_received);
  EXPECT_EQ(t.next(from_client, 10).change, Change::established);
}

TEST(TcpLenient, ACaptureMayMissTheAnswerToASyn) {
  Conversation t;
  t.lenient = true;
  t.raw(from_client, t.c++, 0, syn);
  EXPECT_EQ(t.next(from_server, 10).change, Change::established);
  EXPECT_EQ(t.next(from_client, 10).action, Action::accept);
  EXPECT_EQ(t.next(from_client, 0, fin | ack).change, Change::closing);
}

TEST(TcpLenient, AWholeConversationIsSeenAsItIs) {
  Conversation t;
  t.lenient = true;
  t.open();
  EXPECT_FALSE(t.state.picked_up());
  t.next(from_client, 0, fin | ack);
  t.next(from_server, 0, fin | ack);
  EXPECT_EQ(t.next(from_client, 0).change, Change::closed);
}

}  // namespace
}  // namespace rpcgate::flow
