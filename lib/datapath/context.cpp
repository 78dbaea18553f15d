// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/context.hpp"

#include <rte_mbuf.h>

#include "datapath/stages/stages.hpp"

namespace rpcgate::datapath {

void Context::drop(rte_mbuf* mbuf, stats::Drop reason) noexcept {
  counters->drops.add(reason);
  ++ledger.dropped;
  rte_pktmbuf_free(mbuf);
}

void Context::pass_on(rte_mbuf* mbuf) noexcept {
  if (out.push(mbuf)) return;
  route(*this, out);
  if (!out.push(mbuf)) drop(mbuf, stats::Drop::internal);
}

}  // namespace rpcgate::datapath
