// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What find_common() accepts must be what judge() lets pass, and must leave behind what judge()
// would have. Two worlds hear the same conversation, one of them without the common way.
#include <optional>
#include <random>

#include "conversation.hpp"

namespace rpcgate::test {
namespace {

std::string rules(const std::string& samr_denies) {
  return one_rule(R"(interfaces = ["emsmdb"]
protection = "none"
[[publish.interface]]
name = "samr"
protection = "integrity"
deny-opnums = [)" +
                  samr_denies + R"(]
[[publish.interface]]
name = "wkssvc"
protection = "none"
[[publish.interface]]
name = "lsarpc"
protection = "connect"
)");
}

// A client and a server that mostly do what they should.
class Talk {
 public:
  explicit Talk(unsigned seed) : random_(seed) {
    quick_.common = true;
    use_rules();
  }

  void run(unsigned steps) {
    open();
    for (unsigned i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      if (quick_.is_cut()) open();
      if (chance(2)) use_rules();
      if (chance(2)) now(seconds{61});
      now(std::chrono::microseconds{100});
      if (chance(50))
        send(Side::client, some(&Talk::a_request));
      else
        send(Side::server, some(&Talk::an_answer));
    }
  }
  std::uint64_t common_pdus() const { return quick_.common_pdus; }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return *(values.begin() + below(static_cast<unsigned>(values.size())));
  }

  void now(Duration later) {
    quick_.now += later;
    slow_.now += later;
  }
  void use_rules() {
    const std::string few = chance(30) ? "[limits]\noutstanding-calls = 4\n" : "";
    const std::string text = few + rules(one_of<const char*>({"37", "7, 37", "0"}));
    ++generation_;
    for (RpcWorld* w : {&quick_, &slow_}) w->use_rules(text, generation_);
  }

