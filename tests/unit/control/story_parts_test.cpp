// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What a story is made of, and what hostile events make of it.
#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "control/explain/phrases.hpp"
#include "control/explain/reason_words.hpp"
#include "story_lab.hpp"

namespace rpcgate::control {
namespace {

using Kind = event::Kind;
using Reason = stats::Reason;

Reason reason_at(std::size_t i) {
  return static_cast<Reason>(i);
}

TEST(ReasonWords, EveryReasonHasItsWords) {
  for (std::size_t i = 0; i < stats::reason_count; ++i)
    EXPECT_TRUE(has_words(reason_at(i))) << stats::name_of(reason_at(i));
}

TEST(ReasonWords, EveryNameInThemIsFilledIn) {
  Named named{"<rule>", "<what>",  "<call>",   "<level>", "<floor>",
              "<port>", "<outer>", "<client>", "<until>"};
  const std::string known[] = {"<rule>", "<what>",  "<call>",   "<level>", "<floor>",
                               "<port>", "<outer>", "<client>", "<until>"};
  for (std::size_t i = 0; i < stats::reason_count; ++i) {
    const auto empty = words_for(reason_at(i), {});
    const auto full = words_for(reason_at(i), named);
    std::string rest = full.why + full.to_do;
    EXPECT_EQ(rest.find_first_of("{}"), std::string::npos) << rest;
    for (const auto& word : known)
      for (auto at = rest.find(word); at != std::string::npos; at = rest.find(word))
        rest.erase(at, word.size());
    EXPECT_EQ(rest, empty.why + empty.to_do) << stats::name_of(reason_at(i));
  }
}

TEST(ReasonWords, ANameThatLooksLikeAPlaceIsNotFilledIn) {
  Named named;
  named.rule = "rule '{client}'";
  named.client = "192.0.2.1";
  EXPECT_EQ(words_for(Reason::class_denied, named).why,
            "rule '{client}' denies the activation of this class to this client");
}

TEST(Phrases, TimesOfAnotherDayNameIt) {
  const Instant nine = StoryLab::nine;
  EXPECT_EQ(time_phrase(nine, nine + seconds{60}), "09:00:00");
  EXPECT_EQ(time_phrase(nine, nine + seconds{86400}), "2026-03-04 09:00:00");
  EXPECT_EQ(span_phrase(119), "119 s");
  EXPECT_EQ(span_phrase(7260), "2 h 1 min");
}

class Parts : public testing::Test, protected StoryLab {};

TEST_F(Parts, EqualEventsAreOneFact) {
  for (int i = 0; i < 5; ++i)
    add(refused(i, Kind::map_refused, Reason::interface_not_granted, "netlogon"));
  const ClientView seen = view();
  const Story story = tell_story(seen);
  ASSERT_EQ(story.servers.size(), 1u);
  ASSERT_EQ(story.servers[0].subjects.size(), 1u);
  ASSERT_EQ(story.servers[0].subjects[0].facts.size(), 1u);
  const Fact& fact = story.servers[0].subjects[0].facts[0];
  EXPECT_EQ(fact.times, 5u);
  EXPECT_EQ(fact.last, nine + seconds{4});
}

TEST_F(Parts, WhatWasRefusedAndThenGrantedIsGranted) {
  add(refused(0, Kind::map_refused, Reason::interface_not_granted, "samr"));
  add(at(60, Kind::map_allowed, "samr"));
  const ClientView seen = view();
  const Story story = tell_story(seen);
  EXPECT_TRUE(story.servers[0].subjects[0].granted);
  EXPECT_FALSE(story.servers[0].subjects[0].refused);
}

TEST_F(Parts, TheResetThatCarriesOutARefusalIsNotToldAgain) {
  event::Event refusal = called(5, Reason::protection_too_low, "samr", 5);
  refusal.action = event::Action::reset;
  refusal.flow = 9;
  add(refusal);
  event::Event reset = of_pinhole(5, Kind::connection_reset);
  reset.reason = Reason::protection_too_low;
  reset.action = event::Action::reset;
  reset.flow = 9;
  add(reset);
  EXPECT_EQ(text().find("reset on both sides"), std::string::npos);
  reset.flow = 10;
  add(reset);
  EXPECT_NE(text().find("reset on both sides"), std::string::npos);
}

TEST_F(Parts, TwoServersOfOneAddressAreToldApart) {
  event::Event other = at(1, Kind::map_allowed, "samr");
  other.server = address("10.10.0.11");
  add(at(0, Kind::map_allowed, "samr"));
  add(other);
  const ClientView seen = view();
  EXPECT_EQ(tell_story(seen).servers.size(), 2u);
}

TEST_F(Parts, EventsOfUnknownRulesInterfacesAndKindsAreTold) {
  event::Event e = refused(0, Kind::bind_refused, Reason::interface_not_granted, "samr");
  e.rule = 0xdeadbeef;
  e.interface.uuid = dcerpc::Uuid(std::array<std::uint8_t, 16>{1, 2, 3});
  e.server = {};
  e.outer = {};
  e.protection = 200;
  add(e, "");
  const std::string told = text();
  EXPECT_NE(told.find("a rule that is gone (#deadbeef)"), std::string::npos) << told;
  EXPECT_NE(told.find("01020300-0000-0000-0000-000000000000"), std::string::npos) << told;
  EXPECT_NE(told.find("level-200"), std::string::npos) << told;
}

TEST_F(Parts, WhatACallerSaysOfItselfSteersNoTerminal) {
  event::Event e = called(5, Reason::opnum_denied, "samr", 5);
  e.user.assign("\x1b[2J\n\xff{rule}%s");
  e.technique.assign("\x07T1\n");
  add(e, "two\nlines");
  const std::string told = text();
  for (const char c : told) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  EXPECT_NE(told.find("{rule}%s"), std::string::npos) << told;
  EXPECT_NE(told.find("rule 'two?lines'"), std::string::npos) << told;
}

TEST_F(Parts, EveryKindWithEveryReasonMakesAStory) {
  for (std::size_t kind = 0; kind < event::event_table().size(); ++kind)
    for (std::size_t reason = 0; reason < stats::reason_count; ++reason) {
      events.clear();
      add(refused(0, static_cast<Kind>(kind), reason_at(reason)), "");
      const ClientView seen = view();
      const auto row = story_json(seen, tell_story(seen));
      ASSERT_EQ(row["servers"].size(), 1u);
      const auto& fact = row["servers"][0]["interfaces"][0]["facts"][0];
      EXPECT_FALSE(fact["asked"].get<std::string>().empty());
      EXPECT_FALSE(fact["decided"].get<std::string>().empty());
      EXPECT_EQ(fact.contains("why"), reason != 0);
    }
}

TEST_F(Parts, ProgramsGetWhatPeopleGet) {
  add_granted();
  add(called(5, Reason::protection_too_low, "samr", 64));
  const ClientView seen = view();
  const auto row = story_json(seen, tell_story(seen));
  EXPECT_EQ(row["client"], "198.51.100.10");
  EXPECT_EQ(row["servers"][0]["server"], "10.10.0.10");
  EXPECT_EQ(row["servers"][0]["interfaces"][0]["interface"]["name"], "samr");
  EXPECT_EQ(row["servers"][0]["interfaces"][0]["facts"].back()["reason"], "protection-too-low");
  EXPECT_EQ(row["rules"].size(), 2u);
  EXPECT_NE(row["text"].get<std::string>().find(row["verdict"].get<std::string>()),
            std::string::npos);
}

}  // namespace
}  // namespace rpcgate::control
