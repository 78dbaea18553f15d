// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
// The steering programs in the running kernel: their decisions by BPF_PROG_TEST_RUN, and their life
// on an interface of a network namespace of the test's own. Needs root; ends with 77 without.
#include <array>
#include <cstdio>
#include <fstream>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <poll.h>

#include "../route/private_network.hpp"
#include "../route/steering_cases.hpp"
#include "route/tap_mirror.hpp"
#include "xdp/descriptor.hpp"
#include "xdp/forwarding.hpp"
#include "xdp/loader.hpp"
#include "xdp/objects.hpp"
#include "xdp/steer_maps.hpp"
#include "xdp/tc_hook.hpp"

namespace rpcgate::xdp {
namespace {

constexpr wire::MacAddress our_mac{{2, 0, 0, 0, 0, 0xa0}};

struct Loaded {
  explicit Loaded(Bytes bytes) {
    quiet_libbpf();
    object = bpf_object__open_mem(bytes.data(), bytes.size(), nullptr);
    if (object == nullptr || bpf_object__load(object) != 0) return;
    program = bpf_program__fd(bpf_object__next_program(object, nullptr));
    maps = SteerMaps::of_program(program).value();
  }
  ~Loaded() { bpf_object__close(object); }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;

  // The program's return value, -1 on failure.
  int run(const std::vector<std::uint8_t>& frame) const {
    std::array<std::uint8_t, 512> out;
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    options.data_in = frame.data();
    options.data_size_in = static_cast<std::uint32_t>(frame.size());
    options.data_out = out.data();
    options.data_size_out = out.size();
    options.repeat = 1;
    return bpf_prog_test_run_opts(program, &options) == 0 ? static_cast<int>(options.retval) : -1;
  }
  bpf_object* object = nullptr;
  int program = -1;
  SteerMaps maps;
};

// The slot that the run counted in.
int slot_of(const Loaded& loaded, const std::vector<std::uint64_t>& before) {
  const auto after = loaded.maps.statistics().value();
  int slot = -1;
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i] == before[i]) continue;
    if (slot != -1 || after[i] != before[i] + 1) return -2;
    slot = static_cast<int>(i);
  }
  return slot;
}

TEST(TcProgram, DecidesAsSteeringDoes) {
  Loaded tc(tc_object());
  ASSERT_GE(tc.program, 0);
  ASSERT_TRUE(tc.maps.fill(route::test::case_config()));
  for (const auto& c : route::test::steering_cases()) {
    const auto before = tc.maps.statistics().value();
    const int verdict = tc.run(route::test::frame_of(c.frame));
    EXPECT_EQ(slot_of(tc, before), c.slot) << c.what;
    const bool passes = route::test::steer_of(c.slot) == route::Steer::kernel;
    EXPECT_EQ(verdict, passes ? -1 : 2) << c.what << ": TC_ACT_UNSPEC or TC_ACT_SHOT";
  }
}

TEST(XdpProgram, DecidesAsSteeringDoesAndDropsWhatHasNoSocket) {
  Loaded xdp(xdp_object());
  ASSERT_GE(xdp.program, 0);
  ASSERT_TRUE(xdp.maps.fill(route::test::case_config()));
  for (const auto& c : route::test::steering_cases()) {
    const auto before = xdp.maps.statistics().value();
    const int verdict = xdp.run(route::test::frame_of(c.frame));
    const auto steer = route::test::steer_of(c.slot);
    const int expected =
        steer == route::Steer::datapath ? int{RPCGATE_SLOT_DROP_NO_SOCKET} : int{c.slot};
    EXPECT_EQ(slot_of(xdp, before), expected) << c.what;
    EXPECT_EQ(verdict, steer == route::Steer::kernel ? XDP_PASS : XDP_DROP) << c.what;
  }
}

