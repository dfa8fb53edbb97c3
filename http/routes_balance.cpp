#include "http/ask.hpp"
#include "http/command_identity.hpp"
#include "http/object_text.hpp"
#include "http/paging.hpp"
#include "http/refusal_problem.hpp"
#include "http/routes.hpp"
#include "http/views_json.hpp"

namespace frontrow::http {

namespace {

awaitable<response> read_balance(front& in, request_context& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  const domain::read_balance question;
  const auto told = co_await ask<domain::account>(in.node, asked.caller, question, asked.trace_id);
  if (auto failed = failure_of(asked, told))
    co_return std::move(*failed);
  co_return json_text(200, balance_json(asked.caller, std::get<domain::balance_view>(told).balance));
}

awaitable<response> charge_balance(front& in, request_context& asked) {
  auto body = asked.json();
  domain::charge command;
  command.amount = body.require_money("amount");
  if (const auto wrong = body.finish())
    co_return asked.invalid(*wrong);
  command.command = identity_of(in, asked, "charge");
  command.body = fingerprint_of("amount:" + std::to_string(command.amount));
  const auto told = co_await ask<domain::account>(in.node, asked.caller, command, asked.trace_id);
  if (auto failed = failure_of(asked, told))
    co_return std::move(*failed);
  co_return json_text(201, charge_json(asked.caller, std::get<domain::charge_made>(told)));
}

struct history_page {
  std::vector<std::string> entries; ///< JSON, newest first
  domain::event_number next = 0;    ///< 0: that was all
};

/// Refused debits moved no money and are left out; so many of them in a row are looked through at most.
constexpr std::size_t looked_at_max = 5'000;

journal_answer<history_page> read_history(persistence::journal_view& journal,
                                          persistence::entity_address account, domain::event_number before,
                                          std::size_t limit) {
  history_page page;
  for (std::size_t looked_at = 0; looked_at < looked_at_max;) {
    const auto events = journal.events_before(account, before, limit + 1);
    if (!events)
      return events.error();
    for (const auto& event : *events) {
      if (auto entry = entry_json(account.entity.id, event)) {
        if (page.entries.size() == limit) {
          page.next = before;
          return page;
        }
        page.entries.push_back(std::move(*entry));
      }
      before = event.version;
    }
    if (events->size() <= limit)
      return page;
    looked_at += events->size();
  }
  page.next = before;
  return page;
}

awaitable<response> list_history(front& in, request_context& asked) {
  auto query = asked.query();
  const auto limit = query.limit(in.limits.page_standard, in.limits.page_max);
  domain::event_number before = 0;
  if (const auto after = query.optional_text("after", cursor_length_max)) {
    const auto entry = parse_entry(*after);
    if (!entry || entry->user != asked.caller)
      query.fail("after must be the `next` of an earlier page");
    else
      before = entry->number;
  }
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  const domain::entity_ref entity{domain::entity_kind::account, asked.caller};
  const persistence::entity_address account{entity, in.node.shard_of(entity)};
  const auto look_up = [account, before, limit](persistence::journal_view& journal) {
    return read_history(journal, account, before, limit);
  };
  const auto page = co_await read_journal<history_page>(in.node.reader(), look_up);
  if (!page)
    co_return unavailable_response(asked);
  const auto entries = list_text(page->entries, [](const std::string& entry) { return entry; });
  const auto next = page->next != 0 ? std::optional{entry_text({asked.caller, page->next})} : std::nullopt;
  co_return json_text(200, page_text("entries", entries, next));
}

} // namespace

void add_balance_routes(public_router& routes, front& in) {
  routes.add(method::get, "/api/v1/balance", "getBalance", access::login, answered_by(in, read_balance));
  routes.add(method::post, "/api/v1/balance/charges", "chargeBalance", access::login,
             answered_by(in, charge_balance));
  routes.add(method::get, "/api/v1/balance/history", "getBalanceHistory", access::login,
             answered_by(in, list_history));
}

} // namespace frontrow::http
