// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What people are told of their mistakes, word for word and at the right place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load_for_test.hpp"

namespace rpcgate::config {
namespace {

struct Case {
  const char* name;
  const char* text;
  std::vector<std::string> expected;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

// A rule without fault, to be spoilt.
#define RULE                 \
  "[[publish]]\n"            \
  "name = 'dc'\n"            \
  "clients = ['any']\n"      \
  "outer = '198.51.100.1'\n" \
  "server = '10.10.0.10'\n"  \
  "interfaces = ['samr']\n"

class Mistakes : public testing::TestWithParam<Case> {};

TEST_P(Mistakes, AreToldAtTheirPlace) {
  EXPECT_EQ(told(load_for_test(GetParam().text)), GetParam().expected);
}

const Case syntax_cases[] = {
    {"Faultless", RULE, {}},
    {"NotToml",
     "a = [1,\n",
     {"t.toml:1:9: error: Error while parsing array: encountered end-of-file"}},
    {"UnknownSection",
     "[deamon]\n",
     {"t.toml:1:2: error: unknown key 'deamon', did you mean 'daemon'?"}},
    {"UnknownSectionUnlikeAny", "zebra = 1\n", {"t.toml:1:1: error: unknown key 'zebra'"}},
    {"UnknownKey",
     "[daemon]\nworker = 2\n",
     {"t.toml:2:1: error: unknown key 'worker', did you mean 'workers'?"}},
    {"WrongType",
     "[daemon]\nworkers = 'two'\nhugepages = 1\n",
     {"t.toml:2:11: error: 'two' is not a number, or a size such as '64KiB'",
      "t.toml:3:13: error: expected true or false, this is an integer"}},
    {"OutOfBounds",
     "[daemon]\nworkers = 0\n[limits]\nout-of-order-bytes = 1\ntcp-idle = '1s'\n",
     {"t.toml:2:11: error: 0 is out of bounds, 1 to 64",
      "t.toml:4:22: error: 1 is out of bounds, 4096 to 4194304",
      "t.toml:5:12: error: 1s is out of bounds, 1m to 7d"}},
    {"NotADuration",
     "[limits]\ntcp-idle = 'soon'\n",
     {"t.toml:2:12: error: expected a duration such as '90s', '5m', '1h' or a number of seconds"}},
    {"UnknownWord",
     "[daemon]\nidle = 'slep'\n",
     {"t.toml:2:8: error: 'slep' is not 'sleep' or 'poll', did you mean 'sleep'?"}},
    {"SectionOnceThatComesOften",
     "[port]\nname = 'a'\n",
     {"t.toml:1:2: error: 'port' is written [[port]]"}},
    {"ScheduleWords",
     "[[schedule]]\nname = 'always'\ndays = []\nfrom = '24:00'\nto = '25:00'\n",
     {"t.toml:2:8: error: 'always' cannot name a schedule: it is the one that never ends",
      "t.toml:3:8: error: 'days' is empty: the schedule would never begin",
      "t.toml:4:8: error: the midnight that begins a day is '00:00'",
      "t.toml:5:6: error: '25:00' is not a time of day such as '08:00'"}},
};
INSTANTIATE_TEST_SUITE_P(Syntax, Mistakes, testing::ValuesIn(syntax_cases),
                         [](const auto& each) { return std::string{each.param.name}; });

const Case port_cases[] = {
    {"Missing",
     "[[port]]\nmtu = 1400\n",
     {"t.toml:1:1: error: 'name' is missing", "t.toml:1:1: error: 'networks' is missing",
      "t.toml:1:1: error: 'zone' is missing"}},
    {"TwiceTheSameName",
     "[[port]]\nname = 'a'\nzone = 'outer'\nnetworks = ['0.0.0.0/0']\n"
     "[[port]]\nname = 'a'\nzone = 'inner'\nnetworks = ['10.0.0.0/8']\n",
     {"t.toml:6:8: error: there is already a port 'a' at t.toml:2:8"}},
    {"TheSameNetworkOnTwoPorts",
     "[[port]]\nname = 'a'\nzone = 'outer'\nnetworks = ['0.0.0.0/0', '10.0.0.0/8']\n"
     "[[port]]\nname = 'b'\nzone = 'inner'\nnetworks = ['10.0.0.0/8']\n",
     {"t.toml:8:13: error: network 10.0.0.0/8 is already that of port 'a' at t.toml:4:26"}},
    {"BadNetworks",
     "[[port]]\nname = 'a'\nzone = 'outer'\nnetworks = ['10.0.0.1/8', '10.0.0.0/33', 'x', "
     "'10.0.0.0/8']\n",
     {"t.toml:4:13: error: '10.0.0.1/8' has address bits below its prefix length",
      "t.toml:4:27: error: '10.0.0.0/33' has no valid prefix length",
      "t.toml:4:42: error: 'x' is not an IPv4 or IPv6 address"}},
    {"BadMac",
     "[[port]]\nname = 'a'\nzone = 'inner'\nnetworks = ['10.0.0.0/8']\n"
     "[[neighbour]]\naddress = '10.0.0.1'\nmac = '02:00:00:00:00'\nport = 'b'\n",
     {"t.toml:7:7: error: '02:00:00:00:00' is not a link address such as '02:00:00:00:00:01'",
      "t.toml:8:8: error: there is no port 'b', did you mean 'a'?"}},
    {"LocalServiceWithoutPort",
     "[[local-service]]\naddress = '198.51.100.2'\n"
     "[[local-service]]\naddress = '198.51.100.2'\nprotocol = 'icmp'\nport = 1\n",
     {"t.toml:1:1: error: 'port' is missing", "t.toml:6:8: error: this protocol has no ports"}},
};
INSTANTIATE_TEST_SUITE_P(Ports, Mistakes, testing::ValuesIn(port_cases),
                         [](const auto& each) { return std::string{each.param.name}; });

const Case rule_cases[] = {
    {"TranslatedWhereCopiesAreJudged",
     RULE "[daemon]\nmonitor = true\n"
          "[[outbound]]\nname = 'out'\nclients = ['10.0.0.0/8']\nto = ['any']\n"
          "source-nat = '198.51.100.1'\ninterfaces = ['samr']\n"
          "[[outbound]]\nname = 'as-they-are'\nclients = ['10.0.0.0/8']\nto = ['any']\n"
          "interfaces = ['samr']\n",
     {"t.toml:1:1: error: with 'monitor' nothing is translated: mode = \"routed\" is needed",
      "t.toml:13:14: error: with 'monitor' nothing is translated: source-nat = \"none\" is "
      "needed"}},
    {"MemberThatTheRuleDoesNotReach",
     "[[outbound]]\nname = 'out'\nclients = ['10.0.0.0/8']\nto = ['203.0.113.0/24']\n"
     "also = ['203.0.113.7', '192.0.2.7']\ninterfaces = ['samr']\n",
     {"t.toml:5:24: error: 192.0.2.7 is not in 'to': answers could lead clients there, and nothing "
      "would be granted to them"}},
    {"LearningNeedsNoGrants",
     "[[publish]]\nname = 'dc'\naction = 'learn'\nclients = ['any']\nouter = '198.51.100.1'\n",
     {"t.toml:1:1: error: 'server' is missing"}},
    {"Missing",
     "[[publish]]\nmode = 'nat'\n",
     {"t.toml:1:1: error: 'clients' is missing", "t.toml:1:1: error: 'name' is missing",
      "t.toml:1:1: error: 'outer' is missing",
      "t.toml:1:1: error: the rule lists rpc but grants no interface: 'packs', 'interfaces' or "
      "[[publish.interface]] is needed; interfaces = [\"any\"] grants all"}},
    {"ServerMissing",
     "[[publish]]\nname = 'a'\nclients = ['any']\nouter = '198.51.100.1'\npacks = ['exchange']\n",
     {"t.toml:1:1: error: 'server' is missing"}},
    {"BadAddress",
     RULE "also = ['10.10.0']\n",
     {"t.toml:7:9: error: '10.10.0' is not an IPv4 or IPv6 address"}},
    {"DuplicateNames",
     RULE RULE,
     {"t.toml:8:8: error: there is already a rule 'dc' at t.toml:2:8"}},
    {"NotAName",
     RULE "[[client-set]]\nname = 'a b'\nprefixes = ['10.0.0.0/8']\n",
     {"t.toml:8:8: error: 'a b' is not a name: 1 to 64 letters, digits, '.', '_' or '-'"}},
    {"UnknownClientSet",
     "[[client-set]]\nname = 'staff'\nprefixes = ['192.0.2.0/24']\n"
     "[[publish]]\nname = 'a'\nclients = ['staf', '192.0.2.1/24', 'nobody']\n"
     "outer = '198.51.100.1'\nserver = '10.0.0.1'\npacks = ['exchange']\n",
     {"t.toml:6:12: error: there is no client set 'staf', and it is no address, did you mean "
      "'staff'?",
      "t.toml:6:20: error: '192.0.2.1/24' has address bits below its prefix length",
      "t.toml:6:36: error: there is no client set 'nobody', and it is no address"}},
    {"UnknownNames",
     RULE "packs = ['exchnge']\ndeny = ['dcsink']\nservices = ['rpc', 'kerberos5']\n"
          "[[publish.interface]]\nname = 'drsuap'\n",
     {"t.toml:7:10: error: there is no pack 'exchnge', did you mean 'exchange'?",
      "t.toml:8:9: error: there is no pack 'dcsink', did you mean 'dcsync'?",
      "t.toml:9:20: error: unknown service 'kerberos5', did you mean 'kerberos'?; others as "
      "{protocol = \"tcp\", port = 1234}",
      "t.toml:11:8: error: unknown interface 'drsuap', did you mean 'drsuapi'?"}},
    {"InterfaceByUuidWithoutVersion",
     "[[publish]]\nname = 'a'\nclients = ['any']\nouter = '198.51.100.1'\nserver = '10.0.0.1'\n"
     "interfaces = ['12345778-1234-abcd-ef00-0123456789ac']\n",
     {"t.toml:6:15: error: '12345778-1234-abcd-ef00-0123456789ac' has no version: write it with "
      "'/' and the major version"}},
    {"TheMapperItself",
     RULE "[[publish.interface]]\nname = 'epmapper'\n",
     {"t.toml:7:1: error: the endpoint mapper needs no grant: a rule that publishes rpc allows "
      "ept_map on its port, and nothing else of it anywhere"}},
    {"PacksInTheWrongList",
     RULE "packs = ['dcsync']\ndeny = ['exchange']\n",
     {"t.toml:7:10: error: pack 'dcsync' is a technique, for 'deny'",
      "t.toml:8:9: error: pack 'exchange' is not a technique; it belongs to 'packs'"}},
    {"RoutedToAnotherAddress",
     RULE "mode = 'routed'\n",
     {"t.toml:5:10: error: in routed mode clients dial the server's own address: 'server' must be "
      "'outer', 198.51.100.1"}},
    {"NatToItself",
     "[[publish]]\nname = 'a'\nclients = ['any']\nouter = '10.0.0.1'\nserver = '10.0.0.1'\n"
     "interfaces = ['any']\n",
     {"t.toml:5:10: error: in nat mode 'server' cannot be 'outer'; where clients dial the server's "
      "own address, mode = \"routed\" is meant"}},
    {"SixTranslated",
     "[[publish]]\nname = 'a'\nclients = ['any']\nouter = '2001:db8::1'\nserver = '2001:db8::2'\n"
     "interfaces = ['any']\n",
     {"t.toml:4:9: error: IPv6 is not translated: mode = \"routed\" is needed"}},
    {"PublishedNamedPipes",
     RULE "services = ['rpc', 'smb']\n",
     {"t.toml:7:20: warning: port 445 is published: RPC over named pipes is not judged there"}},
    {"NamedPipesByNumber",
     RULE "services = ['rpc', {protocol = 'tcp', port = 445}]\n",
     {"t.toml:7:20: warning: port 445 is published: RPC over named pipes is not judged there"}},
    {"PortsThatMeetTheMapper",
     RULE "static-ports = [135, 6001, 6001]\n"
          "services = ['rpc', {protocol = 'tcp', port = 135}, {protocol = 'tcp', port = 6001}]\n"
          "outer-ports = ['100-200']\n",
     {"t.toml:7:17: error: static port 135 is the mapper's port",
      "t.toml:7:28: error: static port 6001 is listed twice",
      "t.toml:8:20: error: service 'tcp/135' uses port 135, the mapper's port",
      "t.toml:8:52: error: service 'tcp/6001' uses port 6001, which this rule already publishes",
      "t.toml:9:16: error: 'outer-ports' contains port 135, which this rule publishes for "
      "something else"}},
    {"UnknownSchedule",
     RULE "schedule = 'office-hours'\n",
     {"t.toml:7:12: error: there is no schedule 'office-hours'"}},
    {"VersionsAndClasses",
     RULE "classes = ['nothing']\n[[publish.interface]]\nname = 'lsarpc'\nversions = '3-1'\n",
     {"t.toml:7:12: error: no pack names a class 'nothing', and it is no UUID",
      "t.toml:10:12: error: expected versions such as '1', '1-3', '0.81' or '0.0-0.81', of at most "
      "16 major ones"}},
    {"OutboundWithoutServers",
     "[[outbound]]\nname = 'o'\nclients = ['any']\nto = []\nservices = ['smtp']\n"
     "source-nat = '2001:db8::1'\n",
     {"t.toml:4:6: error: 'to' is empty: \"any\" is every server",
      "t.toml:6:14: error: IPv6 is not translated: source-nat = \"none\" is needed"}},
    {"WordsOfThisVersion",
     RULE "notifications = 'off'\nreferrals = 'refuse'\nschedule = 'always'\n",
     {}},
    {"NotificationPorts",
     RULE "notifications = 'session'\nnotification-ports = [2000, '1000-1010']\n",
     {"t.toml:8:22: error: 'notification-ports' belongs to notifications = \"ports\"",
      "t.toml:8:29: error: no client takes notifications at a port below 1024"}},
    {"NotificationPortsMissing",
     RULE "notifications = 'ports'\n",
     {"t.toml:7:17: error: notifications = \"ports\" needs 'notification-ports'"}},
    {"KeysWithoutRpc",
     RULE "services = ['ldap']\n",
     {"t.toml:6:14: error: 'interfaces' has no meaning: 'services' does not list rpc"}},
    {"LimitsOfARule",
     RULE "limits = {pinholes-per-client = 0, flows = 5000, tcp-idel = 1}\n",
     {"t.toml:7:33: error: 0 is out of bounds, 8 to 65536",
      "t.toml:7:36: error: limit 'flows' is not one of a rule; it belongs into [limits]",
      "t.toml:7:50: error: unknown key 'tcp-idel'"}},
    {"OpnumsThatContradict",
     RULE "[[publish.interface]]\nname = 'lsarpc'\nopnums = [1, '5-7', 70000]\ndeny-opnums = [6]\n",
     {"t.toml:9:21: error: expected an opnum, 0 to 65535, or a range such as '4-7'"}},
    {"OpnumAllowedAndDenied",
     RULE "[[publish.interface]]\nname = 'lsarpc'\nopnums = [1, '5-7']\ndeny-opnums = [6]\n",
     {"t.toml:10:15: error: opnum 6 is in 'opnums' too"}},
    {"TwoEntriesForOneInterface",
     RULE "[[publish.interface]]\nname = 'lsarpc'\n"
          "[[publish.interface]]\nuuid = '12345778-1234-abcd-ef00-0123456789ab/0'\n",
     {"t.toml:9:1: error: this rule already has an entry for interface 'lsarpc'"}},
    {"ANameForAnotherUuid",
     RULE "[[publish.interface]]\nname = 'samr'\nuuid = '12345778-1234-abcd-ef00-0123456789ab/0'\n",
     {"t.toml:8:8: error: 'samr' is the name of another interface, "
      "12345778-1234-abcd-ef00-0123456789ac/1"}},
};
INSTANTIATE_TEST_SUITE_P(Rules, Mistakes, testing::ValuesIn(rule_cases),
                         [](const auto& each) { return std::string{each.param.name}; });

TEST(Errors, OfAWholeFileComeAllAtOnceAndInItsOrder) {
  const Loaded loaded = load_for_test(
      "[daemon]\nworkers = 99\ncolour = 'red'\n"
      "[[publish]]\nname = 'a'\nclients = []\nouter = 'x'\nserver = '10.0.0.1'\n"
      "packs = ['nothing-like-it']\n");
  EXPECT_EQ(told(loaded), (std::vector<std::string>{
                              "t.toml:2:11: error: 99 is out of bounds, 1 to 64",
                              "t.toml:3:1: error: unknown key 'colour'",
                              "t.toml:6:11: error: 'clients' is empty: \"any\" is everybody",
                              "t.toml:7:9: error: 'x' is not an IPv4 or IPv6 address",
                              "t.toml:9:10: error: there is no pack 'nothing-like-it'"}));
}

TEST(Errors, NameTheMissingSidesOfTheGateway) {
  EXPECT_THAT(told(load_for_test(RULE, false)),
              testing::ElementsAre("t.toml: error: there is no [[port]] with zone 'inner'",
                                   "t.toml: error: there is no [[port]] with zone 'outer'"));
}

TEST(Errors, NameAPortWithoutDeviceExceptInReplay) {
  const char* text =
      "[[port]]\nname = 'a'\nzone = 'outer'\nnetworks = ['0.0.0.0/0']\n"
      "[[port]]\nname = 'b'\nzone = 'inner'\nnetworks = ['10.0.0.0/8']\n";
  EXPECT_TRUE(load_for_test(text, true).ok());
  EXPECT_THAT(told(load_for_test(text, false)),
              testing::ElementsAre("t.toml:1:1: error: 'device' is missing",
                                   "t.toml:5:1: error: 'device' is missing"));
}

TEST(Errors, OfAFileThatIsNotThereNameIt) {
  const Loaded loaded = load("/nonexistent/rpcgate.toml");
  EXPECT_EQ(told(loaded), std::vector<std::string>{"/nonexistent/rpcgate.toml: error: cannot be "
                                                   "read: No such file or directory"});
}

}  // namespace
}  // namespace rpcgate::config