TEST(XdpProgram, CutFramesAreNeverPassedUpAsIp) {
  Loaded xdp(xdp_object());
  ASSERT_TRUE(xdp.maps.fill(route::test::case_config()));
  const auto whole = route::test::frame_of({.protocol = 1, .port = route::test::icmp(8)});
  for (std::size_t size = 14; size < 38; ++size) {
    const std::vector<std::uint8_t> cut(whole.begin(),
                                        whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(xdp.run(cut), XDP_PASS) << size;
  }
}

TEST(SteerMaps, AnUpdateAddsWhatIsNewAndRemovesWhatIsGone) {
  Loaded tc(tc_object());
  auto config = route::test::case_config();
  ASSERT_TRUE(tc.maps.fill(config));
  const auto ssh = route::test::frame_of({.destination = "198.51.100.2", .port = 22});
  const auto published = route::test::frame_of({});
  const auto other = route::test::frame_of({.destination = "198.51.100.9"});
  EXPECT_EQ(tc.run(ssh), -1);
  config.local_services.clear();
  config.ours = {wire::IpAddress::parse("198.51.100.9").value()};
  ASSERT_TRUE(tc.maps.fill(config));
  EXPECT_EQ(tc.run(ssh), 2);
  auto before = tc.maps.statistics().value();
  tc.run(published);
  EXPECT_EQ(slot_of(tc, before), RPCGATE_SLOT_DROP_NOT_OURS);
  before = tc.maps.statistics().value();
  tc.run(other);
  EXPECT_EQ(slot_of(tc, before), RPCGATE_SLOT_OURS);
}

TEST(SteerMaps, MoreThanAMapHoldsIsAnError) {
  Loaded tc(tc_object());
  route::SteeringConfig config;
  for (std::uint32_t i = 0; i < 5000; ++i) config.ours.push_back(wire::IpAddress::from_v4(i));
  const auto filled = tc.maps.fill(config);
  ASSERT_FALSE(filled);
  EXPECT_EQ(filled.error().code, ErrorCode::exhausted);
}

// A TAP device stands for the NIC: it takes XDP programs as a driver does.
class InterfaceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!route::test::enter_private_network()) GTEST_SKIP() << "needs a network namespace";
    auto tap = route::TapMirror::create("gw0", our_mac, 1500);
    if (!tap) GTEST_SKIP() << tap.error().what;
    tap_.emplace(std::move(*tap));
    ifindex_ = static_cast<int>(if_nametoindex("gw0"));
  }
  // What AF_XDP's driver does with the object's path.
  void attach_as_driver(const std::string& path) {
    driver_object_ = bpf_object__open_file(path.c_str(), nullptr);
    ASSERT_NE(driver_object_, nullptr);
    ASSERT_EQ(bpf_object__load(driver_object_), 0);
    const int fd = bpf_program__fd(bpf_object__next_program(driver_object_, nullptr));
    ASSERT_EQ(bpf_xdp_attach(ifindex_, fd, XDP_FLAGS_UPDATE_IF_NOEXIST, nullptr), 0);
  }
  void TearDown() override {
    if (driver_object_ != nullptr) bpf_object__close(driver_object_);
    tap_.reset();
  }
  std::uint32_t xdp_id() const {
    std::uint32_t id = 0;
    bpf_xdp_query_id(ifindex_, 0, &id);
    return id;
  }
  bool qdisc_is_there() const {
    return route::test::ip_command("link show dev gw0 >/dev/null") &&
           std::system("tc qdisc show dev gw0 | grep -q clsact") == 0;
  }
  std::uint64_t count(const PortSteering& steering, std::string_view name) const {
    const auto counters = steering.statistics().value();
    for (const auto& counter : counters)
      if (counter.name == name) return counter.packets;
    return 0;
  }
  std::optional<route::TapMirror> tap_;
  int ifindex_ = 0;
  bpf_object* driver_object_ = nullptr;
};

TEST_F(InterfaceTest, TheTwinIsAttachedCountsAndLeavesNothing) {
  auto steering = PortSteering::prepare("gw0", Kind::tc, route::test::case_config());
  ASSERT_TRUE(steering) << steering.error().what;
  EXPECT_TRUE(qdisc_is_there());
  const auto frame = route::test::frame_of({});
  ASSERT_TRUE(tap_->write(route::test::view(frame)));
  EXPECT_EQ(count(**steering, "ours"), 1u);
  ASSERT_TRUE((*steering)->detach());
  EXPECT_FALSE(qdisc_is_there());
}

TEST_F(InterfaceTest, AFilterThatAKilledRunLeftIsTakenOver) {
  // Loaded and attached as prepare() does, and then forgotten without detaching.
  const Loaded killed(tc_object());
  ASSERT_TRUE(TcHook::attach(ifindex_, killed.program));
  auto steering = PortSteering::prepare("gw0", Kind::tc, route::test::case_config());
  ASSERT_TRUE(steering) << steering.error().what;
  ASSERT_TRUE(tap_->write(route::test::view(route::test::frame_of({}))));
  EXPECT_EQ(count(**steering, "ours"), 1u);
  steering->reset();
  EXPECT_FALSE(qdisc_is_there());
}

