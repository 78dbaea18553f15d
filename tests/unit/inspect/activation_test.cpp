// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// DCOM on the mapper's port, with real stubs: which classes are activated, and what their answers
// open.
#include "../dcerpc/dcom_examples.hpp"
#include "conversation.hpp"
#include "mapper_conversation.hpp"

namespace rpcgate::test {
namespace {

using dcerpc::test::hex;

constexpr Interface activator{"000001a0-0000-0000-c000-000000000046", 0};
constexpr Interface exporter{"99fcfec4-5260-101b-bbcb-00aa0021347a", 0};
constexpr const char* wmi_class = "8bc3f05e-d86b-11d0-a075-00c04fb68820";
constexpr std::uint16_t create = 4, resolve2 = 4;

std::string rules(const std::string& keys) {
  return one_rule("interfaces = [\"isystemactivator\", \"iobjectexporter\"]\n" + keys);
}
const std::string readable = "protection = \"none\"\n";
const std::string wmi_only = std::string{"classes = [\""} + wmi_class + "\"]\n";

void bind_to(RpcWorld& w, const Interface& interface) {
  w.open(FlowKind::mapper);
  w.client(bind(call(1), {{0, interface}}));
  w.server(bind_ack(call(1), {accepted()}));
  ASSERT_FALSE(w.is_cut());
}
void bind_sealed(RpcWorld& w, std::uint8_t level) {
  w.open(FlowKind::mapper);
  w.client(bind(call(1), {{0, activator}}, ntlm(level, ntlm_negotiate())));
  w.server(bind_ack(call(1), {accepted()}, 0x3988, ntlm(level, ntlm_challenge())));
  w.client(auth3(call(1), ntlm(level, ntlm_authenticate({}))));
  ASSERT_FALSE(w.is_cut());
}
Octets activation(std::uint32_t id, const std::optional<Trailer>& trailer = {}) {
  return request(call(id), {0, create, hex(dcerpc::test::create_instance_request), {}, trailer});
}
Octets activated(std::uint32_t id, const std::optional<Trailer>& trailer = {}) {
  return response(call(id), 0, hex(dcerpc::test::create_instance_answer), trailer);
}

TEST(Activation, OfAGrantedClassOpensThePortOfItsAnswerUnchanged) {
  for (const std::size_t portion : {std::size_t{0}, std::size_t{1}, std::size_t{100}}) {
    RpcWorld w(rules(readable + wmi_only));
    bind_to(w, activator);
    EXPECT_EQ(w.client(activation(2), portion), activation(2));
    const event::Event& allowed = w.last(Kind::activation_allowed);
    EXPECT_TRUE(allowed.has_class);
    EXPECT_EQ(allowed.clsid.to_string(), wmi_class);
    EXPECT_EQ(allowed.opnum, create);
    EXPECT_FALSE(has_pinhole(w, 52419));
    EXPECT_EQ(w.server(activated(2), portion), activated(2));
    EXPECT_TRUE(has_pinhole(w, 52419));
    EXPECT_EQ(w.count(Kind::pinhole_opened), 1u);
    EXPECT_EQ(w.last(Kind::pinhole_opened).server, w.flow.server.address);
    EXPECT_FALSE(w.is_cut());
  }
}

TEST(Activation, OfAnotherClassIsPoisonedAndNothingOpens) {
  RpcWorld w(rules(readable + "classes = [\"49b2791a-b1ae-4c90-9b8e-e860ba07f889\"]\n"));
  bind_to(w, activator);
  EXPECT_EQ(w.client(activation(2)), opnum_poisoned(activation(2)));
  const event::Event& refused = w.last(Kind::activation_refused);
  EXPECT_EQ(refused.reason, Reason::class_not_granted);
  EXPECT_EQ(refused.clsid.to_string(), wmi_class);
  w.server(fault(call(2), 0, 0x1c010002));
  EXPECT_FALSE(w.is_cut());
  EXPECT_FALSE(has_pinhole(w, 52419));
}

TEST(Activation, InFragmentsIsJudgedAsOneAndPoisonedInAll) {
  const Call whole{0, create, hex(dcerpc::test::create_instance_request)};
  for (const bool granted : {true, false}) {
    RpcWorld w(rules(readable + (granted ? wmi_only : "")));
    bind_to(w, activator);
    Octets sent;
    Octets poisoned;
    for (const Octets& fragment : request_fragments(call(2), whole, 96)) {
      sent.insert(sent.end(), fragment.begin(), fragment.end());
      const Octets marked = opnum_poisoned(fragment);
      poisoned.insert(poisoned.end(), marked.begin(), marked.end());
    }
    EXPECT_EQ(w.client(sent, 50), granted ? sent : poisoned);
    if (!granted) continue;
    Octets answered;
    for (const Octets& fragment :
         response_fragments(call(2), 0, hex(dcerpc::test::create_instance_answer), 120))
      answered.insert(answered.end(), fragment.begin(), fragment.end());
    EXPECT_EQ(w.server(answered, 77), answered);
    EXPECT_TRUE(has_pinhole(w, 52419));
  }
}

TEST(Activation, ThatIsSignedIsReadAndThatIsSealedRefused) {
  for (const std::uint8_t level : {std::uint8_t{5}, std::uint8_t{6}}) {
    RpcWorld w(rules("protection = \"integrity\"\n" + wmi_only));
    bind_sealed(w, level);
    const Octets asked = activation(2, ntlm(level));
    if (level == 5) {
      EXPECT_EQ(w.client(asked), asked);
      EXPECT_EQ(w.server(activated(2, ntlm(level))), activated(2, ntlm(level)));
      EXPECT_TRUE(has_pinhole(w, 52419));
    } else {
      EXPECT_EQ(w.client(asked), opnum_poisoned(asked));
      EXPECT_EQ(w.last(Kind::activation_refused).reason, Reason::activation_sealed);
      EXPECT_EQ(w.last(Kind::activation_refused).user.view(), "CORP\\administrator@PC1");
    }
  }
}

TEST(Activation, ThatIsSealedPassesUnjudgedWhereTheRuleSaysSoAndOpensNothing) {
  RpcWorld w(rules("sealed-activation = true\nstatic-ports = [49800]\n"));
  bind_sealed(w, 6);
  const Octets asked = activation(2, ntlm(6));
  EXPECT_EQ(w.client(asked), asked);
  EXPECT_EQ(w.last(Kind::activation_allowed).reason, Reason::activation_sealed);
  EXPECT_FALSE(w.last(Kind::activation_allowed).has_class);
  EXPECT_EQ(w.server(activated(2, ntlm(6))), activated(2, ntlm(6)));
  EXPECT_EQ(w.count(Kind::pinhole_opened), 0u);
  EXPECT_FALSE(w.is_cut());
}

TEST(Activation, ThatCannotBeReadIsRefused) {
  RpcWorld w(rules(readable + "classes = [\"any\"]\n"));
  bind_to(w, activator);
  const Octets asked = request(call(2), {0, create, Octets(64)});
  EXPECT_EQ(w.client(asked), opnum_poisoned(asked));
  EXPECT_EQ(w.last(Kind::activation_refused).reason, Reason::activation_malformed);
}

// RemoteActivation names its class in the call, and perhaps a file that the server takes it from.
TEST(Activation, ThatNamesAFileHasNoCertainClass) {
  constexpr Interface old_activator{"4d9f4ab8-7d1c-11cf-861e-0020af6e7c57", 0};
  for (const bool file : {false, true}) {
    dcerpc::test::StubWriter stub{dcerpc::Ndr::ndr32, ByteOrder::little};
    stub.orpc_this();
    stub.uuid(*dcerpc::Uuid::parse(wmi_class));
    stub.pointer(file);
    if (file) {
      for (const std::uint64_t count : {2u, 0u, 2u}) stub.count(count);
      for (const unsigned unit : {65u, 0u}) stub.u16(static_cast<std::uint16_t>(unit));
    }
    stub.pointer(false);                                             // no storage
    for (const std::uint32_t value : {2u, 0u, 1u}) stub.u32(value);  // level, mode, interfaces
    stub.pointer(true);
    stub.count(1);
    stub.uuid(*dcerpc::Uuid::parse("f309ad18-d86a-11d0-a075-00c04fb68820"));
    stub.u16(1);  // protocols
    stub.count(1);
    stub.u16(7);
    RpcWorld w(rules(readable + "classes = [\"any\"]\n[[publish.interface]]\nname = "
                                "\"iactivation\"\nprotection = \"none\"\n"));
    bind_to(w, old_activator);
    const Octets asked = request(call(2), {0, 0, stub.stub()});
    EXPECT_EQ(w.client(asked), file ? opnum_poisoned(asked) : asked);
    EXPECT_EQ(w.count(Kind::activation_allowed), file ? 0u : 1u);
    if (!file) continue;
    EXPECT_EQ(w.last(Kind::activation_refused).reason, Reason::activation_malformed);
  }
}

TEST(Activation, ThatWantsNoAnswerIsRefused) {
  RpcWorld w(rules(readable + wmi_only));
  bind_to(w, activator);
  constexpr std::uint8_t single_maybe = 0x43;
  const Octets asked = request({2, ByteOrder::little, single_maybe},
                               {0, create, hex(dcerpc::test::create_instance_request)});
  EXPECT_EQ(w.client(asked), opnum_poisoned(asked));
  EXPECT_EQ(w.last(Kind::activation_refused).reason, Reason::activation_malformed);
}

TEST(Activation, OnADataFlowIsNoBusinessOfAnybody) {
  RpcWorld w(rules(readable + wmi_only));
  w.open(FlowKind::data);
  w.client(bind(call(1), {{0, activator}}));
  EXPECT_EQ(w.last(Kind::bind_refused).reason, Reason::interface_not_granted);
}

TEST(Activation, AnswerThatNamesAForbiddenPortOpensNothingAndIsTold) {
  RpcWorld w(rules(readable + wmi_only + "limits = {lowest-tower-port = 60000}\n"));
  bind_to(w, activator);
  w.client(activation(2));
  EXPECT_EQ(w.server(activated(2)), activated(2));
  EXPECT_FALSE(has_pinhole(w, 52419));
  EXPECT_EQ(w.last(Kind::activation_refused).reason, Reason::tower_not_acceptable);
  EXPECT_EQ(w.last(Kind::activation_refused).server_port, 52419);
}

TEST(Activation, AnswerThatCannotBeReadEndsTheConnection) {
  RpcWorld w(rules(readable + wmi_only));
  bind_to(w, activator);
  w.client(activation(2));
  w.server(response(call(2), 0, Octets(64)));
  EXPECT_TRUE(w.is_cut());
  EXPECT_EQ(w.cut_verdict().reason, Reason::activation_malformed);
}

TEST(Activation, WhoseRuleGoesWhileItIsAnsweredOpensNothing) {
  RpcWorld w(rules(readable + wmi_only));
  bind_to(w, activator);
  w.client(activation(2));
  std::string other = rules(readable + wmi_only);
  other.replace(other.find("\"dc\""), 4, "\"d2\"");
  w.use_rules(other, 2);
  w.server(activated(2));
  EXPECT_TRUE(w.is_cut());
  EXPECT_FALSE(has_pinhole(w, 52419));
}

TEST(Resolve, OpensThePortThatItsAnswerNames) {
  RpcWorld w(rules(readable));
  bind_to(w, exporter);
  const Octets asked = request(call(2), {0, resolve2, Octets(24)});
  EXPECT_EQ(w.client(asked), asked);
  const Octets answered = response(call(2), 0, hex(dcerpc::test::resolve_oxid2_answer));
  EXPECT_EQ(w.server(answered), answered);
  EXPECT_TRUE(has_pinhole(w, 65082));
  EXPECT_FALSE(w.is_cut());
}

TEST(Resolve, AnAnswerWithoutAQuestionOpensNothing) {
  RpcWorld w(rules(readable));
  bind_to(w, exporter);
  w.server(response(call(9), 0, hex(dcerpc::test::resolve_oxid2_answer)));
  EXPECT_TRUE(w.is_cut());
  EXPECT_FALSE(has_pinhole(w, 65082));
}

// --- callbacks -----------------------------------------------------------------------------------

constexpr Interface winreg_like{"338cd001-2244-31f1-aaaa-900038001003", 1};
const std::string with_callbacks =
    "[[publish.interface]]\nname = \"winreg\"\nprotection = \"none\"\ncallbacks = true\n";

TEST(Callback, PassesWhereTheInterfaceNeedsItAndIsAnswered) {
  RpcWorld w(rules(readable + with_callbacks));
  bind_bare(w, winreg_like);
  const Octets back = request(call(7), {0, 1, Octets(40)});
  EXPECT_EQ(w.server(back, 3), back);
  const Octets answered = response(call(7), 0, Octets(16));
  EXPECT_EQ(w.client(answered, 5), answered);
  EXPECT_FALSE(w.is_cut());
  // One answer a call.
  w.client(answered);
  EXPECT_TRUE(w.is_cut());
  EXPECT_EQ(w.cut_verdict().reason, Reason::pdu_unexpected);
}

TEST(Callback, ThatNobodyAnswersIsBounded) {
  RpcWorld w("[limits]\noutstanding-calls = 16\n" + rules(readable + with_callbacks));
  bind_bare(w, winreg_like);
  for (std::uint32_t id = 0; id < 16; ++id) w.server(request(call(id), {0, 1}));
  EXPECT_FALSE(w.is_cut());
  w.server(request(call(99), {0, 1}));
  EXPECT_TRUE(w.is_cut());
  EXPECT_EQ(w.cut_verdict().reason, Reason::too_many_calls);
}

TEST(Callback, IsRefusedAnywhereElse) {
  RpcWorld w(rules(readable + "[[publish.interface]]\nname = \"winreg\"\nprotection = \"none\"\n"));
  bind_bare(w, winreg_like);
  w.server(request(call(7), {0, 1, Octets(40)}));
  EXPECT_TRUE(w.is_cut());
  EXPECT_EQ(w.cut_verdict().reason, Reason::callback);
}

TEST(Callback, OnAContextOfAnotherInterfaceIsRefused) {
  RpcWorld w(rules(readable + with_callbacks));
  bind_bare(w, winreg_like);
  w.server(request(call(7), {5, 1, Octets(40)}));
  EXPECT_TRUE(w.is_cut());
  EXPECT_EQ(w.cut_verdict().reason, Reason::callback);
}

}  // namespace
}  // namespace rpcgate::test
