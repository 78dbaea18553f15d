// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The situations people fight with, each with its whole answer in explain/NAME.txt. After a change
// of words RPCGATE_WRITE_STORIES=1 writes them anew, to be read before they are committed.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "story_lab.hpp"

namespace rpcgate::control {
namespace {

using Kind = event::Kind;
using Action = event::Action;
using Reason = stats::Reason;

class Situation : public testing::Test, protected StoryLab {
 protected:
  void expect(const std::string& name) const {
    const std::filesystem::path path =
        std::filesystem::path(RPCGATE_SOURCE_DIR) / "tests/unit/control/explain" / (name + ".txt");
    const std::string told = text() + '\n';
    if (std::getenv("RPCGATE_WRITE_STORIES") != nullptr) std::ofstream(path) << told;
    std::ostringstream wanted;
    wanted << std::ifstream(path).rdbuf();
    EXPECT_EQ(told, wanted.str());
  }
  LivePinhole pinhole() const {
    LivePinhole live;
    live.id = 7;
    live.outer = address("198.51.100.1");
    live.outer_port = 49200;
    live.server = {address("10.10.0.10"), 49200};
    live.rule = "dc";
    live.interfaces = {*dcerpc::interface_by_name("samr")};
    live.age = 3600;
    return live;
  }
  event::Event on_mail(event::Event e) const {
    e.rule = policy::rule_id("mail");
    e.outer = address("198.51.100.2");
    e.server = address("10.10.0.20");
    e.outer_port = 6001;
    e.pinhole = 0;
    return e;
  }
};

TEST_F(Situation, GrantedAndUsed) {
  add(at(0, Kind::bind_allowed, "epmapper"));
  add_granted();
  add(at(60, Kind::map_allowed, "samr"));
  add(at(120, Kind::map_allowed, "samr"));
  pinholes = {pinhole()};
  pinholes[0].connections = 1;
  pinholes[0].connections_ever = 2;
  LiveFlow flow;
  flow.id = 33;
  flow.client_port = 50001;
  flow.outer = {address("198.51.100.1"), 49200};
  flow.server = {address("10.10.0.10"), 49200};
  flow.rule = "dc";
  flow.kind = "rpc";
  flow.state = "established";
  flow.bytes = 4711;
  flow.age = 3599;
  flows = {flow};
  expect("granted_and_used");
}

TEST_F(Situation, GrantedButNeverDialled) {
  add(at(0, Kind::map_allowed, "samr"));
  add(of_pinhole(0, Kind::pinhole_opened, "samr"));
  event::Event closed = of_pinhole(120, Kind::pinhole_closed, "samr");
  closed.reason = Reason::pinhole_expired;
  closed.duration = seconds{120};
  add(closed);
  expect("granted_never_dialled");
}

TEST_F(Situation, PinholeExpired) {
  add_granted();
  event::Event closed = of_pinhole(1800, Kind::pinhole_closed, "samr");
  closed.reason = Reason::pinhole_expired;
  closed.duration = seconds{1800};
  add(closed);
  for (const int second : {2000, 2030}) {
    event::Event dialled =
        refused(second, Kind::connection_refused, Reason::pinhole_expired, nullptr, Action::reset);
    dialled.outer_port = 49200;
    dialled.server = {};
    add(dialled);
  }
  expect("pinhole_expired");
}

TEST_F(Situation, InterfaceNotGranted) {
  for (const int second : {10, 20, 30})
    add(refused(second, Kind::map_refused, Reason::interface_not_granted, "netlogon"));
  expect("interface_not_granted");
}

TEST_F(Situation, VersionNotGranted) {
  event::Event e = refused(10, Kind::bind_refused, Reason::version_not_granted, "samr");
  e.interface.major = 2;
  add(e);
  expect("version_not_granted");
}

TEST_F(Situation, OpnumDeniedWithItsTechnique) {
  add(at(0, Kind::map_allowed, "drsuapi"));
  add(of_pinhole(0, Kind::pinhole_opened, "drsuapi"));
  event::Event e = called(5, Reason::opnum_denied, "drsuapi", 3);
  e.technique.assign("T1003.006");
  e.user.assign("CORP\\mallory@LAPTOP");
  add(e);
  expect("opnum_denied");
}

TEST_F(Situation, ProtectionTooLow) {
  add_granted();
  event::Event e = called(5, Reason::protection_too_low, "samr", 64);
  e.protection = 5;
  e.user.assign("CORP\\alice@WS1");
  add(e);
  expect("protection_too_low");
}

TEST_F(Situation, AnonymousCaller) {
  event::Event e = refused(5, Kind::bind_refused, Reason::anonymous_caller, "samr");
  e.protection = 6;
  add(e);
  expect("anonymous_caller");
}

TEST_F(Situation, WrongAuthentication) {
  event::Event e = called(5, Reason::authentication_not_allowed, "samr", 0);
  e.user.assign("CORP\\alice@WS1");
  add(e);
  expect("wrong_authentication");
}

TEST_F(Situation, OutsideSchedule) {
  add(refused(5, Kind::map_refused, Reason::outside_schedule, "samr"));
  expect("outside_schedule");
}

TEST_F(Situation, SealedRegistrationBehindNat) {
  add(on_mail(at(0, Kind::bind_allowed, "emsmdb")), "mail");
  add(on_mail(called(5, Reason::notification_sealed_behind_nat, "emsmdb", 4)), "mail");
  expect("notification_sealed_behind_nat");
}

TEST_F(Situation, SealedActivation) {
  event::Event e = called(5, Reason::activation_sealed, "isystemactivator", 4);
  e.kind = Kind::activation_refused;
  add(e);
  expect("activation_sealed");
}

TEST_F(Situation, ClassNotGranted) {
  event::Event e = called(5, Reason::class_not_granted, "isystemactivator", 4);
  e.kind = Kind::activation_refused;
  e.has_class = true;
  e.clsid = *dcerpc::Uuid::parse("49b2791a-b1ae-4c90-9b8e-e860ba07f889");
  add(e);
  expect("class_not_granted");
}

TEST_F(Situation, ForeignAssociationGroup) {
  add(of_pinhole(4, Kind::pinhole_used));
  event::Event e = refused(5, Kind::bind_refused, Reason::association_group_foreign);
  e.outer_port = 49200;
  add(e);
  expect("association_group_foreign");
}

TEST_F(Situation, NobodyKnowsTheClient) {
  client = address("203.0.113.9");
  expect("no_rule");
}

TEST_F(Situation, RulesNameAClientThatHasAskedForNothing) {
  expect("asked_for_nothing");
}

TEST_F(Situation, LimitReached) {
  for (const int second : {5, 6, 7})
    add(refused(second, Kind::limit_reached, Reason::connection_limit, nullptr, Action::dropped));
  expect("limit_reached");
}

TEST_F(Situation, PolicyChangedUnderIt) {
  add_granted();
  event::Event closed = of_pinhole(600, Kind::pinhole_closed, "samr");
  closed.reason = Reason::policy_changed;
  closed.rule = policy::rule_id("gone");
  closed.duration = seconds{600};
  add(closed, "");
  event::Event reset = of_pinhole(600, Kind::connection_reset);
  reset.reason = Reason::policy_changed;
  reset.action = Action::reset;
  add(reset);
  expect("policy_changed");
}

TEST_F(Situation, PortThatWasNeverGranted) {
  event::Event e =
      refused(5, Kind::connection_refused, Reason::port_not_granted, nullptr, Action::dropped);
  e.outer_port = 445;
  e.server = {};
  add(e);
  expect("port_not_granted");
}

TEST_F(Situation, NotifiedAndWithASession) {
  add(on_mail(at(0, Kind::bind_allowed, "emsmdb")), "mail");
  add(on_mail(at(1, Kind::notification_armed, "emsmdb")), "mail");
  add(on_mail(at(2, Kind::notification_passed)), "mail");
  sessions = {{address("198.51.100.2"), address("10.10.0.20"), "mail", 1, 12, 3599}};
  forgotten = 40;
  expect("notified");
}

}  // namespace
}  // namespace rpcgate::control
