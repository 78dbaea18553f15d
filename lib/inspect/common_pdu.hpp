// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The common case of judge(): a request that is one PDU of a kind that was allowed on this
// connection before, with all that is read of it at hand; or the beginning of an answer to one. In
// two steps, so that the caller can see that the packet is common too before anything is noted.
// What this accepts judge() would have let pass unchanged, and remembered alike; the rest is for
// judge(). tests/unit/inspect/common_pdu_test.cpp compares them.
#pragma once

#include <array>
#include <cstdint>

#include "inspect/inspector.hpp"

namespace rpcgate::inspect {

struct CommonPdu {
  std::uint32_t size = 0;               // of the bytes at hand, those that belong to it
  std::array<dcerpc::Range, 2> read{};  // what of them judge() would have been given; may be empty
  dcerpc::CommonHeader header{};
  // Of a request; the last three of one that has a trailer.
  std::uint16_t context = 0;
  std::uint16_t opnum = 0;
  dcerpc::AuthType auth_type{};
  dcerpc::AuthLevel auth_level{};
  std::uint32_t auth_context = 0;
  CallItem* call = nullptr;  // of an answer
};
static_assert(sizeof(CommonPdu) <= 64);  // it is cleared for each

struct CommonEnv {
  std::uint32_t generation;  // of the rules in force
  Instant now;
  arena::ItemPool& items;
  stats::WorkerCounters& counters;
};

// `bytes` come behind the next `unread` ones (inspect::unread()), and are all there is of them.
// False: not common. Not for lenient flows.
bool find_common(const Association& association, Side from, std::uint32_t unread, Bytes bytes,
                 const CommonEnv& env, CommonPdu& pdu) noexcept;

// It goes on: what find_common() found, and nothing has changed since but that the unread bytes
// before it were passed().
void take_common(Association& association, Side from, const CommonPdu& pdu,
                 const CommonEnv& env) noexcept;

}  // namespace rpcgate::inspect
