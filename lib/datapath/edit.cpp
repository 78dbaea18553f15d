// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include <rte_mbuf.h>

#include "datapath/build.hpp"
#include "datapath/headers.hpp"
#include "nat/rewrite.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::datapath {
namespace {

// The one's complement sum over `length` bytes of a chain from `offset` on. Segments of odd length
// shift the words of those that follow (RFC 1071 2.B: the sum swaps with its bytes).
std::uint16_t sum_of_chain(const rte_mbuf* mbuf, std::size_t offset, std::size_t length) noexcept {
  std::uint32_t total = 0;
  bool odd = false;
  for (const rte_mbuf* s = mbuf; s != nullptr && length > 0; s = s->next) {
    if (offset >= s->data_len) {
      offset -= s->data_len;
      continue;
    }
    const std::size_t here = std::min<std::size_t>(length, s->data_len - offset);
    wire::ChecksumSum part;
    part.add({rte_pktmbuf_mtod(s, const std::byte*) + offset, here});
    const std::uint16_t folded = part.folded();
    total += odd ? wire::swap_bytes(folded) : folded;
    odd = odd != (here % 2 != 0);
    length -= here;
    offset = 0;
  }
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(total);
}

std::size_t l4_length(const PacketMeta& meta) noexcept {
  return static_cast<std::size_t>(meta.payload_offset) - meta.l4_offset + meta.payload_length;
}

// What the checksum field must make of the rest: 0xffff folded when right.
std::uint16_t l4_sum(const rte_mbuf* mbuf) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  wire::ChecksumSum sum;
  sum.add_word(sum_of_chain(mbuf, meta.l4_offset, l4_length(meta)));
  wire::add_pseudo_header(sum, meta.source, meta.destination,
                          static_cast<wire::Protocol>(meta.protocol),
                          static_cast<std::uint32_t>(l4_length(meta)));
  return sum.folded();
}

std::size_t checksum_offset(const PacketMeta& meta) noexcept {
  return meta.l4_offset + (meta.is_tcp() ? tcph::checksum : udph::checksum);
}

// Puts the lengths of the IP header right after the payload changed its size.
void set_ip_length(rte_mbuf* mbuf) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  std::byte* h = rte_pktmbuf_mtod(mbuf, std::byte*) + meta.l3_offset;
  const auto length = static_cast<std::uint16_t>(meta.l4_offset + l4_length(meta) - meta.l3_offset);
  if (meta.has(PacketMeta::ipv6)) {
    store16(h + ip6::length, static_cast<std::uint16_t>(length - ip6::size));
    return;
  }
  wire::ChecksumDelta delta;
  const std::uint16_t before = load_raw16(h + ip4::length);
  store16(h + ip4::length, length);
  delta.replace(before, load_raw16(h + ip4::length));
  store_raw16(h + ip4::checksum, delta.applied_to(load_raw16(h + ip4::checksum)));
}

// Moves the headers up by `offset` bytes, over the payload that goes. The frame keeps being one.
void remove_front(rte_mbuf* mbuf, std::uint16_t offset) noexcept {
  PacketMeta& meta = meta_of(mbuf);
  std::uint16_t left = offset;
  const std::uint16_t in_first = static_cast<std::uint16_t>(
      std::min<std::size_t>(left, static_cast<std::size_t>(mbuf->data_len) - meta.payload_offset));
  std::byte* frame = rte_pktmbuf_mtod(mbuf, std::byte*);
  std::memmove(frame + in_first, frame, meta.payload_offset);
  rte_pktmbuf_adj(mbuf, in_first);
  left = static_cast<std::uint16_t>(left - in_first);
  // What else goes lies at the front of the segments that follow.
  rte_mbuf* before = mbuf;
  while (left > 0 && before->next != nullptr) {
    rte_mbuf* s = before->next;
    const std::uint16_t here = std::min(left, s->data_len);
    s->data_off = static_cast<std::uint16_t>(s->data_off + here);
    s->data_len = static_cast<std::uint16_t>(s->data_len - here);
    mbuf->pkt_len -= here;
    left = static_cast<std::uint16_t>(left - here);
    if (s->data_len == 0) {
      before->next = s->next;
      s->next = nullptr;
      s->nb_segs = 1;
      --mbuf->nb_segs;
      rte_pktmbuf_free_seg(s);
    }
  }
}

}  // namespace

void name_ends(const flow::Flow& flow, PacketMeta& meta) noexcept {
  const flow::FlowKey leaving = nat::leaving(flow, meta.direction);
  meta.source = leaving.source;
  meta.destination = leaving.destination;
  meta.source_port = leaving.source_port;
  meta.destination_port = leaving.destination_port;
}

