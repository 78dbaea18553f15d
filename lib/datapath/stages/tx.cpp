// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// in:    the transmit buffers that route filled
// out:   transmit queues, or the rings to the workers that own them; packets are theirs then
// drops: monitored, tx_full, no_mbuf
// state: the transmit buffers, the tx rings of which this worker is the producer
// keeps: order within a port; a packet handed to a queue is one direct segment unless the port
//        sends chains
#include <cstring>

#include <rte_ethdev.h>

#include "datapath/adjacency.hpp"
#include "datapath/build.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/transmitter.hpp"

namespace rpcgate::datapath {
namespace {

bool can_be_sent_as_it_is(const rte_mbuf* mbuf, const interplane::PortView& port) noexcept {
  if (port.multi_segments) return true;
  // Some PMDs send the first segment alone, and drop clones, without a word.
  return mbuf->nb_segs == 1 && RTE_MBUF_DIRECT(mbuf) && rte_mbuf_refcnt_read(mbuf) == 1;
}

}  // namespace

void transmit(Context& context, rte_mbuf* mbuf, interplane::PortIndex index) noexcept {
  const interplane::PortView& port = context.ports[index];
  if (port.silent) return context.drop(mbuf, stats::Drop::monitored);
  if (!can_be_sent_as_it_is(mbuf, port)) {
    mbuf = linearised(context, mbuf);
    if (mbuf == nullptr) return;
  }
  Transmitter::Buffer& buffer = context.transmitter->ports[index];
  if (buffer.size == Transmitter::slots) flush(context, index);
  buffer.mbufs[buffer.size++] = mbuf;
}

void transmit_to(Context& context, rte_mbuf* mbuf, const Adjacency& next_hop) noexcept {
  std::memcpy(rte_pktmbuf_mtod(mbuf, std::byte*), next_hop.addresses.data(),
              next_hop.addresses.size());
  Transmitter::Buffer& buffer = context.transmitter->ports[next_hop.port];
  if (buffer.size == Transmitter::slots) flush(context, next_hop.port);
  buffer.mbufs[buffer.size++] = mbuf;
}

void flush(Context& context, interplane::PortIndex index) noexcept {
  Transmitter::Buffer& buffer = context.transmitter->ports[index];
  if (buffer.size == 0) return;
  const interplane::PortView& port = context.ports[index];
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < buffer.size; ++i) bytes += buffer.mbufs[i]->pkt_len;
  const auto size = static_cast<std::uint16_t>(buffer.size);
  const std::uint16_t queue = interplane::tx_queue_of(context.worker, port);
  const bool own = queue != interplane::no_queue;
  const std::size_t sent =
      own ? rte_eth_tx_burst(port.eth_port, queue, buffer.mbufs.data(), size)
          : context.fabric->tx_ring(index, context.worker).push(buffer.mbufs.data(), size);
  context.kept(sent);
  // Those not taken are still ours; their lengths can be read.
  for (std::size_t i = sent; i < buffer.size; ++i) {
    bytes -= buffer.mbufs[i]->pkt_len;
    context.drop(buffer.mbufs[i], stats::Drop::tx_full);
  }
  buffer.size = 0;
  if (!own) {
    context.count(stats::Counter::handed_over_out, sent);
    return;
  }
  context.count(stats::Counter::tx_packets, sent);
  context.count(stats::Counter::tx_bytes, bytes);
}

void tx(Context& context) noexcept {
  for (std::size_t port = 0; port < context.ports.size(); ++port)
    flush(context, static_cast<interplane::PortIndex>(port));
}

}  // namespace rpcgate::datapath
