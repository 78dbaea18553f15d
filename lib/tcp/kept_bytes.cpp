// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "tcp/kept_bytes.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"

namespace rpcgate::tcp {
namespace {

// A new block with as much of `bytes` as fits; none when the pool is empty.
std::uint32_t make_block(BlockPool& pool, Seq at, Bytes bytes) noexcept {
  const std::uint32_t index = pool.allocate();
  if (index == no_block) return no_block;
  Block& block = pool[index];
  block.next = no_block;
  block.seq = at.value();
  block.length = static_cast<std::uint32_t>(std::min(bytes.size(), block.bytes.size()));
  std::memcpy(block.bytes.data(), bytes.data(), block.length);
  return index;
}

// Where [a, a+n) and a block meet: offsets into both, and how many bytes.
struct Meeting {
  std::size_t in_range, in_block, size;
};
Meeting meet(const Block& block, Seq at, std::size_t size) noexcept {
  const Seq begin = max(block.begin(), at);
  const Seq end = min(block.end(), at + static_cast<std::uint32_t>(size));
  return {distance(at, begin), distance(block.begin(), begin), distance(begin, end)};
}

}  // namespace

Seq Chain::begin(const BlockPool& pool) const noexcept {
  return pool[head].begin();
}
Seq Chain::end(const BlockPool& pool) const noexcept {
  return pool[tail].end();
}

bool Chain::append(BlockPool& pool, Seq at, Bytes bytes) noexcept {
  if (tail != no_block) {
    Block& last = pool[tail];
    RPCGATE_DCHECK(at >= last.end());
    if (last.end() == at && last.length < last.bytes.size()) {
      const std::size_t room = last.bytes.size() - last.length;
      const std::size_t fits = std::min(room, bytes.size());
      std::memcpy(last.bytes.data() + last.length, bytes.data(), fits);
      last.length += static_cast<std::uint32_t>(fits);
      at = at + static_cast<std::uint32_t>(fits);
      bytes = bytes.subspan(fits);
    }
  }
  while (!bytes.empty()) {
    const std::uint32_t index = make_block(pool, at, bytes);
    if (index == no_block) return false;
    if (tail == no_block)
      head = index;
    else
      pool[tail].next = index;
    tail = index;
    ++blocks;
    at = pool[index].end();
    bytes = bytes.subspan(pool[index].length);
  }
  return true;
}

bool Chain::insert(BlockPool& pool, Seq at, Bytes bytes) noexcept {
  std::uint32_t before = no_block;
  std::uint32_t here = head;
  while (!bytes.empty()) {
    while (here != no_block && pool[here].end() <= at) {
      before = here;
      here = pool[here].next;
    }
    if (here != no_block && pool[here].begin() <= at) {  // the first wins
      const std::size_t covered =
          std::min<std::size_t>(distance(at, pool[here].end()), bytes.size());
      at = at + static_cast<std::uint32_t>(covered);
      bytes = bytes.subspan(covered);
      continue;
    }
    std::size_t room = bytes.size();
    if (here != no_block) room = std::min<std::size_t>(room, distance(at, pool[here].begin()));
    const std::uint32_t index = make_block(pool, at, bytes.first(room));
    if (index == no_block) return false;
    pool[index].next = here;
    if (before == no_block)
      head = index;
    else
      pool[before].next = index;
    if (here == no_block) tail = index;
    ++blocks;
    before = index;
    at = pool[index].end();
    bytes = bytes.subspan(pool[index].length);
  }
  return true;
}

void Chain::drop_below(BlockPool& pool, Seq mark) noexcept {
  while (head != no_block && pool[head].end() <= mark) {
    const std::uint32_t gone = head;
    head = pool[gone].next;
    pool.free(gone);
    --blocks;
  }
  if (head == no_block) tail = no_block;
}

void Chain::clear(BlockPool& pool) noexcept {
  while (head != no_block) {
    const std::uint32_t gone = head;
    head = pool[gone].next;
    pool.free(gone);
  }
  tail = no_block;
  blocks = 0;
}

bool Chain::overlay(const BlockPool& pool, Seq at, MutableBytes target) const noexcept {
  const Seq end = at + static_cast<std::uint32_t>(target.size());
  bool changed = false;
  for (std::uint32_t i = head; i != no_block && pool[i].begin() < end; i = pool[i].next) {
    const Meeting m = meet(pool[i], at, target.size());
    if (m.size == 0) continue;
    std::byte* to = target.data() + m.in_range;
    const std::byte* from = pool[i].bytes.data() + m.in_block;
    if (std::memcmp(to, from, m.size) == 0) continue;
    std::memcpy(to, from, m.size);
    changed = true;
  }
  return changed;
}

void Chain::rewrite(BlockPool& pool, Seq at, Bytes source) noexcept {
  const Seq end = at + static_cast<std::uint32_t>(source.size());
  for (std::uint32_t i = head; i != no_block && pool[i].begin() < end; i = pool[i].next) {
    const Meeting m = meet(pool[i], at, source.size());
    if (m.size != 0)
      std::memcpy(pool[i].bytes.data() + m.in_block, source.data() + m.in_range, m.size);
  }
}

bool Chain::find_run(const BlockPool& pool, Seq begin, Seq end, std::size_t most,
                     Run& run) const noexcept {
  std::uint32_t i = head;
  while (i != no_block && pool[i].end() <= begin) i = pool[i].next;
  if (i == no_block || pool[i].begin() >= end) return false;
  run = {max(begin, pool[i].begin()), 0, i};
  Seq have = run.begin;
  for (; i != no_block && pool[i].begin() <= have && have < end; i = pool[i].next)
    have = min(pool[i].end(), end);
  run.size = std::min<std::size_t>(most, distance(run.begin, have));
  return true;
}

void Chain::copy_run(const BlockPool& pool, const Run& run, MutableBytes out) const noexcept {
  std::size_t done = 0;
  for (std::uint32_t i = run.block; done < run.size; i = pool[i].next) {
    const Meeting m = meet(pool[i], run.begin, run.size);
    std::memcpy(out.data() + m.in_range, pool[i].bytes.data() + m.in_block, m.size);
    done = m.in_range + m.size;
  }
}

bool Chain::read(const BlockPool& pool, Seq from, MutableBytes out) const noexcept {
  const Seq end = from + static_cast<std::uint32_t>(out.size());
  Seq have = from;  // every byte before it has been copied
  for (std::uint32_t i = head; i != no_block && have < end; i = pool[i].next) {
    if (pool[i].end() <= have) continue;
    if (pool[i].begin() > have) return false;
    const Meeting m = meet(pool[i], from, out.size());
    std::memcpy(out.data() + m.in_range, pool[i].bytes.data() + m.in_block, m.size);
    have = min(pool[i].end(), end);
  }
  return have >= end;
}

}  // namespace rpcgate::tcp
