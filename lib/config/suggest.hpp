// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// "Did you mean": the known word nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rpcgate::config {

// Edits (insert, remove, replace, swap neighbours) from one word to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest candidate if it is near enough to be meant, else empty.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// ", did you mean 'x'?" or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace rpcgate::config
