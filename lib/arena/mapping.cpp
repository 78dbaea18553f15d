// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "arena/mapping.hpp"

#include <cstdint>

#include <sys/mman.h>

namespace rpcgate::arena {
namespace {

constexpr std::size_t small_page = 4096, huge_page = std::size_t{2} << 20;
constexpr int huge_2m = 21 << 26;  // MAP_HUGE_2MB, whatever the machine's default size is

bool reserved_pages = false;

std::size_t whole(std::size_t size, std::size_t page) noexcept {
  return (size + page - 1) / page * page;
}

std::byte* map(std::size_t size, int flags) noexcept {
  void* memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<std::byte*>(memory);
}

// At a huge page's boundary, where the first huge page can lie.
std::byte* map_transparent(std::size_t size) noexcept {
  std::byte* memory = map(size + huge_page, MAP_NORESERVE);
  if (memory == nullptr) return nullptr;
  const auto at = reinterpret_cast<std::uintptr_t>(memory);
  const std::size_t before = whole(at, huge_page) - at;
  if (before != 0) munmap(memory, before);
  if (before != huge_page) munmap(memory + before + size, huge_page - before);
  static_cast<void>(madvise(memory + before, size, MADV_HUGEPAGE));
  return memory + before;
}

// The kernel gives and clears all pages now. Where it cannot they come when they are touched.
void touch(std::byte* data, std::size_t size) noexcept {
  static_cast<void>(madvise(data, size, MADV_POPULATE_WRITE));
}

}  // namespace

void Mapping::use_reserved_pages(bool yes) noexcept {
  reserved_pages = yes;
}

Mapping::Mapping(std::size_t size) noexcept {
  if (reserved_pages && size >= huge_page) {
    size_ = whole(size, huge_page);
    data_ = map(size_, MAP_HUGETLB | huge_2m);  // fails at once where there are too few
  }
  if (data_ == nullptr) {
    size_ = whole(size, small_page);
    data_ = size_ < huge_page ? map(size_, MAP_NORESERVE) : map_transparent(size_);
  }
  if (data_ != nullptr && reserved_pages) touch(data_, size_);
}

Mapping::~Mapping() {
  if (mapped()) munmap(data_, size_);
}

}  // namespace rpcgate::arena
