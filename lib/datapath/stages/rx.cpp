// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    this worker's receive queues, hand-over rings, tx rings, the kernel mirror's ring, and
// what
//        the last turn put off. Of copies of traffic (lenient) one packet a turn
// out:   `received`: frames from the wire; `owned`: packets other workers parsed for us. Frames of
//        the tx rings and of the mirror are complete: they go to the transmit buffers at once
// drops: internal
// state: the consumer's side of those rings; copies that wait for their turn
// keeps: no more packets a turn than a burst has room for; no source starves another
#include <rte_ethdev.h>

#include "datapath/stages/stages.hpp"
#include "datapath/transmitter.hpp"

namespace rpcgate::datapath {
namespace {

constexpr std::uint16_t batch = 32;

void count_received(Context& context, std::span<rte_mbuf* const> mbufs) noexcept {
  std::uint64_t bytes = 0;
  for (const rte_mbuf* mbuf : mbufs) bytes += mbuf->pkt_len;
  context.count(stats::Counter::rx_packets, mbufs.size());
  context.count(stats::Counter::rx_bytes, bytes);
  context.taken_back(mbufs.size());
}

// Two ports may share one NIC; its queues are read once.
bool is_first_of_its_nic(const Context& context, std::size_t index) noexcept {
  for (std::size_t i = 0; i < index; ++i)
    if (context.ports[i].eth_port == context.ports[index].eth_port) return false;
  return true;
}

void read_queues(Context& context, Burst& received) noexcept {
  for (std::size_t index = 0; index < context.ports.size(); ++index) {
    const interplane::PortView& port = context.ports[index];
    if (!is_first_of_its_nic(context, index)) continue;
    for (std::uint16_t queue = 0; queue < port.rx_queues; ++queue) {
      if (interplane::rx_queue_owner(queue, context.workers) != context.worker) continue;
      if (received.room() < batch) return;
      const std::uint16_t n = rte_eth_rx_burst(port.eth_port, queue, received.tail(), batch);
      // Not every PMD says where a packet came in (net_ring does not).
      for (std::uint16_t i = 0; i < n; ++i) received.tail()[i]->port = port.eth_port;
      received.grow(n);
    }
  }
}

void read_handovers(Context& context, Burst& owned, unsigned most) noexcept {
  for (unsigned from = 0; from < context.workers; ++from) {
    if (from == context.worker || owned.room() < batch) continue;
    const unsigned n = context.fabric->handover_ring(from, context.worker).pop(owned.tail(), most);
    owned.grow(n);
    context.taken_back(n);
    if (n != 0 && most == 1) return;
  }
}

// A copy of traffic may come late: then what one packet opens and the packet that needs it open are
// in one burst, of which each stage sees all. (Drivers give no packet where fewer than a few are
// asked for, so the burst is kept.)
void read_one(Context& context, Burst& received) noexcept {
  if (context.next_copy == context.copies.size()) {
    context.copies.clear();
    context.next_copy = 0;
    read_queues(context, context.copies);
  }
  if (context.next_copy < context.copies.size())
    static_cast<void>(received.push(context.copies.view()[context.next_copy++]));
}

void send_for(Context& context, dpdk::PacketRing& ring, interplane::PortIndex port) noexcept {
  std::array<rte_mbuf*, batch> mbufs;
  const unsigned n = ring.pop(mbufs.data(), batch);
  context.taken_back(n);
  for (unsigned i = 0; i < n; ++i) transmit(context, mbufs[i], port);
}

void read_tx_rings(Context& context) noexcept {
  for (std::size_t index = 0; index < context.ports.size(); ++index) {
    const auto port = static_cast<interplane::PortIndex>(index);
    const interplane::PortView& view = context.ports[index];
    for (unsigned from = view.tx_queues; from < context.workers; ++from)
      if (interplane::tx_helper_of(from, view) == context.worker)
        send_for(context, context.fabric->tx_ring(port, from), port);
  }
}

void read_mirror(Context& context) noexcept {
  std::array<rte_mbuf*, batch> mbufs;
  const unsigned n = context.shared->from_mirror.pop(mbufs.data(), batch);
  context.taken_back(n);
  for (unsigned i = 0; i < n; ++i) {
    const std::uint16_t port = mbufs[i]->port;
    if (port < context.ports.size())
      transmit(context, mbufs[i], static_cast<interplane::PortIndex>(port));
    else
      context.drop(mbufs[i], stats::Drop::internal);
  }
}

}  // namespace

void rx(Context& context, Burst& received, Burst& owned) noexcept {
  for (rte_mbuf* mbuf : context.later)  // fewer than `owned`, which is empty, has room for
    if (owned.push(mbuf)) context.taken_back();
  context.later.clear();
  read_tx_rings(context);
  read_mirror(context);
  read_handovers(context, owned, context.lenient ? 1 : batch);
  if (!context.lenient)
    read_queues(context, received);
  else if (owned.empty())
    read_one(context, received);
  if (!received.empty()) count_received(context, received.view());
}

}  // namespace rpcgate::datapath
