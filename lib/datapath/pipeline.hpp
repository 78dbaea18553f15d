// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The order of stages. One pipeline a worker, on that worker's core.
#pragma once

#include <cstdint>

#include "datapath/burst.hpp"
#include "datapath/context.hpp"

namespace rpcgate::datapath {

class Pipeline {
 public:
  // Everything that came in goes out, is dropped or is kept. How many packets came in.
  std::size_t run(Context& context) noexcept;

 private:
  Burst received_, owned_, uncommon_, handed_, parsed_, whole_, known_, tracked_, inspected_;
};

}  // namespace rpcgate::datapath
