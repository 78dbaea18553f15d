// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <random>

#include "conversation.hpp"

namespace rpcgate::test {
namespace {

struct Step {
  Side from;
  Octets bytes;
};

// A whole data conversation with refusals of every place, in order.
std::vector<Step> data_conversation(ByteOrder order) {
  const auto c = [order](std::uint32_t id) { return call(id, order); };
  const Call sealed{0, 7, Octets(100), {}, ntlm(6)};
  const Call denied{0, 37, Octets(100), {}, ntlm(6)};
  return {
      {Side::client, bind(c(1), {{0, samr}, {1, winreg}}, ntlm(6, ntlm_negotiate()))},
      {Side::server, bind_ack(call(1), {accepted(), rejected()}, 1, ntlm(6, ntlm_challenge()))},
      {Side::client, joined({auth3(c(1), ntlm(6, ntlm_authenticate())), request(c(2), sealed),
                             joined(request_fragments(c(3), denied, 24)), request(c(4), {0, 7}),
                             pdu(pdu_co_cancel, c(4), {}), request(c(5), {9, 1}),
                             request(c(6), {0, 7, Octets(40), {}, ntlm(5)}),
                             alter(c(7), {{2, wkssvc}, {3, mgmt}})})},
      {Side::server, joined({response(call(2), 0, Octets(500), ntlm(6)), fault(call(3), 0, 5),
                             fault(call(4), 0, 5), alter_resp(call(7), {accepted(), rejected()})})},
      {Side::client, request(c(8), {2, 0, Octets(3000)})},
      {Side::server, joined(response_fragments(call(8), 0, Octets(5000), 700))},
  };
}

std::vector<Step> mapper_conversation(Ndr ndr, ByteOrder order) {
  const auto question = [&](std::uint32_t id, const Interface& interface, std::size_t chunk) {
    return joined(request_fragments(
        call(id, order), {0, 3, map_question({{interface}, 400, true}, ndr, order)}, chunk));
  };
  const auto answer = [&](std::uint32_t id, const Interface& interface, std::size_t chunk) {
    const Tower one{interface, 49154, server_address};
    const Tower two{interface, 445, server_address};
    return joined(response_fragments(call(id), 0, map_answer({{two, one}}, ndr), chunk));
  };
  return {
      {Side::client, bind(call(1, order), {{0, epmapper, {syntax_of(ndr)}}, {1, mgmt}})},
      {Side::server, bind_ack(call(1), {accepted(syntax_of(ndr)), rejected()})},
      {Side::client, joined({question(2, samr, 16), question(3, winreg, 50),
                             question(4, wkssvc, 1000), request(call(5, order), {0, 2})})},
      {Side::server, joined({answer(4, wkssvc, 33), fault(call(5), 0, 5), answer(2, samr, 1000)})},
  };
}

struct Played {
  Octets client, server;
  std::vector<Kind> told;
  bool cut = false;
  bool operator==(const Played&) const = default;
};

Played play(FlowKind kind, const std::vector<Step>& steps,
            const std::function<std::size_t()>& next_portion) {
  RpcWorld w;
  w.open(kind);
  Played outcome;
  for (const Step& step : steps) {
    Octets& out = step.from == Side::client ? outcome.client : outcome.server;
    for (std::size_t at = 0; at < step.bytes.size();) {
      const std::size_t n = std::min(next_portion(), step.bytes.size() - at);
      const Octets left = w.feed(step.from, slice(step.bytes, at, n), 0);
      out.insert(out.end(), left.begin(), left.end());
      at += n;
    }
  }
  for (const event::Event& e : w.events) outcome.told.push_back(e.kind);
  outcome.cut = w.is_cut();
  w.close();
  EXPECT_EQ(w.items_in_use(), 0u);
  return outcome;
}

std::size_t total(const std::vector<Step>& steps, Side from) {
  std::size_t size = 0;
  for (const Step& step : steps)
    if (step.from == from) size += step.bytes.size();
  return size;
}

// The promise of the framing: what leaves and what is told does not depend on segments.
void expect_same_for_any_segmentation(FlowKind kind, const std::vector<Step>& steps) {
  const Played whole = play(kind, steps, [] { return std::size_t{1} << 20; });
  EXPECT_FALSE(whole.cut);
  EXPECT_EQ(whole.client.size(), total(steps, Side::client));
  EXPECT_EQ(whole.server.size(), total(steps, Side::server));
  EXPECT_FALSE(whole.told.empty());
  for (const std::size_t portion : {1u, 2u, 3u, 7u, 16u, 17u, 24u, 100u})
    EXPECT_EQ(play(kind, steps, [portion] { return portion; }), whole) << portion;
  std::mt19937 random(20260101);
  for (int round = 0; round < 20; ++round) {
    std::uniform_int_distribution<std::size_t> size(1, 1 + static_cast<std::size_t>(round) * 5);
    EXPECT_EQ(play(kind, steps, [&] { return size(random); }), whole) << round;
  }
}

TEST(Framing, OfADataConversationGivesTheSameForAnySegmentation) {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big})
    expect_same_for_any_segmentation(FlowKind::data, data_conversation(order));
}

TEST(Framing, OfAMapperConversationGivesTheSameForAnySegmentation) {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big})
    for (const Ndr ndr : {Ndr::ndr32, Ndr::ndr64})
      expect_same_for_any_segmentation(FlowKind::mapper, mapper_conversation(ndr, order));
}

