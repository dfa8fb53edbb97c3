#include "http/purchase_lookup.hpp"

#include "http/ask.hpp"
#include "http/purchase_lists.hpp"
#include "http/refusal_problem.hpp"

namespace frontrow::http {

namespace {

using domain::refusal;

persistence::entity_address address_of(const front& in, domain::option_id option) {
  const domain::entity_ref entity{domain::entity_kind::seat_map, option};
  return {entity, in.node.shard_of(entity)};
}

/// `find(journal)` gives what the journal kept of it. By reference, for `find` must not be a temporary.
template <class View, class Find>
awaitable<void> look_back(front& in, const request_context& asked, refusal none, Find& find, View& view,
                                std::optional<response>& problem) {
  const auto kept = co_await read_journal<std::optional<View>>(in.node.reader(), find);
  if (!kept)
    problem = unavailable_response(asked);
  else if (!*kept)
    problem = refusal_response(asked, {none, {}});
  else
    view = **kept;
}

} // namespace

awaitable<found_reservation> reservation_of(front& in, const request_context& asked,
                                                  std::optional<purchase_id> id) {
  found_reservation found;
  if (id)
    found.option = in.catalog.now()->option(id->option);
  if (!found.option) {
    found.problem = refusal_response(asked, {refusal::reservation_not_found, {}});
    co_return found;
  }
  found.id = *id;
  const domain::read_reservation question{asked.caller, id->number};
  const auto told = co_await ask<domain::seat_map>(in.node, id->option, question, asked.trace_id);
  if (const auto* view = std::get_if<domain::reservation_view>(&told)) {
    found.view = *view;
    co_return found;
  }
  const auto* refused = std::get_if<domain::refused>(&told);
  if (refused == nullptr || refused->reason != refusal::reservation_not_found) {
    found.problem = failure_of(asked, told);
    co_return found;
  }
  // What ended a day ago is in the journal alone.
  const auto find = [address = address_of(in, id->option), user = asked.caller,
                     number = id->number](persistence::journal_view& journal) {
    return find_reservation(journal, address, user, number);
  };
  co_await look_back(in, asked, refusal::reservation_not_found, find, found.view, found.problem);
  co_return found;
}

awaitable<found_payment> payment_of(front& in, const request_context& asked, std::optional<purchase_id> id) {
  found_payment found;
  if (id)
    found.option = in.catalog.now()->option(id->option);
  if (!found.option) {
    found.problem = refusal_response(asked, {refusal::payment_not_found, {}});
    co_return found;
  }
  found.id = *id;
  const domain::read_payment question{asked.caller, id->number};
  const auto told = co_await ask<domain::seat_map>(in.node, id->option, question, asked.trace_id);
  if (const auto* view = std::get_if<domain::payment_view>(&told)) {
    found.view = *view;
    co_return found;
  }
  const auto* refused = std::get_if<domain::refused>(&told);
  if (refused == nullptr || refused->reason != refusal::payment_not_found) {
    found.problem = failure_of(asked, told);
    co_return found;
  }
  const auto find = [address = address_of(in, id->option), user = asked.caller,
                     number = id->number](persistence::journal_view& journal) {
    return find_payment(journal, address, user, number);
  };
  co_await look_back(in, asked, refusal::payment_not_found, find, found.view, found.problem);
  co_return found;
}

} // namespace frontrow::http
