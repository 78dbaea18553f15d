// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/worker.hpp"

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "datapath/adjacency.hpp"
#include "datapath/context.hpp"
#include "datapath/flow_life.hpp"
#include "datapath/fragments.hpp"
#include "datapath/pipeline.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/transmitter.hpp"
#include "datapath/upkeep.hpp"
#include "datapath/waiting.hpp"

namespace rpcgate::datapath {

struct Arenas {
  flow::Arenas flows;
  pinhole::Arenas pinholes;
  arena::ItemArena items;
  notify::Arena sessions;

  Arenas(const config::Limits& limits, unsigned workers) noexcept
      : flows(limits.flows, workers),
        pinholes(limits.pinholes, workers),
        items(limits.items, workers),
        sessions(limits.notification_sessions, workers) {}
};

void ArenasDeleter::operator()(Arenas* arenas) const noexcept {
  delete arenas;
}

Result<ArenasPointer> make_arenas(const config::Limits& limits, unsigned workers) {
  ArenasPointer arenas(new Arenas(limits, workers));  // lint: at start
  const bool all = arenas->flows.ready() && arenas->pinholes.records.capacity() != 0 &&
                   arenas->pinholes.tombstones.capacity() != 0 &&
                   arenas->pinholes.tallies.capacity() != 0 && arenas->items.capacity() != 0 &&
                   arenas->sessions.capacity() != 0;
  if (!all)
    return fail(ErrorCode::exhausted, "no memory for " + std::to_string(limits.flows) + " flows, " +
                                          std::to_string(limits.pinholes) + " pinholes and " +
                                          std::to_string(limits.items) + " items");
  return arenas;
}

InUse in_use(const Arenas& arenas) noexcept {
  return {arenas.flows.records.in_use(), arenas.pinholes.records.in_use(), arenas.items.in_use(),
          arenas.sessions.in_use()};
}

namespace {
// What may wait of the packet pool for the rest of datagrams: reception goes on with the others.
std::uint32_t share_of_pool(const WorkerConfig& config) noexcept {
  return config.pool->size / 4 / std::max(1u, config.fabric->workers());
}
}  // namespace

struct Worker::State {
  explicit State(const WorkerConfig& c)
      : config(c),
        flows(c.arenas->flows, c.index),
        pinholes(c.arenas->pinholes, c.index),
        items(c.arenas->items, c.index),
        sessions(c.arenas->sessions, c.index),
        fragments(c.limits.fragment_datagrams, share_of_pool(c)) {}
  ~State() { free_stream_state(context.stream); }

