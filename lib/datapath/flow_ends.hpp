// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The two ends of a flow as they stand on a wire: `ingress` is where the sender of `d` puts its
// packets, `egress` where the gateway puts them on.
#pragma once

#include "flow/record.hpp"

namespace rpcgate::datapath {

inline wire::Endpoint ingress_source(const flow::Flow& flow, flow::Direction d) noexcept {
  return {flow.key(d).source, flow.key(d).source_port};
}
inline wire::Endpoint ingress_destination(const flow::Flow& flow, flow::Direction d) noexcept {
  return {flow.key(d).destination, flow.key(d).destination_port};
}
// The other direction's key is what answers look like, so its reverse is what leaves.
inline wire::Endpoint egress_source(const flow::Flow& flow, flow::Direction d) noexcept {
  return ingress_destination(flow, opposite(d));
}
inline wire::Endpoint egress_destination(const flow::Flow& flow, flow::Direction d) noexcept {
  return ingress_source(flow, opposite(d));
}

}  // namespace rpcgate::datapath
