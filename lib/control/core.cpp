// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/core.hpp"

#include <utility>

#include <grp.h>

#include "control/commands.hpp"
#include "control/log.hpp"

namespace rpcgate::control {
namespace {

// How long a worker's word may lie in its ring before it is read. Workers make no system call, so
// nobody wakes us; a packet that waits for a neighbour waits this much longer.
constexpr Duration poll_interval = milliseconds{5};
constexpr unsigned events_a_poll = 4096;

}  // namespace

Core::Core(Parts& parts)
    : loop_(parts.loop),
      fabric_(parts.fabric),
      ports_(parts.ports),
      pool_(parts.pool),
      pool_size_(parts.pool_size),
      config_name_(std::move(parts.config_name)),
      retirement_(parts.fabric.quiescence),
      workers_(parts.fabric),
      policy_(std::make_unique<PolicyStore>(parts.fabric.published, retirement_)) {}

Result<std::unique_ptr<Core>> Core::start(Parts parts) {
  std::unique_ptr<Core> core(new Core(parts));
  if (auto opened = core->open(parts); !opened) return tl::unexpected(opened.error());
  return core;
}

Result<void> Core::open(Parts& parts) {
  policy_->start(std::move(parts.loaded), std::move(parts.config_text));
  auto events = EventLog::open(*policy_->config().daemon.events);
  if (!events) return tl::unexpected(events.error());
  events_ = std::move(*events);
  auto slow_path = SlowPath::start({loop_, fabric_, retirement_, *policy_, ports_, pool_.get()});
  if (!slow_path) return tl::unexpected(slow_path.error());
  slow_path_ = std::move(*slow_path);
  auto poll_timer = loop_.every(poll_interval, [this] { poll(); });
  if (!poll_timer) return tl::unexpected(poll_timer.error());
  poll_timer_ = *poll_timer;
  auto second_timer = loop_.every(seconds{1}, [this] {
    slow_path_->recheck();
    follow_schedules();
  });
  if (!second_timer) return tl::unexpected(second_timer.error());
  second_timer_ = *second_timer;
  return {};
}

Result<void> Core::open_socket() {
  const config::Daemon& daemon = policy_->config().daemon;
  SocketOptions options;
  options.path = *daemon.control_socket;
  options.group = *daemon.control_group;
  if (getgrnam(options.group.c_str()) == nullptr) {
    if (daemon.control_group.given)
      log::warning("no group '" + options.group + "': the control socket is for root alone");
    options.group.clear();
  }
  auto socket = SocketServer::listen(loop_, options,
                                     [this](const std::string& line, SocketServer::Done done) {
                                       answer(*this, line, std::move(done));
                                     });
  if (!socket) return tl::unexpected(socket.error());
  socket_ = std::move(*socket);
  return {};
}

Core::~Core() {
  finish();
  socket_.reset();
  slow_path_.reset();
}

unsigned Core::packets_in_use() const noexcept {
  const unsigned all = dpdk::packets_in_use(pool_);
  return all > ports_.driver_share() ? all - ports_.driver_share() : 0;
}

void Core::tell(event::Event event) {
  event.time = real_now();
  events_->record(event, policy_->rule_name(event.rule));
}

void Core::drain_events() {
  for (unsigned w = 0; w < fabric_.workers(); ++w) {
    event::Event event;
    for (unsigned i = 0; i < events_a_poll && fabric_.worker(w).events.pop(event); ++i)
      events_->record(event, policy_->rule_name(event.rule));
  }
  events_->flush();
}

void Core::poll() {
  const Instant now = real_now();
  drain_events();
  slow_path_->poll();
  workers_.poll(now);
  retirement_.poll(now);
}

void Core::follow_schedules() {
  if (!policy_->follow_schedules(policy::wall_now(), real_now() + seconds{5})) return;
  event::Event committed;
  committed.kind = event::Kind::policy_committed;
  tell(committed);
  log::info("a schedule has changed what holds, generation " +
            std::to_string(policy_->snapshot().generation()));
}

bool Core::stop_workers(Duration at_most) {
  unsigned answered = 0;
  bool is_told = false;
  interplane::Command stop;
  stop.kind = interplane::Command::Kind::stop;
  workers_.send(stop, real_now() + at_most, [&](const WorkerCommands::Outcome& outcome) {
    answered = outcome.answered;
    is_told = true;
  });
  while (!is_told) loop_.turn(milliseconds{10});
  return answered == fabric_.workers();
}

void Core::finish() {
  if (poll_timer_ == 0) return;
  loop_.forget(poll_timer_);
  loop_.forget(second_timer_);
  poll_timer_ = 0;
  drain_events();
}

}  // namespace rpcgate::control
