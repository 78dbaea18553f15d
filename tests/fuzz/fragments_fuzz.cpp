// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The table of IP fragments: what comes out whole covers its datagram once, from its beginning to
// its end; of what is refused nothing is kept; everything that went in comes out once. Packets are
// numbers here, which the table never looks behind.
#include <map>
#include <vector>

#include "datapath/fragments.hpp"
#include "fuzz.hpp"

using namespace rpcgate;
using datapath::FragmentPlace;
using datapath::Fragments;
using fuzz::require;

namespace {

class Oracle {
 public:
  rte_mbuf* next() { return reinterpret_cast<rte_mbuf*>(++made_); }  // NOLINT: a number
  void goes_in(rte_mbuf* packet, const FragmentPlace& place, std::uint32_t id) {
    in_[packet] = {place, id};
  }
  // It was taken: nothing that waits has bytes of it, and its name is not spoilt.
  void is_taken(const FragmentPlace& place, std::uint32_t id, Instant now) {
    for (const auto& [packet, in] : in_)
      require(in.id != id || in.place.end() <= place.offset || place.end() <= in.place.offset);
    require(spoilt_.count(id) == 0 || now >= spoilt_[id]);
    spoilt_.erase(id);
    begun_.try_emplace(id, now);
  }
  // It was refused for what it is: its name is taken for as long as a datagram may last.
  void is_spoilt(std::uint32_t id, Instant now, Duration timeout) {
    if (spoilt_.count(id) != 0 && now < spoilt_[id]) return;
    spoilt_[id] = begun_.try_emplace(id, now).first->second + timeout;
  }
  void has_ended(std::uint32_t id) { begun_.erase(id); }
  void expires(Instant now, Duration timeout) {
    std::erase_if(begun_, [&](const auto& one) { return now >= one.second + timeout; });
  }
  void comes_out(const Fragments::Pieces& pieces) {
    for (rte_mbuf* packet : pieces) require(in_.erase(packet) == 1);
  }
  void is_whole(const Fragments::Pieces& pieces, std::uint32_t id) {
    std::uint32_t at = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const auto found = in_.find(pieces[i]);
      require(found != in_.end() && found->second.id == id);
      const FragmentPlace& place = found->second.place;
      require(place.offset == at && place.length != 0);
      at = place.end();
      require(place.last == (i + 1 == pieces.size()));
      require(place.last || place.length % 8 == 0);
      require(i != 0 || place.last || place.length >= 40);
    }
    require(at <= 65535);
  }
  // Buffers, of all or of one source.
  std::size_t waiting() const { return waiting(0) + waiting(1); }
  std::size_t waiting(std::uint32_t source) const {
    std::size_t n = 0;
    for (const auto& [packet, in] : in_)
      if (in.id / 4 == source) n += in.place.buffers;
    return n;
  }

 private:
  struct In {
    FragmentPlace place;
    std::uint32_t id;
  };
  std::uintptr_t made_ = 0;
  std::map<rte_mbuf*, In> in_;
  std::map<std::uint32_t, Instant> begun_, spoilt_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint32_t most_buffers = 18;
  Fragments table(64, most_buffers);
  Oracle oracle;
  datapath::FragmentLimits limits;
  limits.datagrams = 6;
  limits.datagrams_per_source = 4;
  limits.buffers = 20;
  limits.buffers_per_source = 12;
  Instant now{};
  Fragments::Pieces pieces;
  for (; size >= 4; data += 4, size -= 4) {
    const std::uint32_t id = data[0] % 4u, source = data[0] / 4 % 2u;
    now += milliseconds{(data[0] & 0x80) != 0 ? 4000 : 1};
    FragmentPlace place;
    place.offset = (data[1] < 0xf0 ? data[1] % 16u : data[1] * 36u) * 8;
    place.length = data[2] % 16u * 8 + (data[3] < 0xe0 ? 0u : data[3] % 8u);
    place.last = (data[3] & 3) == 0;
    place.buffers = (data[3] & 8) != 0 ? 2 : 1;
    datapath::FragmentKey key;
    key.source = wire::IpAddress::from_v4(source + 1);
    key.identification = id;
    const std::uint32_t name = source * 4 + id;
    rte_mbuf* packet = oracle.next();
    stats::Drop why{};
    switch (table.take(key, place, packet, limits, now, pieces, why)) {
      case Fragments::Fate::kept:
        oracle.is_taken(place, name, now);
        oracle.goes_in(packet, place, name);
        break;
      case Fragments::Fate::whole:
        oracle.is_taken(place, name, now);
        oracle.has_ended(name);
        oracle.goes_in(packet, place, name);
        oracle.is_whole(pieces, name);
        oracle.comes_out(pieces);
        break;
      case Fragments::Fate::dropped:
        require(why != stats::Drop::internal);
        if (why != stats::Drop::fragment_duplicate && why != stats::Drop::fragment_limit)
          oracle.is_spoilt(name, now, limits.timeout);
        oracle.comes_out(pieces);
        break;
    }
    while (table.expire(limits, now, pieces)) oracle.comes_out(pieces);
    oracle.expires(now, limits.timeout);
    require(table.buffers() == oracle.waiting() && oracle.waiting() <= most_buffers);
    require(oracle.waiting(0) <= limits.buffers_per_source);
    require(oracle.waiting(1) <= limits.buffers_per_source);
    require(table.datagrams() <= limits.datagrams);
  }
  while (table.remove_one(pieces)) oracle.comes_out(pieces);
  require(oracle.waiting() == 0 && table.buffers() == 0 && table.datagrams() == 0);
  return 0;
}