  WorkerConfig config;
  flow::Table flows;
  flow::TimerWheel timers;
  pinhole::Table pinholes;
  arena::ItemPool items;
  notify::Sessions sessions;
  Adjacencies adjacencies;
  Transmitter transmitter;
  Waiting waiting;
  Fragments fragments;
  Upkeep upkeep;
  Pipeline pipeline;
  Context context;
  bool online = false;
  bool stopped = false;
  unsigned empty_turns = 0;
};

namespace {

// An idle worker turns this often before it sleeps, and then sleeps this long between turns: short
// enough for a packet to wait, long enough to leave the core to others.
constexpr unsigned turns_before_sleep = 64;
constexpr timespec nap{0, 50'000};

void connect(Context& context, const WorkerConfig& config) noexcept {
  context.worker = config.index;
  context.workers = config.fabric->workers();
  context.lenient = config.lenient;
  context.probing = config.probing;
  context.fast_path = config.fast_path && !config.lenient;
  context.fabric = config.fabric;
  context.shared = &config.fabric->worker(config.index);
  context.counters = &context.shared->counters;
  context.events = &context.shared->events;
  context.ports = config.fabric->ports();
  context.pool = config.pool;
}

}  // namespace

Worker::Worker(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Worker::~Worker() {
  finish();
}

Result<std::unique_ptr<Worker>> Worker::create(const WorkerConfig& config) {
  auto state = std::make_unique<State>(config);  // lint: at start
  if (!state->flows.ready() || !state->pinholes.ready() || !state->sessions.ready())
    return fail(ErrorCode::exhausted, "no memory for the indexes of flows, pinholes and sessions");
  if (!state->fragments.ready())
    return fail(ErrorCode::exhausted, "no memory for the fragments of IP datagrams");
  if (rte_pktmbuf_priv_size(config.pool) < packet_private_size)
    return fail(ErrorCode::invalid, "packet pool without room for packet metadata");
  Context& context = state->context;
  connect(context, config);
  context.flows = &state->flows;
  context.timers = &state->timers;
  context.pinholes = &state->pinholes;
  context.items = &state->items;
  context.sessions = &state->sessions;
  context.adjacencies = &state->adjacencies;
  context.transmitter = &state->transmitter;
  context.waiting = &state->waiting;
  context.fragments = &state->fragments;
  state->transmitter.ports.resize(context.ports.size());
  StreamConfig streams;
  streams.worker = config.index;
  streams.streams = config.limits.associations;
  streams.buffer_bytes = config.limits.stream_memory;
  streams.groups = config.limits.association_groups;
  streams.group_life = config.limits.association_group_life;
  streams.amnesty_until = config.amnesty_until;
  context.stream = make_stream_state(streams);
  if (context.stream == nullptr)
    return fail(ErrorCode::exhausted, "no memory for the streams of inspected flows");
  context.shared->flows.store(&state->flows, std::memory_order_release);
  context.shared->pinholes.store(&state->pinholes, std::memory_order_release);
  context.shared->sessions.store(&state->sessions, std::memory_order_release);
  context.shared->streams.store(shown_streams(context.stream), std::memory_order_release);
  return std::unique_ptr<Worker>(new Worker(std::move(state)));  // lint: at start
}

bool Worker::turn(Instant now) noexcept {
  State& s = *state_;
  Context& c = s.context;
  if (s.stopped) return false;
  interplane::Quiescence& quiescence = c.fabric->quiescence;
  if (!s.online) {
    quiescence.online(c.worker);
    s.online = true;
  }
  c.now = now;
  if (const std::uint32_t changes = c.fabric->published.changes(); changes != c.epoch) {
    c.epoch = changes;
    s.adjacencies.forget_all();
  }
  c.policy = c.fabric->published.policy();
  if (c.policy == nullptr) {  // not yet: nothing may pass
    quiescence.quiescent(c.worker);
    return false;
  }
  c.limits = &c.policy->limits();
  c.stamp = flow::stamp_of(now);
  if (++c.turn == 0) c.turn = 1;
  c.routes = c.fabric->published.routes();
  c.neighbours = c.fabric->published.neighbours();
  c.steering = c.fabric->published.steering();

  const std::size_t packets = s.pipeline.run(c);
  const bool stop = s.upkeep.answer_commands(c);
  if (!stop) {
    s.upkeep.sweep(c);
    expire(c);
  }
  // Commands, sweep and timers may have made packets.
  route(c, c.out);
  tx(c);
  c.policy = nullptr;
  quiescence.quiescent(c.worker);
  c.shared->turns.store(c.shared->turns.load(std::memory_order_relaxed) + 1,
                        std::memory_order_relaxed);
  if (stop) s.stopped = true;
  return packets != 0 || !c.later.empty() || s.upkeep.is_sweeping();
}

void Worker::run(const std::atomic<bool>& stop) noexcept {
  State& s = *state_;
  while (!stop.load(std::memory_order_relaxed) && !s.stopped) {
    if (turn(real_now())) {
      s.empty_turns = 0;
    } else if (s.config.sleep_when_idle && ++s.empty_turns >= turns_before_sleep) {
      nanosleep(&nap, nullptr);
    }
  }
  finish();
}

void Worker::finish() noexcept {
  State& s = *state_;
  Context& c = s.context;
  if (c.shared == nullptr) return;
  const policy::Snapshot* policy = c.fabric->published.policy();
  if (policy != nullptr && s.online) {
    c.policy = policy;
    c.limits = &policy->limits();
    remove_all(c);
    drop_waiting(c);
    drop_fragments(c);
  }
  for (rte_mbuf* mbuf : c.copies.view().subspan(c.next_copy)) rte_pktmbuf_free(mbuf);
  c.copies.clear();
  c.next_copy = 0;
  for (rte_mbuf* mbuf : c.later) rte_pktmbuf_free(mbuf);
  c.later.clear();
  c.policy = nullptr;
  c.shared->flows.store(nullptr, std::memory_order_release);
  c.shared->pinholes.store(nullptr, std::memory_order_release);
  c.shared->sessions.store(nullptr, std::memory_order_release);
  c.shared->streams.store(nullptr, std::memory_order_release);
  c.fabric->quiescence.offline(c.worker);
  c.shared = nullptr;
  s.stopped = true;
}

Instant Worker::next_timer(Instant now) const noexcept {
  const State& s = *state_;
  return std::min({s.timers.next_look(now), s.pinholes.next_look(now), s.sessions.next_look(now),
                   stream_next_timer(s.context), reassemble_next_timer(s.context)});
}

Context& Worker::context() noexcept {
  return state_->context;
}

std::uint64_t Worker::stream_buffers_in_use() const noexcept {
  return datapath::stream_buffers_in_use(state_->context.stream);
}

}  // namespace rpcgate::datapath
