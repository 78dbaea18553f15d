// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "inspect/lists.hpp"

namespace rpcgate::inspect {
namespace {

template <class Item, class Matches>
Item* find(const Judging& j, std::uint32_t first, Matches matches) noexcept {
  return find_item<Item>(j.env.items, first, matches);
}

template <class Item>
void take_all(arena::ItemPool& items, std::uint32_t& first) noexcept {
  while (take_out<Item>(items, first, [](const Item&) { return true; })) {
  }
}

}  // namespace

ContextItem* first_context(const Judging& j) noexcept {
  return item_at<ContextItem>(j, j.association.first_context);
}
ContextItem* find_context(const Judging& j, std::uint16_t id) noexcept {
  return find<ContextItem>(j, j.association.first_context,
                           [id](const ContextItem& c) { return c.id == id; });
}
ContextItem* add_context(Judging& j, std::uint16_t id) noexcept {
  ContextItem* context = push_front<ContextItem>(j.env.items, j.association.first_context);
  if (context == nullptr) return nullptr;
  context->id = id;
  ++j.association.contexts;
  return context;
}
void remove_context(Judging& j, std::uint16_t id) noexcept {
  if (take_out<ContextItem>(j.env.items, j.association.first_context,
                            [id](const ContextItem& c) { return c.id == id; }))
    --j.association.contexts;
}
void remove_all_contexts(Judging& j) noexcept {
  take_all<ContextItem>(j.env.items, j.association.first_context);
  j.association.contexts = 0;
}

SecurityItem* first_security(const Judging& j) noexcept {
  return item_at<SecurityItem>(j, j.association.first_security);
}
SecurityItem* find_security(const Judging& j, std::uint32_t id) noexcept {
  return find<SecurityItem>(j, j.association.first_security,
                            [id](const SecurityItem& s) { return s.id == id; });
}
SecurityItem* add_security(Judging& j, std::uint32_t id) noexcept {
  SecurityItem* security = push_front<SecurityItem>(j.env.items, j.association.first_security);
  if (security == nullptr) return nullptr;
  security->id = id;
  ++j.association.securities;
  return security;
}

CallItem* find_call(const Judging& j, std::uint32_t id) noexcept {
  return find<CallItem>(j, j.association.first_call,
                        [id](const CallItem& c) { return c.id == id; });
}
CallItem* add_call(Judging& j, std::uint32_t id) noexcept {
  CallItem* call = push_front<CallItem>(j.env.items, j.association.first_call);
  if (call == nullptr) return nullptr;
  call->id = id;
  ++j.association.calls;
  return call;
}
void remove_call(Judging& j, std::uint32_t id) noexcept {
  if (take_out<CallItem>(j.env.items, j.association.first_call,
                         [id](const CallItem& c) { return c.id == id; }))
    --j.association.calls;
}
void remove_oldest_call(Judging& j) noexcept {
  if (take_out<CallItem>(j.env.items, j.association.first_call,
                         [](const CallItem& c) { return c.next == no_item; }))
    --j.association.calls;
}

BindItem* oldest_bind(const Judging& j) noexcept {
  return item_at<BindItem>(j, j.association.first_bind);
}
BindItem* add_bind(Judging& j) noexcept {
  std::uint32_t* link = &j.association.first_bind;
  while (*link != no_item) link = &j.env.items.get<BindItem>(*link).next;
  BindItem* bind = push_front<BindItem>(j.env.items, *link);
  if (bind != nullptr) ++j.association.binds;
  return bind;
}
void remove_oldest_bind(Judging& j) noexcept {
  if (take_out<BindItem>(j.env.items, j.association.first_bind,
                         [](const BindItem&) { return true; }))
    --j.association.binds;
}

QuestionItem* find_question(const Judging& j, std::uint32_t id) noexcept {
  return find<QuestionItem>(j, j.association.first_question,
                            [id](const QuestionItem& q) { return q.call_id == id; });
}
QuestionItem* add_question(Judging& j, std::uint32_t id) noexcept {
  QuestionItem* question = push_front<QuestionItem>(j.env.items, j.association.first_question);
  if (question != nullptr) question->call_id = id;
  return question;
}
void remove_question(Judging& j, std::uint32_t id) noexcept {
  QuestionItem* question = find_question(j, id);
  if (question == nullptr) return;
  if (question->open && j.association.open_answers > 0) --j.association.open_answers;
  take_out<QuestionItem>(j.env.items, j.association.first_question,
                         [id](const QuestionItem& q) { return q.call_id == id; });
}

void remove_everything(Association& a, arena::ItemPool& items) noexcept {
  take_all<ContextItem>(items, a.first_context);
  take_all<SecurityItem>(items, a.first_security);
  take_all<CallItem>(items, a.first_call);
  take_all<BindItem>(items, a.first_bind);
  take_all<QuestionItem>(items, a.first_question);
  a.contexts = a.securities = 0;
  a.calls = a.binds = a.open_answers = 0;
}

}  // namespace rpcgate::inspect
