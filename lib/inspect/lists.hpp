// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The lists of an association: presentation contexts, security contexts, outstanding calls,
// unanswered binds, questions to the mapper. Singly linked items of the worker's pool, newest first
// but for binds, whose answers come in order. They are short: limits bound every one of them.
#pragma once

#include <string_view>

#include "inspect/judging.hpp"

namespace rpcgate::inspect {

template <class Item>
Item* item_at(const Judging& j, std::uint32_t index) noexcept {
  return index == no_item ? nullptr : &j.env.items.get<Item>(index);
}
template <class Item>
Item* next_of(const Judging& j, const Item& item) noexcept {
  return item_at<Item>(j, item.next);
}

// The first item of a list that matches, or null.
template <class Item, class Matches>
Item* find_item(arena::ItemPool& items, std::uint32_t index, Matches matches) noexcept {
  while (index != no_item) {
    Item& item = items.get<Item>(index);
    if (matches(item)) return &item;
    index = item.next;
  }
  return nullptr;
}
// Null when the pool is empty.
template <class Item>
Item* push_front(arena::ItemPool& items, std::uint32_t& first) noexcept {
  const std::uint32_t index = items.make<Item>();
  if (index == no_item) return nullptr;
  Item& item = items.get<Item>(index);
  item.next = first;
  first = index;
  return &item;
}
// Takes the first item out that matches. False: there is none.
template <class Item, class Matches>
bool take_out(arena::ItemPool& items, std::uint32_t& first, Matches matches) noexcept {
  std::uint32_t* link = &first;
  while (*link != no_item) {
    const std::uint32_t index = *link;
    Item& item = items.get<Item>(index);
    if (matches(item)) {
      *link = item.next;
      items.free(index);
      return true;
    }
    link = &item.next;
  }
  return false;
}

// add_*: null when the pool is empty.
ContextItem* first_context(const Judging& j) noexcept;
ContextItem* find_context(const Judging& j, std::uint16_t id) noexcept;
ContextItem* add_context(Judging& j, std::uint16_t id) noexcept;
void remove_context(Judging& j, std::uint16_t id) noexcept;
void remove_all_contexts(Judging& j) noexcept;

SecurityItem* first_security(const Judging& j) noexcept;
SecurityItem* find_security(const Judging& j, std::uint32_t id) noexcept;
SecurityItem* add_security(Judging& j, std::uint32_t id) noexcept;
// Who calls: a user by NTLM, or the service that a Kerberos ticket is for.
inline std::string_view caller_of(const SecurityItem* security) noexcept {
  return security == nullptr ? std::string_view{}
                             : std::string_view{security->user.data(), security->user_size};
}
// Says so in an event.
inline void name_caller(Fact& fact, const SecurityItem* security) noexcept {
  const bool kerberos = security != nullptr && security->mechanism == policy::Mechanism::kerberos;
  (kerberos ? fact.service : fact.user) = caller_of(security);
}

CallItem* find_call(const Judging& j, std::uint32_t id) noexcept;
CallItem* add_call(Judging& j, std::uint32_t id) noexcept;
void remove_call(Judging& j, std::uint32_t id) noexcept;
void remove_oldest_call(Judging& j) noexcept;

BindItem* oldest_bind(const Judging& j) noexcept;
BindItem* add_bind(Judging& j) noexcept;
void remove_oldest_bind(Judging& j) noexcept;

QuestionItem* find_question(const Judging& j, std::uint32_t id) noexcept;
QuestionItem* add_question(Judging& j, std::uint32_t id) noexcept;
void remove_question(Judging& j, std::uint32_t id) noexcept;

void remove_everything(Association& association, arena::ItemPool& items) noexcept;

}  // namespace rpcgate::inspect
