#include "http/purchase_lists.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace frontrow::http {

using persistence::journal_view;
using persistence::party_cursor;
using persistence::party_origin;
using persistence::purchase_history;
using persistence::purchase_id;
using persistence::stored_event;

namespace {

/// Events of a history read at a time.
constexpr std::size_t events_per_read = 1'000;
/// Payments looked at for one page of `?status=`: a request stays within a tenth of a second.
constexpr std::size_t looked_at_max = 2'000;
constexpr std::size_t looked_at_once = 200;
/// Holds looked through for the one that a command made. A person makes a few; the cap on requests bounds the
/// rest.
constexpr std::size_t holds_looked_at = 500;

bool ended(domain::reservation_status status) {
  return !has_seats(status) && status != domain::reservation_status::cancelled;
}

/// Whether nothing that may still come changes the purchase.
bool is_final(const purchase_history& history, purchase_id id) {
  if (const auto found = history.reservations().find(id); found != history.reservations().end())
    return ended(found->second.view.status) ||
           found->second.view.status == domain::reservation_status::cancelled;
  if (const auto found = history.payments().find(id); found != history.payments().end())
    return found->second.view.status == domain::payment_status::failed ||
           found->second.view.status == domain::payment_status::cancelled;
  return false;
}

/// Folds all that happened to these purchases. Reads on until every one of them is final or the journal ends,
/// so a page far back costs no more than the lives of what is on it.
journal_answer<purchase_history> history_of(journal_view& journal, domain::user_id user,
                                            const std::set<purchase_id>& wanted) {
  purchase_history history{user};
  std::map<std::int64_t, std::int64_t> from; // entity -> first version still unread
  for (const auto& id : wanted)
    from.try_emplace(id.option, id.number); // the smallest number of each comes first
  while (!from.empty()) {
    std::vector<party_origin> origins;
    for (const auto& [entity, version] : from)
      origins.push_back({entity, version});
    const auto events = journal.party_history(user, origins, events_per_read);
    if (!events)
      return events.error();
    for (const auto& event : *events)
      history.add(event);
    if (events->size() < events_per_read)
      break;
    const auto& last = events->back();
    from.erase(from.begin(), from.lower_bound(last.entity.id));
    from[last.entity.id] = last.version + 1;
    std::erase_if(from, [&](const auto& entity) {
      const auto all_of_it =
          std::pair{wanted.lower_bound({entity.first, 0}), wanted.lower_bound({entity.first + 1, 0})};
      return std::all_of(all_of_it.first, all_of_it.second,
                         [&](const auto& id) { return is_final(history, id); });
    });
  }
  return history;
}

party_cursor cursor_of(const stored_event& event) {
  return {event.row.at, event.entity.id, event.version};
}
purchase_id id_of(const stored_event& event) {
  return {event.entity.id, event.version};
}

std::set<purchase_id> ids_of(const std::vector<stored_event>& begun) {
  std::set<purchase_id> ids;
  for (const auto& event : begun)
    ids.insert(id_of(event));
  return ids;
}

} // namespace

journal_answer<purchase_page<kept_reservation>> reservations_page(journal_view& journal,
                                                                  const page_request& asked) {
  auto begun = journal.party_page(asked.user, persistence::reservation_types, asked.after, asked.limit + 1);
  if (!begun)
    return begun.error();
  purchase_page<kept_reservation> page;
  if (begun->size() > asked.limit) {
    begun->resize(asked.limit);
    page.next = cursor_of(begun->back());
  }
  const auto history = history_of(journal, asked.user, ids_of(*begun));
  if (!history)
    return history.error();
  for (const auto& event : *begun)
    if (const auto found = history->reservations().find(id_of(event)); found != history->reservations().end())
      page.items.push_back({event.entity.id, found->second.view});
  return page;
}

journal_answer<purchase_page<kept_payment>> payments_page(journal_view& journal, const page_request& asked,
                                                          std::optional<domain::payment_status> only) {
  purchase_page<kept_payment> page;
  auto after = asked.after;
  std::size_t looked_at = 0;
  for (;;) {
    const auto some = only ? looked_at_once : asked.limit;
    auto begun = journal.party_page(asked.user, persistence::payment_types, after, some + 1);
    if (!begun)
      return begun.error();
    const auto more = begun->size() > some;
    if (more)
      begun->resize(some);
    const auto history = history_of(journal, asked.user, ids_of(*begun));
    if (!history)
      return history.error();
    for (const auto& event : *begun) {
      const auto found = history->payments().find(id_of(event));
      if (found == history->payments().end() || (only && found->second.view.status != *only))
        continue;
      if (page.items.size() == asked.limit) { // one more than fits: the page goes on behind the last that did
        page.next = after;
        return page;
      }
      page.items.push_back({event.entity.id, found->second.view});
      after = cursor_of(event);
    }
    if (!more)
      return page;
    looked_at += begun->size();
    after = cursor_of(begun->back());
    if (!only || looked_at >= looked_at_max) {
      page.next = after;
      return page;
    }
  }
}

namespace {

/// The history of one purchase, if that user has it.
journal_answer<std::optional<purchase_history>> history_of_one(journal_view& journal,
                                                               persistence::entity_address address,
                                                               domain::user_id user, purchase_id id) {
  const auto first = journal.events_after(address, id.number - 1, 1);
  if (!first)
    return first.error();
  if (first->empty() || first->front().version != id.number || first->front().row.party != user)
    return std::optional<purchase_history>{};
  auto history = history_of(journal, user, {id});
  if (!history)
    return history.error();
  return std::optional{std::move(*history)};
}

} // namespace

journal_answer<std::optional<domain::reservation_view>> find_reservation(journal_view& journal,
                                                                         persistence::entity_address address,
                                                                         domain::user_id user,
                                                                         domain::event_number number) {
  const purchase_id id{address.entity.id, number};
  const auto history = history_of_one(journal, address, user, id);
  if (!history)
    return history.error();
  if (*history)
    if (const auto found = (*history)->reservations().find(id); found != (*history)->reservations().end())
      return std::optional{found->second.view};
  return std::optional<domain::reservation_view>{};
}

journal_answer<std::optional<domain::payment_view>> find_payment(journal_view& journal,
                                                                 persistence::entity_address address,
                                                                 domain::user_id user,
                                                                 domain::event_number number) {
  const purchase_id id{address.entity.id, number};
  const auto history = history_of_one(journal, address, user, id);
  if (!history)
    return history.error();
  if (*history)
    if (const auto found = (*history)->payments().find(id); found != (*history)->payments().end())
      return std::optional{found->second.view};
  return std::optional<domain::payment_view>{};
}

journal_answer<std::optional<hold_made>> find_hold(journal_view& journal, domain::user_id user,
                                                   domain::option_id option, domain::command_id command) {
  const auto begun = journal.party_page(user, persistence::reservation_types, std::nullopt, holds_looked_at);
  if (!begun)
    return begun.error();
  for (const auto& row : *begun) {
    if (row.entity.id != option)
      continue;
    const auto event = persistence::decode_event<domain::seat_map::event>(row.row.type, row.row.data);
    const auto* held = event ? std::get_if<domain::seats_held>(&*event) : nullptr;
    if (held != nullptr && held->command == command)
      return std::optional{hold_made{held->body,
                                     {.reservation = row.version,
                                      .user = held->user,
                                      .seats = held->seats,
                                      .amount = held->amount,
                                      .status = domain::reservation_status::held,
                                      .until = held->until}}};
  }
  return std::optional<hold_made>{};
}

} // namespace frontrow::http
