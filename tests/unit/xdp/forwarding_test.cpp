// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "xdp/forwarding.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "xdp/loader.hpp"

namespace rpcgate::xdp {
namespace {

namespace fs = std::filesystem;

// A tree that looks like /proc/sys.
class ForwardingTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "rpcgate-sysctl-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    for (const char* family : {"ipv4", "ipv6"})
      for (const char* interface : {"gw0", "gw1", "other"}) set(family, interface, "1");
  }
  void TearDown() override { fs::remove_all(root_); }
  fs::path path(const char* family, const char* interface) const {
    return fs::path(root_) / "net" / family / "conf" / interface / "forwarding";
  }
  void set(const char* family, const char* interface, const char* value) const {
    fs::create_directories(path(family, interface).parent_path());
    std::ofstream(path(family, interface)) << value << "\n";
  }
  std::string get(const char* family, const char* interface) const {
    std::string value;
    std::ifstream(path(family, interface)) >> value;
    return value;
  }
  std::string root_;
};

TEST_F(ForwardingTest, ClosesItsInterfacesAndNoOther) {
  const auto guard = ForwardingGuard::close({"gw0", "gw1"}, root_);
  ASSERT_TRUE(guard) << guard.error().what;
  for (const char* family : {"ipv4", "ipv6"}) {
    EXPECT_EQ(get(family, "gw0"), "0");
    EXPECT_EQ(get(family, "gw1"), "0");
    EXPECT_EQ(get(family, "other"), "1");
  }
}

TEST_F(ForwardingTest, ClosesAgainWhatSomebodyOpened) {
  auto guard = ForwardingGuard::close({"gw0"}, root_);
  ASSERT_TRUE(guard);
  EXPECT_EQ(guard->recheck().value(), 0u);
  set("ipv4", "gw0", "1");
  EXPECT_EQ(guard->recheck().value(), 1u);
  EXPECT_EQ(get("ipv4", "gw0"), "0");
}

TEST_F(ForwardingTest, LeavesThemClosedWhenItEnds) {
  { const auto guard = ForwardingGuard::close({"gw0"}, root_); }
  EXPECT_EQ(get("ipv4", "gw0"), "0");
  EXPECT_EQ(get("ipv6", "gw0"), "0");
}

TEST_F(ForwardingTest, AMissingFamilyIsClosedAndAMissingInterfaceAnError) {
  fs::remove_all(fs::path(root_) / "net" / "ipv6");
  EXPECT_TRUE(ForwardingGuard::close({"gw0"}, root_));
  EXPECT_FALSE(ForwardingGuard::close({"gw7"}, root_));
  EXPECT_FALSE(ForwardingGuard::close({"../all"}, root_));
}

TEST_F(ForwardingTest, AnInterfaceThatGoesLaterIsClosed) {
  auto guard = ForwardingGuard::close({"gw0"}, root_);
  ASSERT_TRUE(guard);
  fs::remove_all(fs::path(root_) / "net" / "ipv4" / "conf" / "gw0");
  EXPECT_EQ(guard->recheck().value(), 0u);
}

TEST(WithProgram, AddsTheProgramUnlessTheDeviceNamesOne) {
  EXPECT_EQ(with_program("net_af_xdp0,iface=gw0", "/proc/self/fd/7"),
            "net_af_xdp0,iface=gw0,xdp_prog=/proc/self/fd/7");
  EXPECT_EQ(with_program("net_af_xdp0,iface=gw0,xdp_prog=/x.o", "/proc/self/fd/7"),
            "net_af_xdp0,iface=gw0,xdp_prog=/x.o");
}

}  // namespace
}  // namespace rpcgate::xdp
