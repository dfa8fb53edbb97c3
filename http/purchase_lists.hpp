#pragma once

#include "persistence/journal_reader.hpp"
#include "persistence/purchase_history.hpp"

#include <optional>
#include <utility>
#include <vector>

/// A user's reservations and payments, from the journal alone: also those that their seat map has forgotten.
/// Blocking: for reader threads.
namespace frontrow::http {

template <class Value>
using journal_answer = persistence::outcome<Value, persistence::database_failure>;

template <class View>
struct purchase {
  domain::option_id option = 0;
  View view;
};
using kept_reservation = purchase<domain::reservation_view>;
using kept_payment = purchase<domain::payment_view>;

template <class Item>
struct purchase_page {
  std::vector<Item> items;                       ///< newest first
  std::optional<persistence::party_cursor> next; ///< nothing: that was all
};

struct page_request {
  domain::user_id user = 0;
  std::optional<persistence::party_cursor> after;
  std::size_t limit = 0;
};

journal_answer<purchase_page<kept_reservation>> reservations_page(persistence::journal_view& journal,
                                                                  const page_request& asked);
/// With `only`, payments of that status alone. One call looks at a bounded number of payments; where it found
/// fewer than asked for but did not reach the end, `next` still leads on.
journal_answer<purchase_page<kept_payment>> payments_page(persistence::journal_view& journal,
                                                          const page_request& asked,
                                                          std::optional<domain::payment_status> only);

/// `address` is the option's seat map. Nothing: this user has no such reservation, payment.
journal_answer<std::optional<domain::reservation_view>> find_reservation(persistence::journal_view& journal,
                                                                         persistence::entity_address address,
                                                                         domain::user_id user,
                                                                         domain::event_number number);
journal_answer<std::optional<domain::payment_view>> find_payment(persistence::journal_view& journal,
                                                                 persistence::entity_address address,
                                                                 domain::user_id user,
                                                                 domain::event_number number);

/// The hold that this command made for the user in the option, as it was then; nothing if there is none among
/// the user's newest.
struct hold_made {
  std::uint64_t body = 0;
  domain::reservation_view view;
};
journal_answer<std::optional<hold_made>> find_hold(persistence::journal_view& journal, domain::user_id user,
                                                   domain::option_id option, domain::command_id command);

} // namespace frontrow::http
