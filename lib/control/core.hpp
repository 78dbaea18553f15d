// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The control core of the daemon: everything that is not a worker, on one thread. Made after EAL
// and the ports are open, before workers run; destroyed after they are joined.
#pragma once

#include <memory>
#include <string>

#include "control/event_log.hpp"
#include "control/event_loop.hpp"
#include "control/policy_store.hpp"
#include "control/ports.hpp"
#include "control/retirement.hpp"
#include "control/slow_path.hpp"
#include "control/socket_server.hpp"
#include "control/worker_commands.hpp"
#include "dpdk/mempool.hpp"
#include "interplane/fabric.hpp"

namespace rpcgate::control {

class Core {
 public:
  struct Parts {
    EventLoop& loop;
    interplane::Fabric& fabric;
    Ports& ports;
    const dpdk::Mempool& pool;
    unsigned pool_size = 0;
    policy::LoadedPolicy loaded;
    std::string config_text;
    std::string config_name;
  };
  // Publishes policy, routes, neighbours and steering: workers may run when this returns.
  static Result<std::unique_ptr<Core>> start(Parts parts);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Opens the control socket; call it when the workers run.
  Result<void> open_socket();
  // Asks the workers to close everything and leave, and gathers what they say, at most so long.
  // False when one does not answer.
  bool stop_workers(Duration at_most);
  // After the workers are joined: the last events, and no more answers to anybody.
  void finish();

  // For the handlers of commands.
  interplane::Fabric& fabric() noexcept { return fabric_; }
  Ports& ports() noexcept { return ports_; }
  PolicyStore& policy() noexcept { return *policy_; }
  WorkerCommands& workers() noexcept { return workers_; }
  EventLog& events() noexcept { return *events_; }
  SlowPath& slow_path() noexcept { return *slow_path_; }
  Instant started() const noexcept { return started_; }
  const std::string& config_name() const noexcept { return config_name_; }
  void set_config_name(std::string name) { config_name_ = std::move(name); }
  unsigned pool_size() const noexcept { return pool_size_; }
  // Beyond what lies in the rings of the drivers.
  unsigned packets_in_use() const noexcept;
  // Records an event of the control core's own.
  void tell(event::Event event);

 private:
  explicit Core(Parts& parts);
  Result<void> open(Parts& parts);
  void poll();
  void follow_schedules();
  void drain_events();

  EventLoop& loop_;
  interplane::Fabric& fabric_;
  Ports& ports_;
  const dpdk::Mempool& pool_;
  unsigned pool_size_;
  std::string config_name_;
  Instant started_ = real_now();
  // In the order of making; the slow path publishes, the store owns what is published.
  Retirement retirement_;
  WorkerCommands workers_;
  std::unique_ptr<EventLog> events_;
  std::unique_ptr<PolicyStore> policy_;
  std::unique_ptr<SlowPath> slow_path_;
  std::unique_ptr<SocketServer> socket_;
  EventLoop::Id poll_timer_ = 0;
  EventLoop::Id second_timer_ = 0;
};

}  // namespace rpcgate::control
