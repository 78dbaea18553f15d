// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "replay.hpp"

#include <algorithm>
#include <utility>

#include <rte_mbuf.h>

#include "datapath/packet_meta.hpp"
#include "policy/compile.hpp"
#include "policy/limits.hpp"

namespace rpcgate::replay {
namespace {

constexpr std::uint16_t data_room = 0xffff;  // captures above segmentation offload: 64 KiB frames
constexpr unsigned packets = 1024;
constexpr unsigned turns_for_one_packet = 64;  // far more than any needs

interplane::PortView view_of(const config::Port& port, const dpdk::Port& device,
                             std::size_t index) {
  interplane::PortView view;
  view.name = *port.name;
  view.zone = *port.zone == config::Zone::outer ? interplane::Zone::outer : interplane::Zone::inner;
  view.eth_port = device.id();
  view.mtu = static_cast<std::uint16_t>(*port.mtu);
  // Locally administered: the port's side of each conversation, and of what leaves.
  view.mac = wire::MacAddress{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(index + 1)}};
  view.multi_segments = true;
  view.any_mac = true;
  view.static_egress = true;
  view.static_next_hop = wire::MacAddress{{2, 0, 0, 0, 1, static_cast<std::uint8_t>(index + 1)}};
  return view;
}

// What a replay needs at once is one capture's worth; the memory is untouched until it is used.
config::Limits box_limits(const policy::Snapshot& snapshot) {
  config::Limits limits = snapshot.limits();
  limits.event_ring = std::max<std::uint32_t>(limits.event_ring, 8192);
  return limits;
}

template <class T>
tl::unexpected<Error> passed_on(Result<T>& result) {
  return tl::unexpected<Error>(std::move(result.error()));
}

}  // namespace

Replay::~Replay() = default;

Result<std::unique_ptr<Replay>> Replay::create(const config::Config& config,
                                               const policy::Snapshot& snapshot, bool strict,
                                               Sinks sinks) {
  std::unique_ptr<Replay> replay(new Replay);
  replay->config_ = &config;
  replay->snapshot_ = &snapshot;
  replay->sinks_ = std::move(sinks);
  auto pool = dpdk::make_packet_pool(
      {"replay", packets, 0, datapath::packet_private_size, data_room, true});
  if (!pool) return passed_on(pool);
  replay->pool_ = std::move(*pool);

  const config::Limits limits = box_limits(snapshot);
  interplane::FabricConfig fabric;
  fabric.event_slots = limits.event_ring;
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    auto wire = dpdk::MemoryPort::make("replay" + std::to_string(i), 1, packets);
    if (!wire) return passed_on(wire);
    dpdk::PortOptions options;
    options.name = *config.ports[i].name;
    options.device = wire->device();
    auto port = dpdk::Port::open(options, replay->pool_);
    if (!port) return passed_on(port);
    if (auto ok = port->start(); !ok) return passed_on(ok);
    fabric.ports.push_back(view_of(config.ports[i], *port, i));
    replay->wires_.push_back(std::move(*wire));
    replay->ports_.push_back(std::move(*port));
  }
  auto made = interplane::Fabric::create(std::move(fabric));
  if (!made) return passed_on(made);
  replay->fabric_ = std::move(*made);
  replay->fabric_->published.publish(&snapshot);
  auto arenas = datapath::make_arenas(limits, 1);
  if (!arenas) return passed_on(arenas);
  replay->arenas_ = std::move(*arenas);

  datapath::WorkerConfig worker;
  worker.fabric = replay->fabric_.get();
  worker.arenas = replay->arenas_.get();
  worker.pool = replay->pool_.get();
  worker.limits = limits;
  worker.lenient = !strict;
  worker.probing = false;  // nobody answers
  auto created = datapath::Worker::create(worker);
  if (!created) return passed_on(created);
  replay->worker_ = std::move(*created);
  return replay;
}

// By the frame's source address; a frame that has none goes to the first port, to be dropped there
// under its reason.
std::size_t Replay::port_for(const Frame& frame) const noexcept {
  const Bytes b = frame.bytes;
  if (b.size() < 14 + 20) return 0;
  const auto type = std::to_integer<unsigned>(b[12]) << 8 | std::to_integer<unsigned>(b[13]);
  wire::IpAddress source;
  if (type == 0x0800)
    source = wire::IpAddress::from_v4_octets(b.data() + 14 + 12);
  else if (type == 0x86dd && b.size() >= 14 + 40)
    source = wire::IpAddress::from_v6_octets(b.data() + 14 + 8);
  const int port = snapshot_->ingress_port_of(source);
  return port < 0 ? 0 : static_cast<std::size_t>(port);
}

