#pragma once

#include "domain/seat_map.hpp"
#include "persistence/audit_findings.hpp"
#include "persistence/audit_money.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

/// The audit's books of seats and of the steps of reservations and payments. Internal to it.
namespace frontrow::persistence {

class audit_seats {
public:
  audit_seats(audit_findings& findings, audit_payments& payments)
      : findings_(&findings), payments_(&payments) {}

  void add(const audit_place& place, const domain::seat_map::event& event);
  void finish();

  /// The price of all seats that are sold, by the options' terms.
  wide_number sold_amount() const { return sold_amount_; }
  std::int64_t seats_sold() const { return seats_sold_; }

private:
  enum class step : std::uint8_t { held, paying, confirmed, cancelling };
  struct reservation {
    user_id user = 0;
    domain::money amount = 0;
    instant until;
    step at = step::held;
    domain::event_number payment = 0; ///< the last one
    std::vector<domain::seat_id> seats;
  };
  struct book {
    bool opened = false;
    std::int32_t max_seats_per_user = 0;
    std::vector<domain::event_number> owners; ///< by seat - 1: the reservation, 0 for none
    std::vector<std::int32_t> section_ends;   ///< by section: its last seat
    std::vector<domain::money> prices;        ///< by section
    std::unordered_map<domain::event_number, reservation> reservations; ///< that hold or own seats
    std::unordered_map<user_id, std::int32_t> seats_of;
  };

  void apply(const audit_place& place, const domain::option_opened& event);
  void apply(const audit_place& place, const domain::seats_held& event);
  void apply(const audit_place& place, const domain::hold_released& event);
  void apply(const audit_place& place, const domain::payment_started& event);
  void apply(const audit_place& place, const domain::payment_failed& event);
  void apply(const audit_place& place, const domain::seats_sold& event);
  void apply(const audit_place& place, const domain::place_released& event);
  void apply(const audit_place& place, const domain::cancellation_started& event);
  void apply(const audit_place& place, const domain::seats_returned& event);
  void apply(const audit_place& place, const domain::availability_known& event);

  static wide_number price_of(const book& option, domain::seat_id seat);
  /// The reservation that an event is about, if it is at the step from which the event may follow and is the
  /// event's user's; otherwise that is reported and nothing comes back.
  template <class Event>
  reservation* expect(const audit_place& place, const Event& event, step from, audit_rule rule);
  /// The payment that an event is about, likewise.
  template <class Event>
  audit_payment* expect_payment(const audit_place& place, const Event& event, audit_payment::sale from,
                                audit_rule rule);
  void count_seats(const audit_place& place, book& option, const reservation& subject);
  void free_seats(book& option, domain::event_number number);

  audit_findings* findings_;
  audit_payments* payments_;
  std::unordered_map<domain::option_id, book> options_;
  wide_number sold_amount_ = 0;
  std::int64_t seats_sold_ = 0, seats_taken_ = 0, seats_ = 0;
  std::uint64_t holds_ = 0, lapsed_ = 0, confirmed_ = 0, returned_ = 0, started_ = 0, failed_ = 0;
  std::int64_t longest_delay_ms_ = 0;
  std::int32_t most_seats_ = 0;
};

} // namespace frontrow::persistence