TEST_F(InterfaceTest, AQdiscThatWasThereBeforeStays) {
  ASSERT_EQ(std::system("tc qdisc add dev gw0 clsact"), 0);
  auto steering = PortSteering::prepare("gw0", Kind::tc, {});
  ASSERT_TRUE(steering) << steering.error().what;
  steering->reset();
  EXPECT_TRUE(qdisc_is_there());
}

TEST_F(InterfaceTest, AStaleXdpProgramIsRemovedAndOurOwnAdopted) {
  {
    auto killed = PortSteering::prepare("gw0", Kind::xdp, {});
    ASSERT_TRUE(killed) << killed.error().what;
    attach_as_driver((*killed)->object_path());
    bpf_object__close(driver_object_);  // the interface keeps the program
    driver_object_ = nullptr;
  }
  ASSERT_NE(xdp_id(), 0u) << "not adopted, so the driver's to remove; it was killed";
  auto steering = PortSteering::prepare("gw0", Kind::xdp, route::test::case_config());
  ASSERT_TRUE(steering) << steering.error().what;
  EXPECT_EQ(xdp_id(), 0u);
  EXPECT_FALSE((*steering)->adopt()) << "nothing is attached yet";
  attach_as_driver((*steering)->object_path());
  ASSERT_TRUE((*steering)->adopt());
  ASSERT_TRUE(tap_->write(route::test::view(route::test::frame_of({}))));
  EXPECT_EQ(count(**steering, "drop-no-socket"), 1u);
  ASSERT_TRUE((*steering)->detach());
  EXPECT_EQ(xdp_id(), 0u);
  EXPECT_FALSE(qdisc_is_there());
}

TEST_F(InterfaceTest, AProgramOfSomebodyElseIsNotTouched) {
  // return 2 (XDP_PASS)
  const std::array<bpf_insn, 2> pass{bpf_insn{0xb7, 0, 0, 0, 2}, bpf_insn{0x95, 0, 0, 0, 0}};
  const Descriptor foreign(
      bpf_prog_load(BPF_PROG_TYPE_XDP, "somebody", "GPL", pass.data(), pass.size(), nullptr));
  ASSERT_TRUE(foreign);
  ASSERT_EQ(bpf_xdp_attach(ifindex_, foreign.get(), 0, nullptr), 0);
  const std::uint32_t id = xdp_id();
  const auto steering = PortSteering::prepare("gw0", Kind::xdp, {});
  ASSERT_FALSE(steering);
  EXPECT_EQ(steering.error().code, ErrorCode::busy);
  EXPECT_NE(steering.error().what.find("somebody"), std::string::npos) << steering.error().what;
  EXPECT_EQ(xdp_id(), id);
  EXPECT_FALSE(qdisc_is_there()) << "a refusal leaves nothing of ours";
}

TEST_F(InterfaceTest, AnInterfaceThatIsNotThereIsAnError) {
  const auto steering = PortSteering::prepare("gw7", Kind::tc, {});
  ASSERT_FALSE(steering);
  EXPECT_EQ(steering.error().code, ErrorCode::not_found);
}

TEST_F(InterfaceTest, ForwardingIsClosedAgainAsSoonAsSomebodyOpensIt) {
  auto guard = ForwardingGuard::close({"gw0"});
  if (!guard && guard.error().code == ErrorCode::denied) GTEST_SKIP() << guard.error().what;
  ASSERT_TRUE(guard) << guard.error().what;
  ASSERT_GE(guard->fd(), 0);
  ASSERT_TRUE(guard->on_readable());
  std::ofstream("/proc/sys/net/ipv4/ip_forward") << "1\n";
  pollfd wait{guard->fd(), POLLIN, 0};
  ASSERT_EQ(poll(&wait, 1, 5000), 1);
  EXPECT_EQ(guard->on_readable().value(), 1u);
  std::string value;
  std::ifstream("/proc/sys/net/ipv4/conf/gw0/forwarding") >> value;
  EXPECT_EQ(value, "0");
  EXPECT_TRUE(route::test::ip_command("-6 rule show | grep -q 'iif gw0 blackhole'"));
}

}  // namespace
}  // namespace rpcgate::xdp

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  bpf_map_create_opts options{};
  options.sz = sizeof options;
  options.map_flags = BPF_F_NO_PREALLOC;
  const rpcgate::xdp::Descriptor trie(
      bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, "probe", 8, 1, 1, &options));
  if (!trie) {
    std::puts("skipped: loading BPF programs needs root (CAP_BPF and CAP_NET_ADMIN)");
    return 77;
  }
  return RUN_ALL_TESTS();
}
