// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/uuid.hpp"

namespace rpcgate::dcerpc {

std::string Uuid::to_string() const {
  const auto characters = text();
  return {characters.data(), characters.size()};
}

std::string to_string(const InterfaceId& id) {
  return id.uuid.to_string() + '/' + std::to_string(id.major) + '.' + std::to_string(id.minor);
}

}  // namespace rpcgate::dcerpc
