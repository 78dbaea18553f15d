// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/worker_commands.hpp"

#include <algorithm>
#include <utility>

namespace rpcgate::control {

void WorkerCommands::send(interplane::Command command, Instant deadline, Told told) {
  Asked asked;
  asked.ticket = ++last_ticket_;
  asked.deadline = deadline;
  asked.told = std::move(told);
  command.ticket = asked.ticket;
  // A full queue is a worker that does not answer: the asker hears how many did.
  for (unsigned w = 0; w < fabric_.workers(); ++w)
    if (fabric_.worker(w).commands.push(command)) ++asked.expected;
  asked_.push_back(std::move(asked));
}

void WorkerCommands::poll(Instant now) {
  for (unsigned w = 0; w < fabric_.workers(); ++w) {
    interplane::Reply reply;
    while (fabric_.worker(w).replies.pop(reply)) {
      const auto found = std::find_if(asked_.begin(), asked_.end(), [&](const Asked& asked) {
        return asked.ticket == reply.ticket;
      });
      if (found == asked_.end()) continue;  // too late, the asker has been told
      found->outcome.flows += reply.flows;
      found->outcome.pinholes += reply.pinholes;
      ++found->outcome.answered;
    }
  }
  std::vector<Asked> done;
  std::vector<Asked> still;
  for (Asked& asked : asked_) {
    const bool is_done = asked.outcome.answered >= asked.expected || now >= asked.deadline;
    (is_done ? done : still).push_back(std::move(asked));
  }
  asked_ = std::move(still);
  for (const Asked& asked : done)
    if (asked.told) asked.told(asked.outcome);
}

}  // namespace rpcgate::control
