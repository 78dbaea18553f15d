// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dpdk/eal.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include <sched.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_lcore.h>

#include "dpdk/failure.hpp"

namespace rpcgate::dpdk {
namespace {

bool is_hex(std::string_view text, std::size_t size) noexcept {
  return text.size() == size && std::all_of(text.begin(), text.end(), [](char c) {
           return std::isxdigit(static_cast<unsigned char>(c)) != 0;
         });
}

// The device string up to its first comma, and what follows it.
std::pair<std::string_view, std::string_view> split_device(std::string_view device) noexcept {
  const std::size_t comma = device.find(',');
  if (comma == std::string_view::npos) return {device, {}};
  return {device.substr(0, comma), device.substr(comma + 1)};
}

std::vector<unsigned> allowed_cores() {
  std::vector<unsigned> cores;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (unsigned i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) cores.push_back(i);
  return cores;
}

// "0@0,1@1,2@0": the control core first, workers on the other cores in turn, all on the only one
// where there is but one. Workers never share with control while there are cores enough.
std::string lcore_map(unsigned workers, const std::vector<unsigned>& cores) {
  std::string map = "0@" + std::to_string(cores[0]);
  const bool spare = cores.size() > workers;
  for (unsigned w = 0; w < workers; ++w) {
    const std::size_t index = spare ? w + 1 : w % cores.size();
    map += "," + std::to_string(w + 1) + "@" + std::to_string(cores[index]);
  }
  return map;
}

std::string run_directory(const std::string& prefix) {
  // As EAL chooses it: /var/run/dpdk for root, else RUNTIME_DIRECTORY, XDG_RUNTIME_DIR or /tmp.
  const char* base = "/var/run";
  if (getuid() != 0) {
    base = std::getenv("XDG_RUNTIME_DIR");
    if (base == nullptr) base = "/tmp";
  }
  if (const char* given = std::getenv("RUNTIME_DIRECTORY")) base = given;
  return std::string(base) + "/dpdk/" + prefix;
}

// EAL makes its run directory even when it keeps nothing there, and leaves it, also when it fails.
void remove_run_directory(const std::string& prefix) {
  std::error_code ignored;
  std::filesystem::remove_all(run_directory(prefix), ignored);
}

}  // namespace

bool is_pci_device(std::string_view device) noexcept {
  std::string_view name = split_device(device).first;
  if (name.starts_with("pci:")) name.remove_prefix(4);
  // [domain:]bus:device.function
  if (const auto colon = name.find(':'); colon != name.rfind(':')) {
    if (colon == 0 || colon > 8 || !is_hex(name.substr(0, colon), colon)) return false;
    name.remove_prefix(colon + 1);
  }
  return name.size() == 7 && is_hex(name.substr(0, 2), 2) && name[2] == ':' &&
         is_hex(name.substr(3, 2), 2) && name[5] == '.' && name[6] >= '0' && name[6] <= '7';
}

std::string device_name(std::string_view device) {
  std::string_view name = split_device(device).first;
  if (!is_pci_device(device)) return std::string(name);
  if (name.starts_with("pci:")) name.remove_prefix(4);
  return name.size() == 7 ? "0000:" + std::string(name) : std::string(name);
}

std::string device_interface(std::string_view device) {
  std::string_view rest = split_device(device).second;
  while (!rest.empty()) {
    const auto [argument, others] = split_device(rest);
    if (argument.starts_with("iface=")) return std::string(argument.substr(6));
    rest = others;
  }
  return {};
}

std::vector<std::string> eal_arguments(const EalOptions& options, unsigned free_hugepages_mib,
                                       const std::vector<unsigned>& cores) {
  std::vector<std::string> arguments{options.program, "--lcores", lcore_map(options.workers, cores),
                                     "--main-lcore", "0"};
  // Some pages are not enough: with fewer than asked for, pools would fail later and obscurely.
  if (options.hugepages && free_hugepages_mib >= options.memory_mib) {
    arguments.push_back("--in-memory");  // no mount, and no file left after a crash
  } else {
    arguments.insert(arguments.end(),
                     {"--no-huge", "--no-shconf", "-m", std::to_string(options.memory_mib)});
  }
  arguments.insert(arguments.end(), {"--iova-mode=va", "--file-prefix", options.file_prefix,
                                     "--log-level", options.log_level});
  if (!options.telemetry) arguments.push_back("--no-telemetry");
  bool pci = false;
  for (const std::string& device : options.devices) {
    if (!is_pci_device(device)) continue;
    pci = true;
    const auto [name, devargs] = split_device(device);
    std::string allowed = device_name(device);
    if (!devargs.empty()) allowed += "," + std::string(devargs);
    if (std::find(arguments.begin(), arguments.end(), allowed) == arguments.end())
      arguments.insert(arguments.end(), {"-a", allowed});
  }
  if (!pci) arguments.push_back("--no-pci");
  arguments.insert(arguments.end(), options.extra.begin(), options.extra.end());
  return arguments;
}

unsigned free_hugepage_memory() {
  unsigned long mib = 0;
  std::error_code error;
  // 2 MiB pages alone: with 1 GiB pages EAL takes seconds to start.
  std::ifstream file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
  if (unsigned long pages = 0; file >> pages) mib = pages * 2;
  return static_cast<unsigned>(std::min(mib, 0xffffffffUL));
}

Result<Eal> Eal::start(const EalOptions& options) {
  EalOptions own = options;
  if (own.file_prefix.empty()) own.file_prefix = "rpcgate-" + std::to_string(getpid());
  const std::vector<unsigned> cores = own.cores.empty() ? allowed_cores() : own.cores;
  if (1 + own.workers > RTE_MAX_LCORE)
    return fail(ErrorCode::invalid, "more workers than lcores: " + std::to_string(own.workers));
  std::vector<std::string> arguments = eal_arguments(own, free_hugepage_memory(), cores);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int rc = rte_eal_init(static_cast<int>(arguments.size()), argv.data());
  if (rc < 0) {
    std::string line;
    for (const std::string& argument : arguments) line += (line.empty() ? "" : " ") + argument;
    remove_run_directory(own.file_prefix);
    return in_context("EAL (" + line + ")", rte_failure("rte_eal_init", -1).value());
  }
  return Eal(own.file_prefix, own.workers);
}

Eal::Eal(Eal&& other) noexcept
    : file_prefix_(std::move(other.file_prefix_)),
      workers_(other.workers_),
      owns_(std::exchange(other.owns_, false)) {}

Eal::~Eal() {
  if (!owns_) return;
  wait_workers();
  rte_eal_cleanup();
  remove_run_directory(file_prefix_);
}

Result<void> Eal::launch(unsigned worker, int (*entry)(void*), void* argument) {
  if (worker >= workers_) return fail(ErrorCode::invalid, "no worker " + std::to_string(worker));
  const int rc = rte_eal_remote_launch(entry, argument, worker + 1);
  if (rc != 0)
    return rte_failure("worker " + std::to_string(worker) + ": rte_eal_remote_launch", rc);
  return {};
}

void Eal::wait_workers() noexcept {
  rte_eal_mp_wait_lcore();
}

}  // namespace rpcgate::dpdk
