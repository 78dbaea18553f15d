// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// `status`, `show ports`.

#include <nlohmann/json.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include "control/commands.hpp"
#include "control/core.hpp"
#include "control/version.hpp"
#include "event/event_json.hpp"
#include "flow/table.hpp"
#include "pinhole/table.hpp"

namespace rpcgate::control {
namespace {

using nlohmann::ordered_json;
using stats::Counter;

std::uint64_t sum(Core& core, Counter counter) {
  std::uint64_t total = 0;
  for (unsigned w = 0; w < core.fabric().workers(); ++w)
    total += core.fabric().worker(w).counters.counters.get(counter);
  return total;
}

std::uint64_t all_drops(Core& core) {
  std::uint64_t total = 0;
  for (unsigned w = 0; w < core.fabric().workers(); ++w)
    for (std::size_t i = 0; i < stats::drop_count; ++i)
      total += core.fabric().worker(w).counters.drops.get(static_cast<stats::Drop>(i));
  return total;
}

// Records in use by all workers; any table knows the arena that they share. 0 before they run.
template <class Pointer>
std::uint32_t alive(Core& core, Pointer interplane::WorkerShared::*table) {
  for (unsigned w = 0; w < core.fabric().workers(); ++w)
    if (const auto* shown = (core.fabric().worker(w).*table).load(std::memory_order_acquire))
      return shown->records().in_use();
  return 0;
}

ordered_json port_row(Core& core, std::size_t index) {
  const interplane::PortView& view = core.fabric().ports()[index];
  const Nic& nic = core.ports().nic_of(index);
  const dpdk::PortStatistics statistics = nic.port->statistics();
  ordered_json row;
  row["port"] = view.name;
  row["zone"] = view.zone == interplane::Zone::outer ? "outer" : "inner";
  row["link"] = nic.port->link_up() ? "up" : "down";
  row["device"] = nic.device;
  row["driver"] = nic.port->info().driver;
  row["interface"] = nic.interface.empty() ? view.name : nic.interface;
  row["mac"] = view.mac.to_string();
  row["mtu"] = view.mtu;
  row["rx_queues"] = view.rx_queues;
  row["tx_queues"] = view.tx_queues;
  row["rx_packets"] = statistics.rx_packets;
  row["tx_packets"] = statistics.tx_packets;
  row["rx_bytes"] = statistics.rx_bytes;
  row["tx_bytes"] = statistics.tx_bytes;
  row["rx_missed"] = statistics.rx_missed;
  row["rx_no_mbuf"] = statistics.rx_no_mbuf;
  row["errors"] = statistics.rx_errors + statistics.tx_errors;
  if (!nic.steering) return row;
  ordered_json steering = ordered_json::object();
  if (const auto counters = nic.steering->statistics())
    for (const auto& counter : *counters) steering[std::string(counter.name)] = counter.packets;
  row["steering"] = steering;
  return row;
}

}  // namespace

Result<void> status(Core& core, const Arguments&, Reply& reply) {
  const auto uptime = std::chrono::duration_cast<seconds>(real_now() - core.started());
  ordered_json row;
  row["version"] = version;
  row["pid"] = getpid();
  row["started"] = event::to_rfc3339(core.started());
  row["uptime"] = uptime.count();
  row["config"] = core.config_name();
  row["generation"] = core.policy().snapshot().generation();
  row["rules"] = core.policy().snapshot().rules().size();
  row["workers"] = core.fabric().workers();
  row["monitor"] = *core.policy().config().daemon.monitor;
  row["ports"] = core.fabric().ports().size();
  row["routes"] = core.slow_path().route_count();
  row["flows"] = alive(core, &interplane::WorkerShared::flows);
  row["pinholes"] = alive(core, &interplane::WorkerShared::pinholes);
  row["rx_packets"] = sum(core, Counter::rx_packets);
  row["tx_packets"] = sum(core, Counter::tx_packets);
  row["dropped"] = all_drops(core);
  row["packet_buffers"] = core.pool_size();
  row["packet_buffers_in_use"] = core.packets_in_use();
  row["events"] = core.events().recorded();
  row["events_lost"] = sum(core, Counter::events_lost) + core.events().lines_lost();
  reply.row(row);
  return {};
}

Result<void> show_ports(Core& core, const Arguments& arguments, Reply& reply) {
  const std::string wanted = arguments.text("port");
  for (std::size_t i = 0; i < core.fabric().ports().size(); ++i)
    if (wanted.empty() || core.fabric().ports()[i].name == wanted) reply.row(port_row(core, i));
  if (reply.rows() == 0) return fail(ErrorCode::not_found, "there is no port '" + wanted + "'");
  return {};
}

}  // namespace rpcgate::control
