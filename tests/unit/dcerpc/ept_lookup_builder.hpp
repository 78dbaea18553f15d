// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Writes ept_lookup as servers and clients do: either syntax, either byte order. Padding is not
// zero, so that what reads it is seen.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "dcerpc/ndr.hpp"
#include "examples.hpp"

namespace rpcgate::dcerpc::test {

// With the NUL that ends it.
inline Octets text(std::string_view characters) {
  const Bytes view = as_bytes(characters.data(), characters.size());
  return Octets(view.begin(), view.end()) + zeros(1);
}

class LookupWriter {
 public:
  LookupWriter(Ndr ndr, wire::ByteOrder order)
      : wide_(ndr == Ndr::ndr64 ? 8 : 4), big_(order == wire::ByteOrder::big) {}

  void align(std::size_t to) {
    while (out_.size() % to != 0) out_.push_back(std::byte{0xbf});
  }
  void number(std::uint64_t value, std::size_t size) {
    align(size);
    for (std::size_t i = 0; i < size; ++i)
      out_.push_back(static_cast<std::byte>(value >> 8 * (big_ ? size - 1 - i : i)));
  }
  void u32(std::uint32_t value) { number(value, 4); }
  void wide(std::uint64_t value) { number(value, wide_); }
  void structure() { align(wide_); }  // of what holds a pointer
  void octets(const Octets& some) { out_.insert(out_.end(), some.begin(), some.end()); }
  void uuid(const Uuid& id) {
    align(4);
    const auto& o = id.octets();
    constexpr std::array<std::size_t, 8> turned{3, 2, 1, 0, 5, 4, 7, 6};
    for (std::size_t i = 0; i < 16; ++i)
      out_.push_back(std::byte{o[big_ || i >= 8 ? i : turned[i]]});
  }
  Octets take() { return std::move(out_); }

 private:
  std::size_t wide_;
  bool big_;
  Octets out_;
};

struct Question {
  std::uint32_t inquiry = 0;
  bool has_object = false;
  Uuid object;
  bool has_interface = false;
  InterfaceId interface;
  std::uint32_t version_option = 1;
  std::uint32_t max_entries = 500;
};
inline Octets build(const Question& question, Ndr ndr, wire::ByteOrder order) {
  LookupWriter out{ndr, order};
  out.u32(question.inquiry);
  out.wide(question.has_object ? 0x20000 : 0);
  if (question.has_object) out.uuid(question.object);
  out.wide(question.has_interface ? 0x20004 : 0);
  if (question.has_interface) {
    out.uuid(question.interface.uuid);
    out.number(question.interface.major, 2);
    out.number(question.interface.minor, 2);
  }
  out.u32(question.version_option);
  out.octets(zeros(context_handle_size));
  out.u32(question.max_entries);
  return out.take();
}

struct Entry {
  Uuid object;
  std::uint32_t referent = 0;
  Octets tower;  // none where the referent is 0
  std::string annotation;
};
struct Answer {
  std::vector<Entry> entries;
  std::uint32_t status = 0;
};
inline Octets build(const Answer& answer, Ndr ndr, wire::ByteOrder order) {
  LookupWriter out{ndr, order};
  out.octets(hex("00 00 00 00 4f 08 b9 00 52 c1 8a 45 89 a6 68 7d 58 cb 43 c0"));
  out.u32(static_cast<std::uint32_t>(answer.entries.size()));
  out.wide(2000);
  out.wide(0);
  out.wide(answer.entries.size());
  for (const Entry& entry : answer.entries) {
    out.structure();
    out.uuid(entry.object);
    out.wide(entry.referent);
    out.wide(0);
    out.wide(entry.annotation.size());
    const Bytes said = as_bytes(entry.annotation.data(), entry.annotation.size());
    out.octets({said.begin(), said.end()});
  }
  for (const Entry& entry : answer.entries) {
    if (entry.referent == 0) continue;
    out.wide(entry.tower.size());
    out.u32(static_cast<std::uint32_t>(entry.tower.size()));
    out.octets(entry.tower);
  }
  out.u32(answer.status);
  return out.take();
}

// EMSMDB by another way: what follows the first two floors of its tower.
inline Octets other_tower(unsigned floors, std::string_view rest) {
  Octets tower = hex(emsmdb_tower_front);
  tower.resize(52);
  tower[0] = static_cast<std::byte>(floors);
  return tower + hex(rest);
}
inline Octets local_tower() {  // LRPC-1
  return other_tower(4, "01 00 0c 02 00 00 00 01 00 10 07 00 4c 52 50 43 2d 31 00");
}

// Every kind of tower, some that cannot be read, one missing; annotations of odd lengths.
inline Answer mixed_answer() {
  const Octets pipe = other_tower(
      5,
      "01 00 0b 02 00 00 00 01 00 0f 08 00 5c 70 69 70 65 5c 78 00 01 00 11 05 00 5c 5c 44 43 00");
  const Octets udp =
      other_tower(5, "01 00 0a 02 00 00 00 01 00 08 02 00 c0 01 01 00 09 04 00 0a 01 01 14");
  const Octets http =
      other_tower(5, "01 00 0b 02 00 00 00 01 00 1f 02 00 02 51 01 00 09 04 00 0a 01 01 14");
  constexpr Uuid object = "5d8a4c9e-10f2-4b6d-9c3a-7e01a2b3c4d5"_uuid;
  return {{{object, 1, local_tower(), std::string("RemoteAccess", 13)},
           {Uuid{}, 0x20000, pipe, std::string("", 1)},
           {object, 3, emsmdb_tower("c2 03", "0a 01 01 14"), std::string("EMSMDB", 7)},
           {object, 0, {}, std::string("no tower", 9)},
           {Uuid{}, 0xffffffff, udp, ""},
           {Uuid{}, 7, {}, "x"},  // a tower of no octets
           {Uuid{}, 2, http, std::string(63, 'a')},
           {object, 9, hex("05 00 13"), std::string("last", 5)}},
          0x16c9a0d6};
}

// The first has no tower: entries are counted, not towers.
inline Answer long_answer(std::uint32_t entries) {
  const Octets tcp = emsmdb_tower("c2 03", "0a 01 01 14");
  const Octets local = local_tower();
  Answer answer{{{Uuid{}, 0, {}, "0"}}};
  for (std::uint32_t i = 1; i < entries; ++i)
    answer.entries.push_back({Uuid{}, entries - i, i % 8 == 0 ? tcp : local, std::to_string(i)});
  return answer;
}

}  // namespace rpcgate::dcerpc::test
