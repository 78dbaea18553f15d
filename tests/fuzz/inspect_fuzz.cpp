// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Arbitrary bytes of both directions in arbitrary portions against the judgement. Input: one octet
// of options, then records of {side and flags, length, bytes}. Whatever comes: no want is empty, no
// item is lost, no length changes, what leaves holds no forbidden interface in a bind and no
// forbidden opnum, as an independent walk over the released bytes finds; and a world that takes
// common PDUs in one step lets out and remembers the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <vector>

#include "rpc_world.hpp"

namespace {

using rpcgate::test::Octets;
using namespace rpcgate;

void require(bool condition) {
  if (!condition) std::abort();
}

// A second, simpler reading of what leaves towards the server: little-endian or big-endian PDUs,
// contexts by id as the client's own binds name them.
class Released {
 public:
  void add(const Octets& bytes) {
    stream_.insert(stream_.end(), bytes.begin(), bytes.end());
    while (stream_.size() - at_ >= 16) {
      const std::size_t size = u16(at_ + 8);
      if (size < 16 || stream_.size() - at_ < size) return;
      look(at_, size);
      at_ += size;
    }
  }

 private:
  std::uint8_t u8(std::size_t at) const { return std::to_integer<std::uint8_t>(stream_[at]); }
  bool big() const { return u8(at_ + 4) == 0; }
  std::uint16_t u16(std::size_t at) const {
    return static_cast<std::uint16_t>(big() ? u8(at) << 8 | u8(at + 1) : u8(at + 1) << 8 | u8(at));
  }
  bool names(std::size_t at, const char* uuid) const {
    const Octets wanted =
        test::uuid_bytes(uuid, big() ? wire::ByteOrder::big : wire::ByteOrder::little);
    return std::memcmp(stream_.data() + at, wanted.data(), 16) == 0;
  }
  void look(std::size_t pdu, std::size_t size) {
    const std::uint8_t type = u8(pdu + 2);
    if (type == 11 || type == 14) {
      std::size_t at = pdu + 28;
      for (unsigned i = 0; i < u8(pdu + 24) && at + 24 <= pdu + size; ++i) {
        require(!names(at + 4, "338cd001-2244-31f1-aaaa-900038001003"));  // winreg is not granted
        samr_[u16(at)] = names(at + 4, "12345778-1234-abcd-ef00-0123456789ac");
        at += 24u + 20u * u8(at + 2);
      }
    } else if (type == 0 && size >= 24 && samr_[u16(pdu + 20)]) {
      require(u16(pdu + 22) != 37);  // denied on samr
    }
  }
  Octets stream_;
  std::size_t at_ = 0;
  std::map<std::uint16_t, bool> samr_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Rules are compiled once. What mapper flows open is drawn at random: no two worlds are alike.
  static test::RpcWorld mapper_world(test::standard_rules, 1024);
  static test::RpcWorld data_world(test::standard_rules, 1024);
  static test::RpcWorld quick(test::standard_rules, 1024);
  quick.common = true;
  if (size < 1) return 0;
  const std::uint8_t options = data[0];
  const bool mapper = (options & 1) != 0;
  test::RpcWorld& world = mapper ? mapper_world : data_world;
  for (test::RpcWorld* w : {&world, &quick}) {
    w->flow.lenient = false;
    w->open(mapper ? inspect::FlowKind::mapper : inspect::FlowKind::data);
    w->flow.lenient = (options & 2) != 0;
  }
  Released to_server;
  std::size_t in[2] = {};
  std::size_t out[2] = {};
  std::size_t at = 1;
  while (at + 3 <= size && !world.is_cut()) {
    const auto from = (data[at] & 1) != 0 ? inspect::Side::server : inspect::Side::client;
    const std::size_t portion = data[at] >> 4;
    const std::size_t said = data[at + 1] + std::size_t{256} * data[at + 2];
    const std::size_t length = std::min(said, size - at - 3);
    const Bytes said_bytes = as_bytes(data + at + 3, length);
    const Octets bytes(said_bytes.begin(), said_bytes.end());
    at += 3 + length;
    const Octets left = world.feed(from, bytes, portion);  // throws on an empty want
    if (!mapper) {
      require(left == quick.feed(from, bytes, portion));
      require(world.is_cut() == quick.is_cut() && world.remembered() == quick.remembered());
    }
    const auto side = static_cast<std::size_t>(from);
    in[side] += length;
    out[side] += left.size();
    if (!world.is_cut()) require(in[side] == out[side] + world.held(from));
    if (from == inspect::Side::client && !world.flow.lenient) to_server.add(left);
  }
  for (test::RpcWorld* w : {&world, &quick}) {
    w->close();
    require(w->items_in_use() == 0);
    w->events.clear();
  }
  return 0;
}
