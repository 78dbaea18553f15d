// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "config/services.hpp"

#include <array>

namespace rpcgate::config {
namespace {

constexpr std::array services{
    KnownService{"adws", 9389, true, false},      KnownService{"dns", 53, true, true},
    KnownService{"gc", 3268, true, false},        KnownService{"gc-ssl", 3269, true, false},
    KnownService{"http", 80, true, false},        KnownService{"https", 443, true, false},
    KnownService{"imap", 143, true, false},       KnownService{"imaps", 993, true, false},
    KnownService{"kerberos", 88, true, true},     KnownService{"kpasswd", 464, true, true},
    KnownService{"ldap", 389, true, true},  // UDP: the domain controller locator's ping
    KnownService{"ldaps", 636, true, false},      KnownService{"ntp", 123, false, true},
    KnownService{"pop3", 110, true, false},       KnownService{"pop3s", 995, true, false},
    KnownService{"smb", 445, true, false},        KnownService{"smtp", 25, true, false},
    KnownService{"submission", 587, true, false},
};

}  // namespace

std::span<const KnownService> known_services() noexcept {
  return services;
}

}  // namespace rpcgate::config
