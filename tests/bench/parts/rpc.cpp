// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Reading what RPC carries: the header of a request, a bind of three contexts with its NTLM token,
// the token that names the caller.
#include "dcerpc/bind.hpp"
#include "dcerpc/ntlm.hpp"
#include "dcerpc/pdu.hpp"
#include "parts.hpp"
#include "rpc_builder.hpp"

namespace rpcgate::bench {
namespace {

constexpr unsigned times = 64;

bool read_request(Bytes pdu) noexcept {
  dcerpc::CommonHeader header;
  dcerpc::RequestHeader request;
  const auto common = dcerpc::read_common_header(pdu.first(16), header);
  const auto body = dcerpc::read_request(header, pdu.subspan(16, 8), request);
  benchmark::DoNotOptimize(request);
  return common == stats::Reason::none && body == stats::Reason::none;
}

bool read_bind(Bytes pdu) noexcept {
  dcerpc::CommonHeader header;
  dcerpc::Bind bind;
  const auto common = dcerpc::read_common_header(pdu.first(16), header);
  const auto body = dcerpc::read_bind(header, pdu, bind);
  benchmark::DoNotOptimize(bind);
  return common == stats::Reason::none && body == stats::Reason::none;
}

bool read_token(Bytes bytes) noexcept {
  const dcerpc::Token token = dcerpc::read_token(dcerpc::AuthType::ntlm, bytes);
  benchmark::DoNotOptimize(token);
  return token.kind == dcerpc::TokenKind::ntlm_authenticate && !token.anonymous;
}

template <class Read>
void read(benchmark::State& state, const char* what, const test::Octets& bytes, Read read_one) {
  unsigned unread = 0;
  measure(state, what, times, [&] {
    for (unsigned i = 0; i < times; ++i) {
      unread += !read_one(Bytes{bytes});
      benchmark::ClobberMemory();
    }
  });
  if (unread != 0) state.SkipWithError("what is well formed was not read");
}

void request(benchmark::State& state) {
  const test::Octets pdu = test::request({}, {.opnum = 13, .stub = test::Octets(280)});
  read(state, "PDU", pdu, read_request);
}

void bind(benchmark::State& state) {
  const std::vector<test::Element> elements{
      {0, test::samr, {test::ndr32_syntax}},
      {1, test::samr, {test::ndr64_syntax}},
      {2, test::samr, {test::features}},
  };
  const test::Trailer trailer{.token = test::ntlm_negotiate()};
  read(state, "PDU", test::bind({}, elements, trailer), read_bind);
}

void token(benchmark::State& state) {
  read(state, "token", test::ntlm_authenticate(), read_token);
}

}  // namespace

void add_rpc(const Plan& plan) {
  add(plan, "read_request", request);
  add(plan, "read_bind", bind);
  add(plan, "read_ntlm", token);
}

}  // namespace rpcgate::bench
