// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/activation_properties.hpp"

#include <algorithm>
#include <array>

namespace rpcgate::dcerpc {
namespace {

using wire::ByteOrder;

// OBJREF (MS-DCOM 2.2.18) and the names of properties (1.9).
constexpr std::uint32_t objref_signature = 0x574f454d;  // "MEOW"
constexpr std::uint32_t objref_custom = 4;
constexpr Uuid iid_request = "000001a2-0000-0000-c000-000000000046"_uuid;
constexpr Uuid clsid_request = "00000338-0000-0000-c000-000000000046"_uuid;
constexpr Uuid iid_answer = "000001a3-0000-0000-c000-000000000046"_uuid;
constexpr Uuid clsid_answer = "00000339-0000-0000-c000-000000000046"_uuid;
constexpr Uuid instantiation_info = "000001ab-0000-0000-c000-000000000046"_uuid;
constexpr Uuid instance_info = "000001ad-0000-0000-c000-000000000046"_uuid;
constexpr Uuid scm_request_info = "000001aa-0000-0000-c000-000000000046"_uuid;
constexpr Uuid scm_reply_info = "000001b6-0000-0000-c000-000000000046"_uuid;
// What names neither class nor place, or what servers must ignore.
constexpr std::array harmless{
    "000001a4-0000-0000-c000-000000000046"_uuid,  // ServerLocationInfo
    "000001a5-0000-0000-c000-000000000046"_uuid,  // ActivationContextInfo
    "000001a6-0000-0000-c000-000000000046"_uuid,  // SecurityInfo
    "000001b9-0000-0000-c000-000000000046"_uuid,  // SpecialSystemProperties
};

constexpr std::size_t max_properties = 10;         // MAX_ACTPROP_LIMIT
constexpr std::size_t serialization_headers = 16;  // common and private (MS-RPCE 2.2.6.1, 2.2.6.2)

struct Property {
  Uuid id;
  Bytes bytes;           // its headers too
  std::size_t base = 0;  // where they lie in the stub
};
using Properties = StaticVector<Property, max_properties>;

// A structure that fills `bytes` but for less than eight bytes of padding. The reader stands
// behind the headers and cannot pass the length that they say.
NdrReader open_serialized(Bytes bytes) noexcept {
  wire::Reader head{bytes, ByteOrder::little};
  const bool version_1_little = head.u8() == 1 && head.u8() == 0x10 && head.u16() == 8;
  head.skip(4);  // filler
  const std::uint32_t length = head.u32();
  head.skip(4);  // filler
  const bool fits =
      head.ok() && version_1_little && length <= head.left() && head.left() - length < 8;
  NdrReader in{fits ? bytes.first(serialization_headers + length) : Bytes{}, Ndr::ndr32,
               ByteOrder::little};
  in.octets(serialization_headers);
  return in;
}

// Up to the properties.
bool read_objref_custom(wire::Reader& in, const Uuid& iid, const Uuid& clsid) noexcept {
  if (in.u32() != objref_signature || in.u32() != objref_custom) return false;
  if (Uuid::read(in) != iid || Uuid::read(in) != clsid) return false;
  const std::uint32_t extension = in.u32();  // some skip it, some do not look
  in.skip(4);                                // reserved
  return in.ok() && extension == 0;
}

// The two lists of CustomHeader (MS-DCOM 2.2.22.1); `at`: where the first property lies in `blob`.
bool read_lists(NdrReader& in, std::uint32_t count, Bytes blob, std::size_t base, std::size_t at,
                Properties& out) noexcept {
  if (in.count() != count) return false;
  for (std::uint32_t i = 0; i < count; ++i)
    if (!out.push_back({in.uuid(), {}, 0})) return false;
  if (in.count() != count) return false;
  for (Property& property : out) {
    const std::uint32_t size = in.u32();
    if (!in.ok() || size > blob.size() - at || size % 8 != 0) return false;
    property.bytes = blob.subspan(at, size);
    property.base = base + at;
    at += size;
  }
  return in.ok() && in.left() < 8 && at == blob.size();
}

// `blob`: CustomHeader and the properties behind it.
bool read_custom_header(Bytes blob, std::size_t base, Properties& out) noexcept {
  wire::Reader peek{blob, ByteOrder::little};
  peek.skip(serialization_headers + 4);
  const std::uint32_t header_size = peek.u32();
  if (!peek.ok() || header_size > blob.size() || header_size % 8 != 0) return false;
  NdrReader in = open_serialized(blob.first(header_size));
  const std::uint32_t total_size = in.u32();
  in.u32();  // headerSize
  in.u32();  // dwReserved
  in.u32();  // destCtx
  const std::uint32_t count = in.u32();
  const bool no_class_info = in.uuid().is_nil();
  const bool ids = in.pointer();
  const bool sizes = in.pointer();
  const bool reserved = in.pointer();
  if (!in.ok() || total_size != blob.size() || count == 0 || count > max_properties) return false;
  return no_class_info && ids && sizes && !reserved &&
         read_lists(in, count, blob, base, header_size, out);
}

bool read_properties(Bytes objref, std::size_t base, const Uuid& iid, const Uuid& clsid,
                     Properties& out) noexcept {
  wire::Reader in{objref, ByteOrder::little};
  if (!read_objref_custom(in, iid, clsid)) return false;
  const std::uint32_t size = in.u32();
  in.skip(4);  // dwReserved
  if (!in.ok() || size != in.left()) return false;
  base += in.offset();
  if (!read_custom_header(in.take(size), base, out)) return false;
  for (std::size_t i = 0; i < out.size(); ++i)  // which of two would be taken?
    for (std::size_t j = 0; j < i; ++j)
      if (out[i].id == out[j].id) return false;
  return true;
}

const Property* find(const Properties& properties, const Uuid& id) noexcept {
  const auto* found = std::find_if(properties.begin(), properties.end(),
                                   [&](const Property& property) { return property.id == id; });
  return found == properties.end() ? nullptr : found;
}

// MS-DCOM 2.2.22.2.1
bool read_instantiation_info(const Property& property, ActivationRequest& out) noexcept {
  NdrReader in = open_serialized(property.bytes);
  out.clsid_offset = static_cast<std::uint32_t>(property.base + in.offset());
  out.clsid = in.uuid();
  in.u32();  // classCtx
  in.u32();  // actvflags
  in.u32();  // fIsSurrogate
  const std::uint32_t count = in.u32();
  in.u32();  // instFlag
  const bool iids = in.pointer();
  in.u32();  // thisSize
  in.u32();  // clientCOMVersion
  if (!iids || in.count() != count || count == 0 || count > max_asked_interfaces) return false;
  for (std::uint32_t i = 0; i < count; ++i) out.iids.push_back(in.uuid());
  return in.ok() && in.left() < 8;
}

// MS-DCOM 2.2.22.2.3: is there a file, an entry of the running object table or a storage?
bool read_instance_info(const Property& property, ActivationRequest& out) noexcept {
  NdrReader in = open_serialized(property.bytes);
  const bool file = in.pointer();
  in.u32();  // mode
  const bool running = in.pointer();
  const bool storage = in.pointer();
  out.persistent = file || running || storage;
  return in.ok();
}

// MS-DCOM 2.2.22.2.4
bool read_scm_request_info(const Property& property, ActivationRequest& out) noexcept {
  NdrReader in = open_serialized(property.bytes);
  const bool reserved = in.pointer();
  const bool request = in.pointer();
  if (!in.ok() || reserved) return false;
  if (!request) return in.left() < 8;
  in.u32();  // ClientImpLevel
  const std::uint16_t count = in.u16();
  const bool protocols = in.pointer();
  if (!in.ok() || protocols != (count != 0)) return false;
  if (!protocols) return in.left() < 8;
  if (in.count() != count) return false;
  out.protocols = count;
  out.protocols_offset = static_cast<std::uint32_t>(property.base + in.offset());
  for (std::uint16_t i = 0; i < count && in.ok(); ++i) out.tcp |= in.u16() == protocol_tcp;
  return in.ok() && in.left() < 8;
}

// MS-DCOM 2.2.22.2.8
bool read_scm_reply_info(const Property& property, ActivationAnswer& out) noexcept {
  NdrReader in = open_serialized(property.bytes);
  const bool reserved = in.pointer();
  const bool reply = in.pointer();
  if (!in.ok() || reserved) return false;
  if (!reply) return in.left() < 8;
  out.oxid = in.u64();
  const bool bindings = in.pointer();
  out.ipid = in.uuid();
  in.u32();  // authnHint
  in.u32();  // serverVersion
  if (!in.ok() || !bindings) return false;
  out.has_exporter = true;
  return read_dual_string(in, property.base, ByteOrder::little, out.bindings) && in.left() < 8;
}

}  // namespace

bool read_request_properties(Bytes objref, std::size_t base, ActivationRequest& out) noexcept {
  Properties properties;
  if (!read_properties(objref, base, iid_request, clsid_request, properties)) return false;
  const Property* instantiation = find(properties, instantiation_info);
  if (instantiation == nullptr || !read_instantiation_info(*instantiation, out)) return false;
  for (const Property& property : properties) {
    if (property.id == instance_info) {
      if (!read_instance_info(property, out)) return false;
    } else if (property.id == scm_request_info) {
      if (!read_scm_request_info(property, out)) return false;
    } else if (property.id != instantiation_info) {
      out.unknown_property |=
          std::find(harmless.begin(), harmless.end(), property.id) == harmless.end();
    }
  }
  return true;
}

// The other property, PropsOutInfo, holds references to objects: they name the exporter by its
// OXID and the resolver that was asked, and no port.
bool read_answer_properties(Bytes objref, std::size_t base, ActivationAnswer& out) noexcept {
  Properties properties;
  if (!read_properties(objref, base, iid_answer, clsid_answer, properties)) return false;
  const Property* reply = find(properties, scm_reply_info);
  return reply == nullptr || read_scm_reply_info(*reply, out);
}

}  // namespace rpcgate::dcerpc
