// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "interplane/ports.hpp"

#include <gtest/gtest.h>

namespace rpcgate::interplane {
namespace {

PortView port_with(std::uint16_t tx_queues) {
  PortView port;
  port.tx_queues = tx_queues;
  return port;
}

TEST(PortView, AWorkerWithATxQueueSendsItself) {
  EXPECT_EQ(tx_queue_of(1, port_with(2)), 1);
}

TEST(PortView, AWorkerWithoutATxQueueHasAHelperThatOwnsOne) {
  for (std::uint16_t queues = 1; queues < 4; ++queues)
    for (unsigned worker = 0; worker < 8; ++worker) {
      const PortView port = port_with(queues);
      if (tx_queue_of(worker, port) != no_queue) continue;
      const unsigned helper = tx_helper_of(worker, port);
      EXPECT_NE(helper, worker);
      EXPECT_NE(tx_queue_of(helper, port), no_queue);
    }
}

TEST(PortView, EveryRxQueueHasOneOwner) {
  EXPECT_EQ(rx_queue_owner(0, 2), 0u);
  EXPECT_EQ(rx_queue_owner(1, 2), 1u);
  EXPECT_EQ(rx_queue_owner(5, 2), 1u);
}

}  // namespace
}  // namespace rpcgate::interplane