TEST(Framing, CutOffAnywhereGivesEveryItemBack) {
  for (const auto& [kind, steps] :
       {std::pair{FlowKind::data, data_conversation(ByteOrder::little)},
        std::pair{FlowKind::mapper, mapper_conversation(Ndr::ndr32, ByteOrder::little)}}) {
    std::size_t all = total(steps, Side::client) + total(steps, Side::server);
    for (std::size_t end = 0; end < all; end += 3) {
      RpcWorld w;
      w.open(kind);
      std::size_t left = end;
      for (const Step& step : steps) {
        const std::size_t n = std::min(left, step.bytes.size());
        w.feed(step.from, slice(step.bytes, 0, n), 0);
        left -= n;
      }
      w.close();
      ASSERT_EQ(w.items_in_use(), 0u);
    }
  }
}

TEST(Framing, OfAnythingThatIsNotRpcCutsTheConnection) {
  const Octets smb = from_hex("00000085ff534d4272000000001853c800000000");
  const Octets http = from_hex("474554202f20485454502f312e310d0a486f73743a");
  const Octets tls = from_hex("160301020001000001fc0303000102030405060708");
  const Octets connectionless = from_hex("040020001000000000000000000000000000000000");
  for (const Octets& other : {smb, http, tls, connectionless}) {
    for (const FlowKind kind : {FlowKind::data, FlowKind::mapper}) {
      RpcWorld w;
      w.open(kind);
      EXPECT_TRUE(w.client(other).empty());
      EXPECT_EQ(w.cut_verdict().reason, Reason::not_rpc);
    }
  }
}

TEST(Framing, OfTypesThatNoClientOrServerSendsHereCutsTheConnection) {
  for (const int type : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 17, 20}) {
    RpcWorld w;
    bind_bare(w, wkssvc);
    EXPECT_TRUE(w.client(pdu(static_cast<std::uint8_t>(type), call(2), Octets(40))).empty())
        << type;
    EXPECT_TRUE(w.is_cut()) << type;
  }
  for (const int type : {0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 14, 16, 18, 19, 20}) {
    RpcWorld w;
    bind_bare(w, wkssvc);
    EXPECT_TRUE(w.server(pdu(static_cast<std::uint8_t>(type), call(2), Octets(40))).empty())
        << type;
    EXPECT_TRUE(w.is_cut()) << type;
  }
}

TEST(Framing, OfAShutdownPasses) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  const Octets bye = pdu(pdu_shutdown, call(0), {});
  EXPECT_EQ(w.server(bye), bye);
  EXPECT_FALSE(w.is_cut());
}

TEST(Framing, OfAByteOrderThatChangesWithinOneDirectionCutsTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  EXPECT_TRUE(w.client(request(call(2, ByteOrder::big), {0, 0})).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::byte_order_changed);
}

TEST(Framing, OfBothDirectionsInDifferentByteOrdersIsAllRight) {
  RpcWorld w;
  w.open(FlowKind::data);
  w.client(bind(call(1, ByteOrder::big), {{0, wkssvc}}));
  w.server(bind_ack(call(1), {accepted()}));
  const Octets use = request(call(2, ByteOrder::big), {0, 0});
  EXPECT_EQ(w.client(use), use);
  w.server(response(call(2), 0, Octets(8)));
  EXPECT_FALSE(w.is_cut());
}

TEST(Framing, OfLengthsThatContradictEachOtherCutsTheConnection) {
  RpcWorld w;
  const Octets good = request(call(2), {0, 0, Octets(16), {}, ntlm(6)});
  const std::vector<Octets> odd = {
      with(good, 8, from_hex("1700")),   // shorter than a request's header
      with(good, 8, from_hex("0f00")),   // shorter than a header
      with(good, 10, from_hex("f000")),  // a trailer before the stub
      with(good, 10, from_hex("1100")),  // a trailer that is not aligned
      with(good, 8, from_hex("d116")),   // 5841: longer than servers accept
  };
  for (const Octets& each : odd) {
    bind_bare(w, wkssvc);
    EXPECT_TRUE(w.client(each).empty()) << to_hex(each);
    EXPECT_TRUE(w.is_cut());
  }
}

TEST(Framing, OfAnAnswerLongerThanAgreedCutsTheConnection) {
  RpcWorld w;
  bind_bare(w, wkssvc);
  w.client(request(call(2), {0, 0}));
  EXPECT_TRUE(w.server(response(call(2), 0, Octets(5840))).empty());
  EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_too_long);
}

TEST(MayStartPdu, RecognisesBeginningsOfPdusAtEveryLength) {
  const Octets good = bind(call(1), {{0, samr}});
  for (std::size_t size = 1; size <= good.size(); ++size)
    EXPECT_TRUE(inspect::may_start_pdu(Bytes{good}.first(size))) << size;
  EXPECT_FALSE(inspect::may_start_pdu(from_hex("ff")));
  EXPECT_FALSE(inspect::may_start_pdu(from_hex("0501")));
  EXPECT_FALSE(inspect::may_start_pdu(from_hex("050063")));
  EXPECT_FALSE(inspect::may_start_pdu(Bytes{with(good, 8, from_hex("0100"))}));
}

}  // namespace
}  // namespace rpcgate::test
