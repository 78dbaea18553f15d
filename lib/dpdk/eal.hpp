// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The environment abstraction layer, started once a process by app/ on the control core and
// cleaned up by destruction. Lcore 0 is the control core, lcore 1 + w is worker w.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rpcgate::dpdk {

struct EalOptions {
  std::string program = "rpcgated";
  std::string file_prefix;            // empty: one of our own, unique to this process
  unsigned workers = 1;               // 0: no worker lcore (replay, tests)
  std::vector<std::string> devices;   // the configured device strings; decides about the PCI bus
  std::vector<unsigned> cores;        // empty: those this process may run on
  unsigned memory_mib = 512;          // taken when there are no hugepages
  bool hugepages = true;              // false: never, even where there are some
  bool telemetry = false;             // the DPDK telemetry socket
  std::string log_level = "warning";  // EAL's own log, on stderr
  std::vector<std::string> extra;     // arguments of the operator's own, added at the end
};

// "0000:03:00.0" or "03:00.0", with or without ",devargs".
bool is_pci_device(std::string_view device) noexcept;

// "net_af_xdp0,iface=x" -> "net_af_xdp0"; a PCI address in its long form.
std::string device_name(std::string_view device);

// The value of "iface=" (af_xdp, af_packet, tap); empty when there is none.
std::string device_interface(std::string_view device);

// What rte_eal_init() is given. Apart from it for tests. `free_hugepages_mib` is what
// free_hugepage_memory() said.
std::vector<std::string> eal_arguments(const EalOptions& options, unsigned free_hugepages_mib,
                                       const std::vector<unsigned>& cores);

// MiB of free hugepages of the size EAL prefers, over all nodes.
unsigned free_hugepage_memory();

class Eal {
 public:
  // Starts EAL. No port is opened: Port::open() probes its own device, so that a failure names the
  // port. A second start in one process is an error, after a stop too.
  static Result<Eal> start(const EalOptions& options);
  Eal(Eal&& other) noexcept;
  Eal& operator=(Eal&&) = delete;
  ~Eal();  // joins the workers, cleans up, removes the run directory

  // Runs `entry(argument)` on worker `w`'s lcore; returns at once. The entry must end by itself
  // before wait_workers().
  Result<void> launch(unsigned worker, int (*entry)(void*), void* argument);
  void wait_workers() noexcept;
  const std::string& file_prefix() const noexcept { return file_prefix_; }

 private:
  Eal(std::string file_prefix, unsigned workers)
      : file_prefix_(std::move(file_prefix)), workers_(workers) {}
  std::string file_prefix_;
  unsigned workers_ = 0;
  bool owns_ = true;
};

}  // namespace rpcgate::dpdk
