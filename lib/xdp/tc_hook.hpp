// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The tc twin on an interface's clsact ingress. Control core.
#pragma once

#include "base/result.hpp"

namespace rpcgate::xdp {

class TcHook {
 public:
  // Makes the clsact qdisc where there is none and attaches `program`; takes the place of a filter
  // that an earlier run of ours left, refuses that of somebody else.
  static Result<TcHook> attach(int ifindex, int program);
  // Takes the filter off, and the qdisc when no filter is left on it and it was not there before
  // us.
  Result<void> detach();

 private:
  explicit TcHook(int ifindex) : ifindex_(ifindex) {}
  int ifindex_;
  bool our_qdisc_ = false;
  bool attached_ = true;
};

// The name of a loaded program, by id; empty when it is gone.
std::string program_name(std::uint32_t id);

}  // namespace rpcgate::xdp