void Replay::collect(Instant now) {
  std::array<rte_mbuf*, 32> mbufs;
  for (dpdk::MemoryPort& wire : wires_) {
    unsigned n = 0;
    while ((n = wire.collect(mbufs.data(), mbufs.size())) > 0) {
      for (unsigned i = 0; i < n; ++i) {
        ++totals_.packets_out;
        std::vector<std::byte> copy;  // a chain, perhaps
        for (const rte_mbuf* s = mbufs[i]; s != nullptr; s = s->next) {
          const Bytes part{rte_pktmbuf_mtod(s, const std::byte*), s->data_len};
          copy.insert(copy.end(), part.begin(), part.end());
        }
        if (sinks_.frame) sinks_.frame(now, copy);
        rte_pktmbuf_free(mbufs[i]);
      }
    }
  }
  event::Event event;
  while (fabric_->worker(0).events.pop(event)) {
    ++totals_.events[static_cast<std::size_t>(event.kind)];
    if (sinks_.event) sinks_.event(event);
  }
}

void Replay::turn(Instant now) {
  for (unsigned i = 0; i < turns_for_one_packet; ++i) {
    const bool busy = worker_->turn(now);
    collect(now);
    if (!busy) return;
  }
}

// What holds is what holds at the time of the capture.
void Replay::follow_schedules(Instant now) {
  const bool changes = snapshot_->next_change() != Instant::max();
  if (!changes || (started_ && now < snapshot_->next_change())) return;
  later_.push_back(policy::recompile(*config_, snapshot_->generation() + 1, now));
  snapshot_ = later_.back().get();
  fabric_->published.publish(snapshot_);
}

// Timers fire at their own time, up to `to`. Captures may go back in time a little: time does not.
void Replay::advance(Instant to) {
  if (!started_) {
    follow_schedules(to);
    started_ = true;
    now_ = totals_.first = to;
    return;
  }
  while (now_ < to) {
    // A timer that is due but not gone after a turn is looked at again a little later.
    const Instant timer = std::max(worker_->next_timer(now_), now_ + milliseconds{1});
    const Instant next = std::min(timer, snapshot_->next_change());
    if (next >= to) break;
    now_ = std::max(now_, next);
    follow_schedules(now_);
    turn(now_);
  }
  now_ = std::max(now_, to);
  follow_schedules(now_);
}

void Replay::feed(const Frame& frame) {
  ++totals_.packets_read;
  totals_.bytes_read += frame.bytes.size();
  if (frame.bytes.size() < frame.original_size) ++totals_.cut_short;
  advance(frame.time);
  totals_.last = now_;
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_.get());
  if (mbuf == nullptr || frame.bytes.size() > rte_pktmbuf_tailroom(mbuf)) {
    if (mbuf != nullptr) rte_pktmbuf_free(mbuf);
    ++totals_.not_replayed;
    return;
  }
  const auto size = static_cast<std::uint16_t>(frame.bytes.size());
  std::copy(frame.bytes.begin(), frame.bytes.end(),
            reinterpret_cast<std::byte*>(rte_pktmbuf_append(mbuf, size)));
  if (!wires_[port_for(frame)].feed(mbuf)) {
    rte_pktmbuf_free(mbuf);
    ++totals_.not_replayed;
    return;
  }
  turn(now_);
}

void Replay::finish() {
  turn(now_);
  const datapath::InUse open = datapath::in_use(*arenas_);
  totals_.flows_left = open.flows;
  totals_.pinholes_left = open.pinholes;
  worker_->finish();
  collect(now_);
}

std::uint64_t Replay::leaked() const noexcept {
  const datapath::InUse open = datapath::in_use(*arenas_);
  return std::uint64_t{dpdk::packets_in_use(pool_)} + open.flows + open.pinholes + open.items +
         open.sessions + worker_->stream_buffers_in_use();
}

}  // namespace rpcgate::replay
