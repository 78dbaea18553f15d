// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Google Benchmark's results as tools/bench reads them: a JSON object a line and benchmark, with a
// value for each repetition. The benchmark's label is the unit, its arguments are parameters.
#pragma once

#include <benchmark/benchmark.h>

namespace rpcgate::bench {

class Lines : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override;
  bool failed() const noexcept { return failed_; }

 private:
  bool failed_ = false;
};

}  // namespace rpcgate::bench
