// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "workers.hpp"

#include <string>
#include <utility>

namespace rpcgate::daemon {

WorkerOptions worker_options_of(const config::Config& config) {
  return {config.limits, *config.daemon.idle == config::Idle::sleep, *config.daemon.monitor, {}};
}

Result<std::unique_ptr<Workers>> Workers::start(dpdk::Eal& eal, interplane::Fabric& fabric,
                                                rte_mempool* pool, const WorkerOptions& options) {
  std::unique_ptr<Workers> workers(new Workers);
  auto arenas = datapath::make_arenas(options.limits, fabric.workers());
  if (!arenas) return tl::unexpected(arenas.error());
  workers->arenas_ = std::move(*arenas);
  for (unsigned w = 0; w < fabric.workers(); ++w) {
    datapath::WorkerConfig config;
    config.index = w;
    config.fabric = &fabric;
    config.arenas = workers->arenas_.get();
    config.pool = pool;
    config.limits = options.limits;
    config.sleep_when_idle = options.sleep_when_idle;
    // A copy begins in the middle and misses packets; its senders do not hear us.
    config.lenient = options.monitor;
    config.probing = !options.monitor;
    config.amnesty_until = options.amnesty_until;
    auto worker = datapath::Worker::create(config);
    if (!worker) return in_context("worker " + std::to_string(w), worker.error());
    workers->lcores_.push_back({std::move(*worker), &workers->stop_});
  }
  if (auto launched = workers->launch(eal); !launched) {
    workers->stop();
    eal.wait_workers();
    return tl::unexpected(launched.error());
  }
  return workers;
}

Result<void> Workers::launch(dpdk::Eal& eal) {
  for (unsigned w = 0; w < lcores_.size(); ++w)
    if (auto launched = eal.launch(w, run, &lcores_[w]); !launched) return launched;
  return {};
}

int Workers::run(void* lcore) {
  auto& self = *static_cast<Lcore*>(lcore);
  self.worker->run(*self.stop);
  return 0;
}

Result<void> Workers::check_balance() const {
  const datapath::InUse in_use = datapath::in_use(*arenas_);
  std::uint64_t buffers = 0;
  for (const Lcore& lcore : lcores_) buffers += lcore.worker->stream_buffers_in_use();
  if (in_use.flows + in_use.pinholes + in_use.items + in_use.sessions + buffers == 0) return {};
  return fail(ErrorCode::exhausted, "did not come back: " + std::to_string(in_use.flows) +
                                        " flows, " + std::to_string(in_use.pinholes) +
                                        " pinholes, " + std::to_string(in_use.items) + " items, " +
                                        std::to_string(in_use.sessions) + " sessions, " +
                                        std::to_string(buffers) + " stream buffers");
}

}  // namespace rpcgate::daemon
