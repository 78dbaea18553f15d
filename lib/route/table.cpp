// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "route/table.hpp"

#include <algorithm>

namespace rpcgate::route {

Table::Table(std::span<const Route> routes) : routes_(routes.size()) {
  // Of equal prefixes the last one wins in Lpm, so the best metric goes last.
  std::vector<Route> ordered(routes.begin(), routes.end());
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Route& a, const Route& b) { return a.metric > b.metric; });
  std::vector<std::pair<wire::Prefix, std::uint32_t>> prefixes;
  prefixes.reserve(ordered.size());
  for (const Route& route : ordered) {
    std::uint32_t index = Lpm::none;
    if (route.hop.port != no_port) {
      const auto known = std::find(hops_.begin(), hops_.end(), route.hop);
      index = static_cast<std::uint32_t>(known - hops_.begin());
      if (known == hops_.end()) hops_.push_back(route.hop);
    }
    prefixes.emplace_back(route.prefix, index);
  }
  lpm_ = Lpm(std::move(prefixes));
}

}  // namespace rpcgate::route
