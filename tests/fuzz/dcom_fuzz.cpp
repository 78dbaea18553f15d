// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// DCOM's activation and resolver calls in both syntaxes and byte orders (bits of the first byte
// choose, the next ones the operation): every place lies in the stub and reads the same again.
#include "dcerpc/dcom.hpp"
#include "fuzz.hpp"

using namespace rpcgate;
using namespace rpcgate::dcerpc;
using fuzz::require;
using wire::ByteOrder;

namespace {

struct Way {
  Ndr ndr;
  ByteOrder order;
  ActivationOp op;
};

std::uint32_t u32_at(Bytes stub, std::size_t offset, ByteOrder order) {
  fuzz::require_inside(stub, offset, 4);
  return wire::Reader{stub.subspan(offset, 4), order}.u32();
}

// Digits, with a bracket on either side and no zero in front.
void check_port(Bytes stub, const StringBinding& binding, ByteOrder order) {
  require(binding.port_units <= 5);
  require(binding.port_offset == binding.host_offset + (binding.host_units + 1u) * 2);
  fuzz::require_inside(stub, binding.port_offset, (binding.port_units + 1u) * 2);
  wire::Reader in{stub.subspan(binding.port_offset - 2), order};
  require(in.u16() == '[');
  std::uint32_t port = 0;
  for (unsigned i = 0; i < binding.port_units; ++i) port = port * 10 + (in.u16() - '0');
  require(port == binding.port && in.u16() == ']' && in.u16() == 0);
}

void check_bindings(Bytes stub, const StringBindings& bindings) {
  std::size_t before = 0;
  for (const StringBinding& binding : bindings.list) {
    require(binding.protocol != 0 && binding.host_units != 0);
    fuzz::require_inside(stub, binding.host_offset, binding.host_units * std::size_t{2});
    require(binding.host_offset >= before + 2);
    wire::Reader in{stub.subspan(binding.host_offset - std::size_t{2}), bindings.order};
    require(in.u16() == binding.protocol);
    for (unsigned i = 0; i < binding.host_units; ++i) require(in.u16() != 0);
    require((binding.port != 0) == (binding.port_units != 0));
    require(binding.port == 0 || binding.protocol == protocol_tcp);
    if (binding.port != 0) check_port(stub, binding, bindings.order);
    before = binding.host_offset + binding.host_units * std::size_t{2};
  }
}

void check_request(Bytes stub, Way way) {
  ActivationRequest request;
  if (read_activation_request(stub, way.ndr, way.order, way.op, request) != stats::Reason::none)
    return;
  const bool plain = way.op == ActivationOp::activation;
  fuzz::require_inside(stub, request.clsid_offset, 16);
  wire::Reader clsid{stub.subspan(request.clsid_offset, 16), plain ? way.order : ByteOrder::little};
  require(Uuid::read(clsid) == request.clsid);
  require(!request.iids.empty());
  fuzz::require_inside(stub, request.protocols_offset, request.protocols * std::size_t{2});
  wire::Reader protocols{stub.subspan(request.protocols_offset),
                         plain ? way.order : ByteOrder::little};
  bool tcp = false;
  for (unsigned i = 0; i < request.protocols; ++i) tcp |= protocols.u16() == protocol_tcp;
  require(tcp == request.tcp);
}

void check_answer(Bytes stub, Way way) {
  ActivationAnswer answer;
  if (read_activation_answer(stub, way.ndr, way.order, way.op, answer) != stats::Reason::none)
    return;
  check_bindings(stub, answer.bindings);
  require(answer.has_exporter || answer.bindings.list.empty());
  require(u32_at(stub, answer.status_offset, way.order) == answer.status);
  require(answer.status_offset + std::size_t{4} == stub.size());
}

void check_resolve(Bytes stub, Way way, ResolverOp op) {
  ResolveAnswer answer;
  if (read_resolve_answer(stub, way.ndr, way.order, op, answer) != stats::Reason::none) return;
  check_bindings(stub, answer.bindings);
  require(answer.has_bindings || answer.bindings.list.empty());
  require(u32_at(stub, answer.status_offset, way.order) == answer.status);
  require(answer.status_offset + std::size_t{4} == stub.size());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input{data, size};
  Way way{(input.choice & 1) != 0 ? Ndr::ndr64 : Ndr::ndr32,
          (input.choice & 2) != 0 ? ByteOrder::big : ByteOrder::little,
          static_cast<ActivationOp>((input.choice >> 2) % 3)};
  check_request(input.bytes, way);
  check_answer(input.bytes, way);
  check_resolve(input.bytes, way,
                (input.choice & 4) != 0 ? ResolverOp::resolve_oxid2 : ResolverOp::resolve_oxid);
  return 0;
}
