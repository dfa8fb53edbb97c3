#pragma once

#include "domain/seat_map.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/journal_rows.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace frontrow::persistence {

/// A reservation or payment: the option, and its number there.
struct purchase_id {
  domain::option_id option = 0;
  domain::event_number number = 0;
  auto operator<=>(const purchase_id&) const = default;
};

/// The types with which a reservation and a payment begin: what a page of them is selected by
/// (`journal_view::party_page`); the history of what it found (`party_history`) then goes into the fold.
inline const std::vector<std::string> reservation_types{std::string(event_name<domain::seats_held>)};
inline const std::vector<std::string> payment_types{std::string(event_name<domain::payment_started>)};

/// What a user bought, by the journal alone: reservations and payments with their present status, also those
/// that their seat map has forgotten. A pure fold over the seat-map events of one user.
///
/// Rows come ascending by version within an option, options in any order, and may begin anywhere: events
/// about reservations and payments whose beginning was not given are ignored. A hold whose time is over stays
/// `held` until its seat map has recorded the end (within a second).
class purchase_history {
public:
  struct reservation {
    instant held_at;
    domain::reservation_view view;
  };
  struct payment {
    instant started_at;
    domain::payment_view view; ///< `how` is always `found`; `at` is the epoch while it is pending
  };

  explicit purchase_history(user_id user) : user_(user) {}

  /// False if it is not readable; events of others are ignored.
  bool add(const stored_event& row);

  const std::map<purchase_id, reservation>& reservations() const { return reservations_; }
  const std::map<purchase_id, payment>& payments() const { return payments_; }

private:
  void apply(purchase_id id, const domain::seats_held& event);
  void apply(purchase_id id, const domain::hold_released& event);
  void apply(purchase_id id, const domain::payment_started& event);
  void apply(purchase_id id, const domain::payment_failed& event);
  void apply(purchase_id id, const domain::seats_sold& event);
  void apply(purchase_id id, const domain::seats_returned& event);
  template <class Other>
  void apply(purchase_id, const Other&) {}

  void set_status(purchase_id id, domain::reservation_status status);
  void settle(purchase_id id, domain::payment_status status, domain::money balance, instant at);

  user_id user_;
  std::map<purchase_id, reservation> reservations_;
  std::map<purchase_id, payment> payments_;
};

} // namespace frontrow::persistence
