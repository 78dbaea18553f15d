// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The words in which the stream stage and the RPC judgement talk; inspect/inspector.hpp explains
// them. Apart from it so that the stream stage can be tested with a judge of the test's own.
#pragma once

#include <cstdint>

#include "stats/counters.hpp"

namespace rpcgate::inspect {

enum class Side : std::uint8_t { client, server };  // who sent the bytes

struct Want {
  enum class Kind : std::uint8_t { pass, read };
  Kind kind = Kind::read;
  bool whole = false;        // read: give all unreleased bytes, not these alone
  std::uint32_t length = 0;  // never 0
  // read: the bytes may leave as they come, but for the last; the verdict cannot edit them. A
  // server acts on whole PDUs only, so the last byte decides.
  bool early = false;
};

enum class Release : std::uint8_t { release, hold, cut };

struct Verdict {
  Release release = Release::release;
  stats::Reason reason = stats::Reason::none;  // of a cut
  // A cut that is silent: no reset is sent, the flow's packets are dropped (`refuse = "drop"`).
  bool silent = false;
};

}  // namespace rpcgate::inspect
