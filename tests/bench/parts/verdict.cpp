// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the policy says of a request, by the last of so many rules of one address: each names other
// clients and grants a dozen interfaces.
#include "parts.hpp"
#include "policy/compile.hpp"
#include "policy/explain.hpp"

namespace rpcgate::bench {
namespace {

constexpr unsigned times = 64;

wire::IpAddress client_of(unsigned rule) {
  return wire::IpAddress::from_v4(0x64400000 + rule);  // 100.64.0.0/10
}

std::string rules_for(unsigned rules) {
  std::string text = R"(
[[port]]
name = "outer0"
zone = "outer"
networks = ["0.0.0.0/0"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["10.10.0.0/16"]
)";
  for (unsigned rule = 1; rule <= rules; ++rule)
    text += "[[publish]]\nname = \"rule" + std::to_string(rule) + "\"\nclients = [\"" +
            client_of(rule).to_string() +
            "\"]\nouter = \"198.51.100.1\"\nserver = \"10.10.0.10\"\n"
            "packs = [\"active-directory\"]\n";
  return text;
}

void request(benchmark::State& state) {
  const auto rules = static_cast<unsigned>(state.range(0));
  config::LoadOptions options;
  options.replay = true;
  options.packs_dir = RPCGATE_BENCH_PACKS_DIR;
  const policy::LoadedPolicy loaded =
      policy::load_text_and_compile(rules_for(rules), "bench.toml", 1, options);
  if (!loaded.snapshot) return state.SkipWithError("the rules do not compile");
  const policy::Scope scope{client_of(rules), wire::IpAddress::from_v4(0xc6336401)};
  const auto samr = policy::parse_interface("samr").value();
  unsigned refused = 0;
  measure(state, "request", times, [&] {
    for (unsigned i = 0; i < times; ++i)
      refused += !loaded.snapshot
                      ->judge_request(scope, samr, 13, policy::Protection::privacy,
                                      policy::Caller::named, false)
                      .allowed;
  });
  if (refused != 0) state.SkipWithError("what a rule grants was refused");
}

}  // namespace

void add_verdict(const Plan& plan) {
  add(plan, "verdict", request)->ArgName("rules")->Arg(1)->Arg(64)->Arg(1024);
}

}  // namespace rpcgate::bench
