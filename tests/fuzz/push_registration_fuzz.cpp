// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A registration for notifications in any bytes: what is read lies in them and within its bounds.
#include "dcerpc/emsmdb.hpp"
#include "fuzz.hpp"

using namespace rpcgate;
using namespace rpcgate::dcerpc;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const Ndr ndr = (data[0] & 1) != 0 ? Ndr::ndr64 : Ndr::ndr32;
  const auto order = (data[0] & 2) != 0 ? wire::ByteOrder::big : wire::ByteOrder::little;
  const Bytes stub = as_bytes(data + 1, size - 1);
  PushRegistration r;
  if (!read_push_registration(stub, ndr, order, r)) return 0;
  require(r.context.size() <= max_push_context);
  require(r.context.empty() || (r.context.data() >= stub.data() &&
                                r.context.data() + r.context.size() <= stub.data() + stub.size()));
  require(stub.size() >= 56 + r.context.size());
  return 0;
}
