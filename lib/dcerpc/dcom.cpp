// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/dcom.hpp"

#include "dcerpc/activation_properties.hpp"

namespace rpcgate::dcerpc {
namespace {

using stats::Reason;
using wire::ByteOrder;

constexpr std::uint32_t max_extents = 16;  // two are the most that were ever seen

// In NDR64 a structure may be filled up to its alignment, and implementations differ about those
// that end in an array: where it matters for the four-byte field that follows, we refuse.
bool settled(NdrReader& in) noexcept {
  if (in.ndr() == Ndr::ndr64 && in.offset() % 8 > 0 && in.offset() % 8 <= 4) return false;
  in.align(4);
  return in.ok();
}

// The same before fields of a known size that end the stub: it tells whether there is a filling.
bool at_tail(NdrReader& in, std::size_t size) noexcept {
  in.align(4);
  if (in.ndr() == Ndr::ndr64 && in.offset() % 8 == 4 && in.left() == size + 4) in.octets(4);
  return in.ok() && in.left() == size;
}

// ORPC_EXTENT (MS-DCOM 2.2.13.1): its array is rounded up to eight bytes.
bool skip_extent(NdrReader& in) noexcept {
  const std::uint64_t max_count = in.count();
  in.uuid();
  const std::uint64_t size = in.u32();
  if (!in.ok() || max_count != (size + 7) / 8 * 8 || max_count > in.left()) return false;
  in.octets(static_cast<std::size_t>(max_count));
  return in.ok();
}

// ORPC_EXTENT_ARRAY (MS-DCOM 2.2.13.2): an even number of pointers, as many as said not null.
bool skip_extensions(NdrReader& in) noexcept {
  const std::uint32_t size = in.u32();
  in.u32();  // reserved
  const bool extents = in.pointer();
  if (!in.ok() || size > max_extents) return false;
  if (!extents) return size == 0;
  const std::uint64_t max_count = in.count();
  if (!in.ok() || max_count != (size + 1) / 2 * 2) return false;
  std::uint32_t pointers = 0;
  for (std::uint64_t i = 0; i < max_count; ++i) pointers += in.pointer() ? 1 : 0;
  if (pointers != size) return false;
  for (std::uint32_t i = 0; i < size; ++i)
    if (!skip_extent(in)) return false;
  return in.ok();
}

// ORPCTHIS (MS-DCOM 2.2.13.3)
bool skip_this(NdrReader& in) noexcept {
  in.u32();   // version
  in.u32();   // flags
  in.u32();   // reserved1
  in.uuid();  // cid
  const bool extensions = in.pointer();
  return in.ok() && (!extensions || skip_extensions(in));
}

// ORPCTHAT (MS-DCOM 2.2.13.4)
bool skip_that(NdrReader& in) noexcept {
  in.u32();  // flags
  const bool extensions = in.pointer();
  return in.ok() && (!extensions || skip_extensions(in));
}

struct PlacedObject {
  Bytes objref;
  std::size_t offset = 0;
};

// MInterfacePointer (MS-DCOM 2.2.14)
bool read_object(NdrReader& in, PlacedObject& out) noexcept {
  const std::uint64_t max_count = in.count();
  const std::uint32_t size = in.u32();
  if (!in.ok() || max_count != size || size > in.left()) return false;
  out.offset = in.offset();
  out.objref = in.octets(size);
  return in.ok();
}

bool skip_object(NdrReader& in) noexcept {
  PlacedObject skipped;
  return read_object(in, skipped);
}

// [string] wchar_t: conformant and varying.
bool skip_text(NdrReader& in) noexcept {
  const std::uint64_t max_count = in.count();
  const std::uint64_t first = in.count();
  const std::uint64_t actual = in.count();
  if (!in.ok() || first != 0 || actual > max_count || actual > in.left() / 2) return false;
  in.octets(static_cast<std::size_t>(actual) * 2);
  return in.ok();
}

// Servers skip what follows the parameters; only a verification trailer may (MS-RPCE 2.2.2.13), and
// in NDR64 the filling of the last structure.
bool read_rest(NdrReader& in, ByteOrder order, ActivationRequest& out) noexcept {
  if (in.left() == 0) return true;
  in.align(4);
  if (!in.ok()) return false;
  if (in.ndr() == Ndr::ndr64) {
    NdrReader filled = in;
    filled.align(8);
    if (filled.ok() && filled.left() == 0) return true;
    out.verification_trailer = is_verification_trailer(filled.octets(filled.left()), order);
  }
  out.verification_trailer |= is_verification_trailer(in.octets(in.left()), order);
  return out.verification_trailer;
}

bool read_properties_request(NdrReader& in, ActivationOp op, ActivationRequest& out) noexcept {
  if (op == ActivationOp::create_instance && in.pointer() && !skip_object(in)) return false;
  PlacedObject properties;
  return in.pointer() && read_object(in, properties) &&
         read_request_properties(properties.objref, properties.offset, out);
}

// Of IActivation::RemoteActivation (MS-DCOM 3.1.2.5.2.3.1), behind ORPCTHIS.
bool read_plain_request(NdrReader& in, ActivationRequest& out) noexcept {
  if (!settled(in)) return false;
  out.clsid_offset = static_cast<std::uint32_t>(in.offset());
  out.clsid = in.uuid();
  const bool file = in.pointer();
  if (file && !skip_text(in)) return false;
  const bool storage = in.pointer();
  if (storage && !(skip_object(in) && settled(in))) return false;
  out.persistent = file || storage;
  in.u32();  // ClientImpLevel
  in.u32();  // Mode
  const std::uint32_t count = in.u32();
  if (!in.pointer() || in.count() != count || count == 0 || count > max_asked_interfaces)
    return false;
  for (std::uint32_t i = 0; i < count; ++i) out.iids.push_back(in.uuid());
  out.protocols = in.u16();
  if (in.count() != out.protocols) return false;
  out.protocols_offset = static_cast<std::uint32_t>(in.offset());
  for (std::uint16_t i = 0; i < out.protocols && in.ok(); ++i) out.tcp |= in.u16() == protocol_tcp;
  return in.ok();
}

bool read_status(NdrReader& in, ActivationAnswer& out) noexcept {
  if (!at_tail(in, 4)) return false;
  out.status_offset = static_cast<std::uint32_t>(in.offset());
  out.status = in.u32();
  return in.ok();
}

// The references to the object and their results: as many as interfaces were asked for.
bool skip_references(NdrReader& in) noexcept {
  const std::uint64_t count = in.count();
  if (!in.ok() || count > max_asked_interfaces) return false;
  std::size_t pointers = 0;
  for (std::uint64_t i = 0; i < count; ++i) pointers += in.pointer() ? 1 : 0;
  for (std::size_t i = 0; i < pointers; ++i)
    if (!skip_object(in)) return false;
  if (in.count() != count) return false;
  for (std::uint64_t i = 0; i < count; ++i) in.u32();
  return in.ok();
}

bool read_plain_answer(NdrReader& in, ByteOrder order, ActivationAnswer& out) noexcept {
  out.oxid = in.u64();
  out.has_exporter = in.pointer();
  if (out.has_exporter && !(read_dual_string(in, 0, order, out.bindings) && settled(in)))
    return false;
  out.ipid = in.uuid();
  in.u32();  // pAuthnHint
  in.u32();  // pServerVersion
  out.result = in.u32();
  return skip_references(in);
}

bool read_properties_answer(NdrReader& in, ActivationAnswer& out) noexcept {
  if (!in.pointer()) return in.ok();
  PlacedObject properties;
  return read_object(in, properties) &&
         read_answer_properties(properties.objref, properties.offset, out);
}

}  // namespace

Reason read_activation_request(Bytes stub, Ndr ndr, ByteOrder order, ActivationOp op,
                               ActivationRequest& out) noexcept {
  out = {};
  NdrReader in{stub, ndr, order};
  const bool read =
      skip_this(in) && (op == ActivationOp::activation ? read_plain_request(in, out)
                                                       : read_properties_request(in, op, out));
  return read && read_rest(in, order, out) ? Reason::none : Reason::activation_malformed;
}

Reason read_activation_answer(Bytes stub, Ndr ndr, ByteOrder order, ActivationOp op,
                              ActivationAnswer& out) noexcept {
  out = {};
  NdrReader in{stub, ndr, order};
  const bool read =
      skip_that(in) && (op == ActivationOp::activation ? read_plain_answer(in, order, out)
                                                       : read_properties_answer(in, out));
  return read && read_status(in, out) ? Reason::none : Reason::activation_malformed;
}

Reason read_resolve_answer(Bytes stub, Ndr ndr, ByteOrder order, ResolverOp op,
                           ResolveAnswer& out) noexcept {
  out = {};
  NdrReader in{stub, ndr, order};
  out.has_bindings = in.pointer();
  if (out.has_bindings && !read_dual_string(in, 0, order, out.bindings))
    return Reason::activation_malformed;
  const bool version = op == ResolverOp::resolve_oxid2;
  // IPID, hint, perhaps the version, status
  if (!is_resolve(op) || !at_tail(in, version ? 28 : 24)) return Reason::activation_malformed;
  out.ipid = in.uuid();
  in.u32();  // pAuthnHint
  if (version) in.u32();
  out.status_offset = static_cast<std::uint32_t>(in.offset());
  out.status = in.u32();
  return in.ok() ? Reason::none : Reason::activation_malformed;
}

}  // namespace rpcgate::dcerpc
