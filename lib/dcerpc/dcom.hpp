// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// DCOM on the endpoint mapper's port: activation of objects (MS-DCOM 3.1.2.5.2) and the resolver
// that says where an object exporter listens (3.1.2.5.1), NDR and NDR64, either byte order. Strict:
// what two servers or clients could read differently is `activation_malformed`. Offsets count from
// the stub's first byte; a call in fragments is put together by the caller first. Interfaces:
// ids::object_exporter, ids::system_activator and ids::activation, version 0.0.
#pragma once

#include <cstdint>

#include "base/static_vector.hpp"
#include "dcerpc/dual_string.hpp"
#include "dcerpc/ndr.hpp"
#include "stats/counters.hpp"

namespace rpcgate::dcerpc {

// Of IObjectExporter.
enum class ResolverOp : std::uint16_t {
  resolve_oxid = 0,
  simple_ping = 1,
  complex_ping = 2,
  server_alive = 3,
  resolve_oxid2 = 4,
  server_alive2 = 5
};
constexpr bool is_resolve(ResolverOp op) noexcept {
  return op == ResolverOp::resolve_oxid || op == ResolverOp::resolve_oxid2;
}

// Of IRemoteSCMActivator, also called ISystemActivator, and of IActivation.
enum class ActivationOp : std::uint8_t {
  get_class_object,  // RemoteGetClassObject
  create_instance,   // RemoteCreateInstance
  activation         // RemoteActivation
};
inline constexpr std::uint16_t get_class_object_opnum = 3;
inline constexpr std::uint16_t create_instance_opnum = 4;
inline constexpr std::uint16_t remote_activation_opnum = 0;

inline constexpr std::size_t max_asked_interfaces = 16;

struct ActivationRequest {
  Uuid clsid;                                     // the class asked for
  std::uint32_t clsid_offset = 0;                 // of its sixteen bytes
  StaticVector<Uuid, max_asked_interfaces> iids;  // interfaces asked for; at least one
  // A file or storage to load the object from is named; the server may then take the class from it
  // instead of `clsid`.
  bool persistent = false;
  bool unknown_property = false;  // a property that no specification names is among them
  // The protocols that the client can be answered with, 16 bits each; 0 when it names none.
  std::uint32_t protocols_offset = 0;
  std::uint16_t protocols = 0;
  bool tcp = false;  // TCP is one of them
  bool verification_trailer = false;
};
// Refuses trailing bytes that are no verification trailer.
stats::Reason read_activation_request(Bytes stub, Ndr ndr, wire::ByteOrder order, ActivationOp op,
                                      ActivationRequest& out) noexcept;

struct ActivationAnswer {
  bool has_exporter = false;  // the three fields that follow; false when activation failed
  std::uint64_t oxid = 0;     // names the object exporter
  Uuid ipid;                  // its IRemUnknown
  StringBindings bindings;    // where it listens
  std::uint32_t result = 0;   // of RemoteActivation, its phr: an HRESULT beside the status
  std::uint32_t status = 0;
  std::uint32_t status_offset = 0;
};
stats::Reason read_activation_answer(Bytes stub, Ndr ndr, wire::ByteOrder order, ActivationOp op,
                                     ActivationAnswer& out) noexcept;

struct ResolveAnswer {
  bool has_bindings = false;
  StringBindings bindings;
  Uuid ipid;
  std::uint32_t status = 0;
  std::uint32_t status_offset = 0;
};
// `op`: one for which is_resolve() says so.
stats::Reason read_resolve_answer(Bytes stub, Ndr ndr, wire::ByteOrder order, ResolverOp op,
                                  ResolveAnswer& out) noexcept;

}  // namespace rpcgate::dcerpc
