// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Mistakes that only show when rules, packs and ports are seen together, word for word.
#include <gtest/gtest.h>

#include "policy_for_test.hpp"

namespace rpcgate::policy {
namespace {

struct Case {
  const char* name;
  std::string text;
  std::vector<std::string> expected;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class Traps : public testing::TestWithParam<Case> {};

TEST_P(Traps, AreNamedAtTheirPlace) {
  const LoadedPolicy policy = policy_of(GetParam().text);
  EXPECT_EQ(told(policy), GetParam().expected);
  EXPECT_EQ(policy.snapshot == nullptr, config::has_errors(policy.diagnostics));
}

// name, clients, server, further keys; five lines and the further ones.
std::string rule(const std::string& name, const std::string& clients, const std::string& server,
                 const std::string& keys) {
  return "[[publish]]\nname = '" + name + "'\nclients = [" + clients +
         "]\nouter = '198.51.100.1'\nserver = '" + server + "'\n" + keys;
}
std::string deny(const std::string& name, const std::string& clients, const std::string& keys) {
  return "[[publish]]\nname = '" + name + "'\nclients = [" + clients +
         "]\nouter = '198.51.100.1'\naction = 'deny'\n" + keys;
}

const std::string net = "'192.0.2.0/24'";
const std::string half = "'192.0.2.0/25'";
const std::string host = "'192.0.2.1'";
const std::string routed =
    "[[publish]]\nname = 'a'\nclients = ['any']\nmode = 'routed'\nouter = '10.0.0.1'\n";
const std::string samr = "interfaces = ['samr']\n";
const std::string samr_lsa = "interfaces = ['samr', 'lsarpc']\n";

const Case cases[] = {
    {"TwoServersForOneInterface",
     rule("a", net, "10.0.0.1", samr) + rule("b", host, "10.0.0.2", samr_lsa),
     {"t.toml:11:10: error: two servers for one client: interface 'samr' of 198.51.100.1 would be "
      "at 10.0.0.2, but rule 'a' at t.toml:2:8 sends the same clients to 10.0.0.1"}},
    {"TwoServersForAny",
     rule("a", net, "10.0.0.1", "interfaces = ['any']\n") +
         rule("b", net, "10.0.0.2", "interfaces = ['any']\n"),
     {"t.toml:11:10: error: two servers for one client: interface 'any' of 198.51.100.1 would be "
      "at 10.0.0.2, but rule 'a' at t.toml:2:8 sends the same clients to 10.0.0.1"}},
    {"TwoServersBehindOneMapper",
     rule("a", net, "10.0.0.1", samr) + rule("b", host, "10.0.0.2", "interfaces = ['lsarpc']\n"),
     {"t.toml:11:10: error: two servers for one client: RPC of 198.51.100.1 would be at 10.0.0.2, "
      "but rule 'a' at t.toml:2:8 sends the same clients to 10.0.0.1"}},
    {"TwoServersForOnePlainPort",
     rule("a", net, "10.0.0.1", "services = ['ldap']\n") +
         rule("b", net, "10.0.0.2", "services = ['smtp', {protocol = 'tcp', port = 389}]\n"),
     {"t.toml:8:8: error: two servers for one client: TCP port 389 of 198.51.100.1 would lead to "
      "10.0.0.2, but rule 'a' at t.toml:2:8 sends the same clients to 10.0.0.1"}},
    {"TwoServersForOtherServicesAreFine",
     rule("a", net, "10.0.0.1", samr) + rule("b", net, "10.0.0.2", "services = ['smtp']\n"),
     {}},
    {"TwoServersForOtherClientsAreFine",
     rule("a", "'192.0.2.0/25'", "10.0.0.1", samr) +
         rule("b", "'192.0.2.128/25'", "10.0.0.2", samr),
     {}},
    {"APortWithTwoMeanings",
     rule("a", net, "10.0.0.1", samr) +
         rule("b", net, "10.0.0.1", "services = [{protocol = 'tcp', port = 135}]\n"),
     {"t.toml:8:8: error: TCP port 135 of 198.51.100.1 is a plain service here, but the endpoint "
      "mapper of rule 'a' at t.toml:2:8 for the same clients"}},
    {"AStaticPortThatIsAnothersMapper",
     rule("a", net, "10.0.0.1", samr) +
         rule("b", net, "10.0.0.1",
              "interfaces = ['lsarpc']\nmapper-port = 1135\nstatic-ports = [135]\n"),
     {"t.toml:8:8: error: TCP port 135 of 198.51.100.1 is a static RPC port here, but the endpoint "
      "mapper of rule 'a' at t.toml:2:8 for the same clients"}},
    {"Shadowed",
     rule("a", net, "10.0.0.1", samr_lsa) + rule("b", half, "10.0.0.1", samr),
     {"t.toml:8:8: warning: this rule never decides: rule 'a' at t.toml:2:8 covers all its clients "
      "and decides all that it names"}},
    {"ShadowedByADenial",
     deny("a", net, "") + rule("b", half, "10.0.0.1", samr),
     {"t.toml:7:8: warning: this rule never decides: rule 'a' at t.toml:2:8 covers all its clients "
      "and decides all that it names"}},
    {"NotShadowedWhereItHasMoreInterfaces",
     rule("a", net, "10.0.0.1", samr) + rule("b", half, "10.0.0.1", samr_lsa),
     {}},
    {"NotShadowedWhereItHasMoreOpnums",
     rule("a", net, "10.0.0.1", "[[publish.interface]]\nname = 'samr'\nopnums = ['0-20']\n") +
         rule("b", net, "10.0.0.1", samr),
     {}},
    {"NotShadowedWhereItHasMorePorts",
     rule("a", net, "10.0.0.1", samr) +
         rule("b", half, "10.0.0.1", "services = ['rpc', 'ldap']\n" + samr),
     {}},
    {"ShadowedInDenialToo",
     deny("a", net, samr_lsa) + deny("b", half, samr),
     {"t.toml:8:8: warning: this rule never decides: rule 'a' at t.toml:2:8 covers all its clients "
      "and decides all that it names"}},
    {"FirstTheExceptionThenTheRule",
     deny("a", host, samr) + rule("b", net, "10.0.0.1", samr_lsa),
     {}},
    {"TheRuleFirstTheExceptionTooLate",
     rule("a", net, "10.0.0.1", samr_lsa) + deny("b", host, "interfaces = ['samr', 'drsuapi']\n"),
     {"t.toml:8:8: warning: overlaps rule 'a' at t.toml:2:8, which goes first for the clients of "
      "both: one allows interface 'samr', the other denies it"}},
    {"OverlapThatDiffersInProtection",
     rule("a", net, "10.0.0.1", samr) +
         rule("b", "'192.0.2.7', '203.0.113.0/24'", "10.0.0.1", samr_lsa + "protection='packet'\n"),
     {"t.toml:8:8: warning: overlaps rule 'a' at t.toml:2:8, which goes first for the clients of "
      "both: interface 'samr' needs privacy in one, packet in the other"}},
    {"OverlapThatDiffersInAnonymity",
     rule("a", "'192.0.2.0/25', '203.0.113.0/25'", "10.0.0.1", "interfaces = ['any']\n") +
         rule("b", "'192.0.2.64/26', '203.0.113.0/24'", "10.0.0.1",
              "interfaces = ['any']\nanonymous = true\n"),
     {"t.toml:8:8: warning: overlaps rule 'a' at t.toml:2:8, which goes first for the clients of "
      "both: anonymous callers of interface 'any' are accepted by one alone"}},
    {"OverlapOfAPlainPort",
     rule("a", net, "10.0.0.1", "services = ['ldap', 'smtp']\n") +
         deny("b", host, "services = ['smtp', 'dns']\n"),
     {"t.toml:8:8: warning: overlaps rule 'a' at t.toml:2:8, which goes first for the clients of "
      "both: one allows port 25, the other denies it"}},
    {"OverlapThatAgrees",
     rule("a", half, "10.0.0.1", samr) +
         rule("b", "'192.0.2.64/26', '203.0.113.0/24'", "10.0.0.1", samr_lsa),
     {}},
    {"ALocalServiceOnAPublishedAddress",
     "[[local-service]]\naddress = '198.51.100.1'\nport = 22\n" + rule("a", net, "10.0.0.1", samr),
     {"t.toml:2:11: error: 198.51.100.1 is published by rule 'a' at t.toml:5:8: all its ports are "
      "the rules', a service of the box there is out of reach"}},
    {"ProtectionBelowThePacks",
     rule("a", net, "10.0.0.1", "packs = ['exchange']\nprotection = 'connect'\n"),
     {"t.toml:7:14: warning: protection connect is lower than the packs demand of "
      "'rfri' (privacy), 'asyncemsmdb' (privacy), 'emsmdb' (privacy), 'nspi' (privacy)"}},
    {"ProtectionOfOneInterfaceBelowThePacks",
     rule("a", net, "10.0.0.1",
          "packs = ['active-directory']\n[[publish.interface]]\nname = 'samr'\n"
          "protection = 'integrity'\n"),
     {"t.toml:9:14: warning: protection integrity is lower than the pack demands of 'samr' "
      "(privacy)"}},
    {"ProtectionAboveOrAtThePacks",
     rule("a", net, "10.0.0.1", "packs = ['active-directory']\nprotection = 'privacy'\n"),
     {}},
    {"HardenedDcomBehindNat",
     rule("a", net, "10.0.0.1",
          "interfaces = ['isystemactivator']\nprotection = 'integrity'\nclasses = ['any']\n"),
     {"t.toml:2:8: warning: the rule grants DCOM ('isystemactivator'): the addresses in a signed "
      "activation cannot be changed behind NAT: let the server's name resolve to 198.51.100.1 for "
      "the clients"}},
    {"HardenedDcomSealed",
     routed + "interfaces = ['isystemactivator']\nclasses = ['any']\n",
     {"t.toml:2:8: warning: the rule grants DCOM ('isystemactivator'): with protection = "
      "\"privacy\" activation is sealed and will be refused, because its class and the ports it is "
      "answered with cannot be read; protection = \"integrity\" for this interface lets it be "
      "read, or give the server fixed ports, list them in 'static-ports' and say "
      "sealed-activation = true"}},
    {"SealedActivationWithoutPorts",
     routed + "interfaces = ['isystemactivator']\nclasses = ['any']\nsealed-activation = true\n",
     {"t.toml:8:21: warning: the rule grants DCOM ('isystemactivator'): sealed activation opens no "
      "port: give the server fixed ports and list them in 'static-ports'"}},
    {"DcomWithoutAClass",
     routed + "interfaces = ['isystemactivator']\nprotection = 'integrity'\n",
     {"t.toml:2:8: warning: the rule grants DCOM ('isystemactivator'): but no class that may be "
      "activated: 'classes' or a pack with classes is needed"}},
    {"ClassesWithoutActivation",
     routed + "interfaces = ['samr']\nclasses = ['any']\n",
     {"t.toml:7:11: warning: 'classes' has no effect: the rule grants neither 'isystemactivator' "
      "nor 'iactivation'"}},
    {"DcomByAPack", routed + "packs = ['wmi']\n", {}},
    {"OutboundRulesThatMeet",
     "[[outbound]]\nname = 'a'\nclients = ['10.0.0.0/8']\nto = ['any']\nservices = ['smtp']\n"
     "[[outbound]]\nname = 'b'\nclients = ['10.0.0.0/9']\nto = ['203.0.113.0/24']\n"
     "services = ['smtp']\n",
     {"t.toml:7:8: warning: this rule never decides: rule 'a' at t.toml:2:8 covers all its clients "
      "and decides all that it names"}},
    {"OutboundRulesApart",
     "[[outbound]]\nname = 'a'\nclients = ['10.0.0.0/8']\nto = ['203.0.113.0/25']\n"
     "services = ['smtp']\n"
     "[[outbound]]\nname = 'b'\nclients = ['10.0.0.0/9']\nto = ['203.0.113.128/25']\n"
     "services = ['smtp']\n",
     {}},
    {"ALocalServiceOnASourceAddress",
     "[[local-service]]\naddress = '198.51.100.1'\nport = 22\n"
     "[[outbound]]\nname = 'a'\nclients = ['10.0.0.0/8']\nto = ['any']\nservices = ['smtp']\n"
     "source-nat = '198.51.100.1'\n",
     {"t.toml:2:11: error: 198.51.100.1 is used by rule 'a' at t.toml:5:8: all its ports are the "
      "rules', a service of the box there is out of reach"}},
    {"AnUnknownTimeZone",
     "[[schedule]]\nname = 's'\ntimezone = 'Europe/Atlantis'\n",
     {"t.toml:3:12: error: there is no time zone 'Europe/Atlantis' in this machine's database "
      "(package tzdata)"}},
    {"RegistrationsThatWillBeSealed",
     rule("a", net, "10.0.0.1", "packs = ['exchange']\nnotifications = 'registered'\n"),
     {"t.toml:7:17: warning: notifications = \"registered\" refuses every registration: protection "
      "privacy seals them; \"window\" does not need to read them"}},
    {"NotificationsOfNothing",
     rule("a", net, "10.0.0.1", samr + "notifications = 'session'\n"),
     {"t.toml:7:17: warning: notifications = \"session\" has no effect: the rule does not grant "
      "'emsmdb'"}},
    {"DcomRoutedAndReadable",
     routed + "interfaces = ['isystemactivator']\nprotection = 'integrity'\nclasses = ['any']\n",
     {}},
    {"AServerOnNoInnerPort",
     "[[port]]\nname = 'o'\nzone = 'outer'\nnetworks = ['0.0.0.0/0']\n"
     "[[port]]\nname = 'i'\nzone = 'inner'\nnetworks = ['10.1.0.0/16']\n" +
         rule("a", net, "10.0.0.1", samr),
     {"t.toml:13:10: warning: server 10.0.0.1 is in no inner port's 'networks' but in those of "
      "outer port 'o': its answers would be dropped as spoofed-source"}},
    {"MistakesOfBothKindsAtOnce",
     rule("a", net, "10.0.0.1", samr + "colour = 'red'\n") + rule("b", net, "10.0.0.2", samr),
     {"t.toml:7:1: error: unknown key 'colour'",
      "t.toml:12:10: error: two servers for one client: interface 'samr' of 198.51.100.1 would be "
      "at 10.0.0.2, but rule 'a' at t.toml:2:8 sends the same clients to 10.0.0.1"}},
};
INSTANTIATE_TEST_SUITE_P(Rules, Traps, testing::ValuesIn(cases),
                         [](const auto& each) { return std::string{each.param.name}; });

}  // namespace
}  // namespace rpcgate::policy
