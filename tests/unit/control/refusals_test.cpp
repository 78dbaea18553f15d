// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/refusals.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "control/refusal_rows.hpp"
#include "dcerpc/interfaces.hpp"

namespace rpcgate::control {
namespace {

using event::Action;
using event::Kind;
using stats::Reason;

event::Event refused(Kind kind, Reason reason, const char* interface = nullptr,
                     Action action = Action::rpc_error) {
  event::Event e;
  e.kind = kind;
  e.reason = reason;
  e.action = action;
  e.rule = 5;
  e.time = Instant{seconds{1}};
  if (interface != nullptr) {
    e.has_interface = true;
    e.interface = *dcerpc::interface_by_name(interface);
  }
  return e;
}

std::uint64_t count_of(const Refusals& refusals, Reason reason) {
  std::uint64_t sum = 0;
  for (const auto& [key, count] : refusals.by_key())
    if (key.reason == reason) sum += count.count;
  return sum;
}

TEST(Refusals, AreCountedByRuleInterfaceAndReason) {
  Refusals refusals;
  refusals.record(refused(Kind::map_refused, Reason::interface_not_granted, "netlogon"));
  refusals.record(refused(Kind::bind_refused, Reason::interface_not_granted, "netlogon"));
  refusals.record(refused(Kind::bind_refused, Reason::interface_not_granted, "wkssvc"));
  event::Event other = refused(Kind::bind_refused, Reason::interface_not_granted, "wkssvc");
  other.rule = 6;
  refusals.record(other);
  EXPECT_EQ(refusals.by_key().size(), 3u);
  EXPECT_EQ(count_of(refusals, Reason::interface_not_granted), 4u);
}

TEST(Refusals, WhatPassesOrEndsByItselfIsNone) {
  Refusals refusals;
  refusals.record(refused(Kind::map_allowed, Reason::none, "samr", Action::passed));
  refusals.record(refused(Kind::pinhole_closed, Reason::pinhole_expired, "samr", Action::passed));
  refusals.record(
      refused(Kind::bind_allowed, Reason::association_group_foreign, nullptr, Action::passed));
  EXPECT_TRUE(refusals.by_key().empty());
}

TEST(Refusals, TheResetThatCarriesOneOutIsNotAnother) {
  Refusals refusals;
  event::Event refusal =
      refused(Kind::request_refused, Reason::protection_too_low, "samr", Action::reset);
  event::Event reset =
      refused(Kind::connection_reset, Reason::protection_too_low, nullptr, Action::reset);
  refusal.flow = reset.flow = 9;
  refusals.record(refusal);
  refusals.record(reset);
  EXPECT_EQ(count_of(refusals, Reason::protection_too_low), 1u);
  refusals.record(reset);  // of another connection with the same id
  EXPECT_EQ(count_of(refusals, Reason::protection_too_low), 2u);
}

TEST(Refusals, ARefusalByRpcErrorIsFollowedByNoReset) {
  Refusals refusals;
  event::Event refusal = refused(Kind::request_refused, Reason::protection_too_low, "samr");
  event::Event reset = refused(Kind::connection_reset, Reason::idle, nullptr, Action::reset);
  event::Event limit =
      refused(Kind::limit_reached, Reason::notification_limit, nullptr, Action::dropped);
  refusal.flow = reset.flow = limit.flow = 9;
  refusals.record(refusal);
  refusals.record(limit);
  refusals.record(reset);
  EXPECT_EQ(count_of(refusals, Reason::idle), 1u);
}

TEST(Refusals, WhoAsksForRandomInterfacesDoesNotFillTheMemory) {
  Refusals refusals;
  for (std::uint32_t i = 0; i < Refusals::limit + 100; ++i) {
    event::Event e = refused(Kind::bind_refused, Reason::interface_not_granted, "samr");
    e.interface.major = static_cast<std::uint16_t>(i);
    refusals.record(e);
  }
  EXPECT_EQ(refusals.by_key().size(), Refusals::limit);
  EXPECT_EQ(refusals.left_out(), 100u);
}

std::string list(const Refusals& refusals, std::map<std::string, std::string> given = {}) {
  Request request{"show refusals", {}};
  request.arguments.insert(given.begin(), given.end());
  const auto arguments = Arguments::check(*find_command("show refusals"), request);
  EXPECT_TRUE(arguments);
  Reply reply;
  const auto outcome = list_refusals(
      refusals, [](std::uint32_t id) { return id == 5 ? std::string("dc") : std::string(); },
      *arguments, reply);
  return reply.finish(outcome);
}

TEST(Refusals, TheirTableBeginsWithTheMost) {
  Refusals refusals;
  refusals.record(refused(Kind::connection_refused, Reason::port_not_granted));
  for (int i = 0; i < 3; ++i)
    refusals.record(refused(Kind::map_refused, Reason::interface_not_granted, "netlogon"));
  event::Event gone = refused(Kind::bind_refused, Reason::interface_not_granted, "samr");
  gone.rule = 0xabc;
  refusals.record(gone);
  const std::string table = list(refusals);
  auto first = nlohmann::json::parse(table.substr(0, table.find('\n')));
  EXPECT_EQ(first["rule"], "dc");
  EXPECT_EQ(first["interface"]["name"], "netlogon");
  EXPECT_EQ(first["reason"], "interface-not-granted");
  EXPECT_EQ(first["count"], 3);
  EXPECT_NE(table.find("\"#00000abc\""), std::string::npos) << table;
  EXPECT_EQ(list(refusals, {{"rule", "dc"}}).find("#00000abc"), std::string::npos);
  EXPECT_NE(list(refusals, {{"limit", "1"}}).find("there are more"), std::string::npos);
  EXPECT_NE(list(refusals, {{"limit", "x"}}).find("\"ok\":false"), std::string::npos);
}

}  // namespace
}  // namespace rpcgate::control