bool l4_checksum_is_right(const rte_mbuf* mbuf) noexcept {
  return l4_sum(mbuf) == 0xffff;
}

void update_l4_checksum(rte_mbuf* mbuf) noexcept {
  std::byte* field = rte_pktmbuf_mtod(mbuf, std::byte*) + checksum_offset(meta_of(mbuf));
  store_raw16(field, 0);
  auto value = static_cast<std::uint16_t>(~l4_sum(mbuf));
  // RFC 768: a UDP checksum of zero would mean "none".
  if (value == 0 && !meta_of(mbuf).is_tcp()) value = 0xffff;
  store_raw16(field, value);
}

void trim_payload(rte_mbuf* mbuf, std::uint16_t offset, std::uint16_t length) noexcept {
  PacketMeta& meta = meta_of(mbuf);
  // Further than the payload reaches: nothing of it is left, the number alone moves on.
  const std::uint16_t front = std::min(offset, meta.payload_length);
  RPCGATE_DCHECK(front + length <= meta.payload_length);
  std::byte* h = rte_pktmbuf_mtod(mbuf, std::byte*) + meta.l4_offset;
  if (offset > 0) {
    meta.sequence += offset + ((meta.tcp_flags & tcph::syn) != 0 ? 1u : 0u);
    store32(h + tcph::sequence, meta.sequence);
    meta.tcp_flags &= static_cast<std::uint8_t>(~tcph::syn);
  }
  const auto cut = static_cast<std::uint16_t>(meta.payload_length - front - length);
  if (cut > 0 || offset > front) meta.tcp_flags &= static_cast<std::uint8_t>(~tcph::fin);
  // What was cleared in the header since it was read (URG) stays cleared.
  store8(h + tcph::flags,
         static_cast<std::uint8_t>(load8(h + tcph::flags) & (0xc0 | meta.tcp_flags)));
  // The end first: it may free whole segments of a chain.
  std::uint16_t left = cut;
  while (left > 0) {
    const std::uint16_t here = std::min(left, rte_pktmbuf_lastseg(mbuf)->data_len);
    rte_pktmbuf_trim(mbuf, here);
    left = static_cast<std::uint16_t>(left - here);
    if (left == 0 || mbuf->nb_segs == 1) break;
    rte_mbuf* last = rte_pktmbuf_lastseg(mbuf);
    rte_mbuf* before = mbuf;
    while (before->next != last) before = before->next;
    before->next = nullptr;
    --mbuf->nb_segs;
    rte_pktmbuf_free_seg(last);
  }
  if (front > 0) remove_front(mbuf, front);
  meta.payload_length = length;
  set_ip_length(mbuf);
  update_l4_checksum(mbuf);
}

void replace_payload(rte_mbuf* mbuf, std::uint16_t offset, Bytes with) noexcept {
  const PacketMeta& meta = meta_of(mbuf);
  RPCGATE_DCHECK(offset + with.size() <= meta.payload_length);
  std::size_t at = std::size_t{meta.payload_offset} + offset;
  for (rte_mbuf* s = mbuf; s != nullptr && !with.empty(); s = s->next) {
    if (at >= s->data_len) {
      at -= s->data_len;
      continue;
    }
    const std::size_t here = std::min<std::size_t>(with.size(), s->data_len - at);
    std::memcpy(rte_pktmbuf_mtod(s, std::byte*) + at, with.data(), here);
    with = with.subspan(here);
    at = 0;
  }
  update_l4_checksum(mbuf);
}

rte_mbuf* linearised(Context& context, rte_mbuf* mbuf) noexcept {
  rte_mbuf* copy = rte_pktmbuf_alloc(context.pool);
  const std::uint32_t length = mbuf->pkt_len;
  if (copy == nullptr || length > rte_pktmbuf_tailroom(copy)) {
    if (copy != nullptr) rte_pktmbuf_free(copy);
    context.drop(mbuf, stats::Drop::no_mbuf);
    return nullptr;
  }
  char* to = rte_pktmbuf_append(copy, static_cast<std::uint16_t>(length));
  for (const rte_mbuf* s = mbuf; s != nullptr; s = s->next) {
    std::memcpy(to, rte_pktmbuf_mtod(s, const char*), s->data_len);
    to += s->data_len;
  }
  meta_of(copy) = meta_of(mbuf);
  copy->port = mbuf->port;
  // The same packet in another mbuf: one leaves the books, one enters.
  rte_pktmbuf_free(mbuf);
  return copy;
}

}  // namespace rpcgate::datapath