  // One PDU, or several at once, or the beginning of one.
  Octets some(Octets (Talk::*make)()) {
    Octets all = (this->*make)();
    while (chance(20)) {
      const Octets more = (this->*make)();
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }

  void send(Side from, const Octets& bytes) {
    const std::size_t portion = chance(60) ? 0 : 1 + below(chance(50) ? 40 : 400);
    const Octets left = quick_.feed(from, bytes, portion);
    ASSERT_EQ(left, slow_.feed(from, bytes, portion));
    compare();
  }
  void compare() {
    ASSERT_EQ(quick_.is_cut(), slow_.is_cut());
    ASSERT_EQ(quick_.cut_verdict().reason, slow_.cut_verdict().reason);
    ASSERT_EQ(quick_.remembered(), slow_.remembered());
    ASSERT_EQ(quick_.events.size(), slow_.events.size());
  }

  void open() {
    calls_.clear();
    next_call_ = 10;
    const Interface what = one_of({samr, wkssvc, lsarpc, emsmdb});
    level_ = one_of<std::uint8_t>({1, 2, 5, 6, 6});
    const auto trailer = [this](Octets token) {
      return level_ == 1 ? std::optional<Trailer>{} : ntlm(level_, std::move(token));
    };
    for (RpcWorld* w : {&quick_, &slow_}) {
      w->open(FlowKind::data);
      w->client(bind(call(1), {{0, what}}, trailer(ntlm_negotiate())));
      w->server(bind_ack(call(1), {accepted()}, 0x3988, trailer(ntlm_challenge())));
      if (level_ != 1) w->client(auth3(call(1), ntlm(level_, ntlm_authenticate())));
    }
    compare();
  }

  std::optional<Trailer> a_trailer() {
    if (chance(3)) return ntlm(one_of<std::uint8_t>({1, 2, 4, 5, 6, 9}));
    if (chance(2)) return ntlm(level_, Octets(16), 7);
    if (level_ == 1 || (level_ == 2 && chance(50)) || chance(3)) return {};
    return ntlm(level_, Octets(one_of<std::size_t>({12, 16, 60})));
  }
  Head head(std::uint32_t id) {
    std::uint8_t flags = 0x03;
    if (chance(6)) flags = one_of<std::uint8_t>({0x01, 0x02, 0x00, 0x43, 0x13, 0x07, 0x23});
    return {id, chance(1) ? ByteOrder::big : ByteOrder::little, flags};
  }
  Octets a_request() {
    const std::uint32_t id = chance(3) && !calls_.empty() ? calls_.back() : next_call_++;
    calls_.push_back(id);
    Call what;
    what.context = chance(2) ? 5 : 0;
    what.opnum = one_of<std::uint16_t>({0, 0, 5, 7, 7, 63, 64});
    if (chance(3)) what.opnum = one_of<std::uint16_t>({4, 37, 300});
    what.stub = Octets(one_of<std::size_t>({0, 8, 64, 500}));
    if (chance(3)) what.object = samr.uuid;
    what.trailer = a_trailer();
    return request(head(id), what);
  }
  Octets an_answer() {
    std::uint32_t id = 9999;
    if (!calls_.empty() && !chance(2)) {
      const std::size_t which = chance(80) ? 0 : below(static_cast<unsigned>(calls_.size()));
      id = calls_[which];
      if (chance(95)) calls_.erase(calls_.begin() + static_cast<std::ptrdiff_t>(which));
    }
    if (chance(3)) return fault({id, ByteOrder::little, 0x03}, 0, 5);
    std::optional<Trailer> trailer;
    if (level_ > 2 && !chance(2)) trailer = ntlm(level_);
    const Octets stub(one_of<std::size_t>({0, 8, 200, 6000}));
    if (!chance(20)) return response(head(id), 0, stub, trailer);
    Octets all;
    for (const Octets& one : response_fragments({id}, 0, stub, 64))
      all.insert(all.end(), one.begin(), one.end());
    return all;
  }

  std::mt19937 random_;
  RpcWorld quick_{rules("37")};
  RpcWorld slow_{rules("37")};
  std::uint32_t generation_ = 1;
  std::uint8_t level_ = 1;
  std::uint32_t next_call_ = 10;
  std::vector<std::uint32_t> calls_;
};

TEST(CommonPdu, IsWhatTheJudgementWouldHaveDone) {
  std::uint64_t common = 0;
  for (unsigned seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Talk talk(seed);
    talk.run(400);
    common += talk.common_pdus();
  }
  EXPECT_GT(common, 3000u);
}

// Where both ways must be told apart for certain.
TEST(CommonPdu, ARequestIsOneOnlyOnceItsLikeHasPassed) {
  RpcWorld w;
  w.common = true;
  bind_ntlm(w, samr, 6);
  const auto ask = [&w](std::uint32_t id, std::uint16_t opnum, std::uint8_t level) {
    const std::uint64_t before = w.common_pdus;
    w.client(request(call(id), {0, opnum, Octets(64), {}, ntlm(level)}));
    return w.common_pdus != before;
  };
  EXPECT_FALSE(ask(2, 7, 6));
  EXPECT_TRUE(ask(3, 7, 6));
  EXPECT_FALSE(ask(4, 8, 6));
  w.server(response(call(2), 0, Octets(64), ntlm(6)));
  w.server(response(call(3), 0, Octets(64), ntlm(6)));
  EXPECT_EQ(w.common_pdus, 3u);
  EXPECT_TRUE(ask(5, 8, 6));
  EXPECT_FALSE(ask(6, 7, 5)) << "another level";
  EXPECT_EQ(w.count(Kind::request_refused), 1u);
}

TEST(CommonPdu, NewRulesAreAskedFirst) {
  RpcWorld w(rules("37"));
  w.common = true;
  bind_ntlm(w, samr, 6);
  const auto use = [](std::uint32_t id) {
    return request(call(id), {0, 7, Octets(64), {}, ntlm(6)});
  };
  w.client(use(2));
  w.client(use(3));
  ASSERT_EQ(w.common_pdus, 1u);
  w.use_rules(rules("7"), 2);
  EXPECT_EQ(w.client(use(4)), opnum_poisoned(use(4)));
  EXPECT_EQ(w.common_pdus, 1u);
}

}  // namespace
}  // namespace rpcgate::test
