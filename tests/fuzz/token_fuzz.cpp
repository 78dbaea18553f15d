// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Security tokens (the first byte is the authentication type): an NTLM message is found where its
// signature is, and a caller who is not anonymous has a name.
#include <cstring>

#include "dcerpc/ntlm.hpp"
#include "fuzz.hpp"

using namespace rpcgate;
using namespace rpcgate::dcerpc;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input{data, size};
  const Token token = read_token(AuthType{input.choice}, input.bytes);
  const bool ntlm = token.kind == TokenKind::ntlm_negotiate ||
                    token.kind == TokenKind::ntlm_challenge ||
                    token.kind == TokenKind::ntlm_authenticate;
  if (ntlm) {
    fuzz::require_inside(input.bytes, token.signature_offset, ntlm_signature_size);
    require(std::memcmp(input.bytes.data() + token.signature_offset, "NTLMSSP", 8) == 0);
  }
  if (token.kind == TokenKind::ntlm_authenticate)
    require(token.anonymous || !token.user.empty());
  else
    require(!token.anonymous && token.user.empty() && token.domain.empty());
  if (token.kind == TokenKind::unreadable) require(token.flags == 0 && !token.in_spnego);
  return 0;
}
