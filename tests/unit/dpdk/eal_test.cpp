// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "dpdk/eal.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace rpcgate::dpdk {
namespace {

using Arguments = std::vector<std::string>;

bool has(const Arguments& arguments, const std::string& argument) {
  return std::find(arguments.begin(), arguments.end(), argument) != arguments.end();
}
std::string value_of(const Arguments& arguments, const std::string& option) {
  const auto at = std::find(arguments.begin(), arguments.end(), option);
  return at == arguments.end() || at + 1 == arguments.end() ? "" : *(at + 1);
}

TEST(Device, PciAddressesAreToldFromVdevs) {
  for (const char* pci :
       {"0000:03:00.0", "03:00.1", "pci:0000:03:00.0", "0000:03:00.0,dv_flow_en=2"})
    EXPECT_TRUE(is_pci_device(pci)) << pci;
  for (const char* other :
       {"net_af_xdp0,iface=gw0", "net_tap0", "", "03:00", "03:00.9", "net_pcap0"})
    EXPECT_FALSE(is_pci_device(other)) << other;
}

TEST(Device, NamesAndInterfacesAreReadFromTheString) {
  EXPECT_EQ(device_name("net_af_xdp0,iface=gw0,queue_count=1"), "net_af_xdp0");
  EXPECT_EQ(device_name("03:00.1,x=y"), "0000:03:00.1");
  EXPECT_EQ(device_interface("net_af_packet0,qpairs=2,iface=gw1,framecnt=4096"), "gw1");
  EXPECT_EQ(device_interface("net_null0"), "");
}

TEST(EalArguments, HugepagesAreUsedWhenThereAreEnough) {
  const EalOptions options{.file_prefix = "p", .workers = 1, .memory_mib = 256};
  const auto enough = eal_arguments(options, 256, {0, 1});
  EXPECT_TRUE(has(enough, "--in-memory"));
  EXPECT_FALSE(has(enough, "--no-huge"));
  const auto few = eal_arguments(options, 254, {0, 1});
  EXPECT_FALSE(has(few, "--in-memory")) << "EAL refuses both together";
  EXPECT_TRUE(has(few, "--no-huge"));
  EXPECT_EQ(value_of(few, "-m"), "256");
}

TEST(EalArguments, TheBusIsScannedForConfiguredDevicesOnly) {
  EalOptions options{.file_prefix = "p", .devices = {"net_af_xdp0,iface=gw0"}};
  EXPECT_TRUE(has(eal_arguments(options, 0, {0}), "--no-pci"));
  options.devices.push_back("03:00.0,x=1");
  options.devices.push_back("03:00.0,x=1");  // one arm: named by two ports
  const auto arguments = eal_arguments(options, 0, {0});
  EXPECT_FALSE(has(arguments, "--no-pci"));
  EXPECT_EQ(value_of(arguments, "-a"), "0000:03:00.0,x=1");
  EXPECT_EQ(std::count(arguments.begin(), arguments.end(), "-a"), 1);
}

TEST(EalArguments, WorkersShareCoresOnlyWhenThereAreTooFew) {
  EalOptions options{.file_prefix = "p", .workers = 2};
  EXPECT_EQ(value_of(eal_arguments(options, 0, {2, 4, 6}), "--lcores"), "0@2,1@4,2@6");
  EXPECT_EQ(value_of(eal_arguments(options, 0, {0, 1}), "--lcores"), "0@0,1@0,2@1");
  EXPECT_EQ(value_of(eal_arguments(options, 0, {5}), "--lcores"), "0@5,1@5,2@5");
}

}  // namespace
}  // namespace rpcgate::dpdk
