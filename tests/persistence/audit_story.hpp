#pragma once

#include "persistence/audit.hpp"
#include "tests/persistence/journal_story.hpp"

#include <utility>
#include <vector>

namespace frontrow::test {

constexpr option_id option = 1;
constexpr concert_id concert = 9;

/// A true history: user 1 buys seats 1 and 2, user 2 buys seat 3 and cancels, user 3's hold of seat 4 lapsed
/// and user 4's payment of it failed and was given back. User 5 waits.
struct true_story : journal_story {
  event_number sold_hold = 0, sold_payment = 0, returned_hold = 0, returned_payment = 0;

  true_story() {
    open();
    join_and_enter();
    buy();
    cancel();
    lapse_and_fail();
  }

  event_number hold(user_id user, std::vector<seat_id> wanted, money amount, instant when = at(1'000)) {
    return seats(option, seats_held{.at = when,
                                    .command = {},
                                    .body = 0,
                                    .user = user,
                                    .place = user,
                                    .seats = std::move(wanted),
                                    .amount = amount,
                                    .until = when + seconds(60)});
  }
  event_number start(user_id user, event_number reservation, money amount, instant when = at(2'000)) {
    return seats(option,
                 payment_started{
                     .at = when, .command = {}, .user = user, .reservation = reservation, .amount = amount});
  }
  void debit(user_id user, event_number payment, event_number reservation, money amount, money balance) {
    account(user, debited{.at = at(2'100),
                          .payment = {option, payment},
                          .reservation = reservation,
                          .amount = amount,
                          .balance = balance});
  }
  void sell(user_id user, event_number reservation, event_number payment) {
    seats(option,
          seats_sold{
              .at = at(2'200), .user = user, .reservation = reservation, .payment = payment, .balance = 0});
  }

private:
  void open() {
    queue(concert, queue_opened{.at = at(0),
                                .policy = {.rate_per_second = 1,
                                           .burst = 2,
                                           .max_active = 4,
                                           .capacity = 10,
                                           .active_seconds = 300,
                                           .abandon_seconds = 0,
                                           .guard_seat_map = false,
                                           .paused = false}});
    seats(option, option_opened{.at = at(0),
                                .terms = {.concert = concert,
                                          .sections = {{"A", "VIP", 100, 1, 2}, {"B", "R", 50, 2, 1}},
                                          .hold_seconds = 60,
                                          .max_seats_per_user = 2,
                                          .sales_open = {},
                                          .sales_close = {}}});
  }
  void join_and_enter() {
    for (user_id user = 1; user <= 5; ++user)
      join(user, user);
    admit(2, 2, at(0));
    admit(1, 3, at(1'000));
    admit(1, 4, at(2'000));
  }
  void buy() {
    account(1, charged{.at = at(900), .command = {}, .body = 0, .amount = 1'000, .balance = 1'000});
    sold_hold = hold(1, {1, 2}, 200);
    sold_payment = start(1, sold_hold, 200);
    debit(1, sold_payment, sold_hold, 200, 800);
    sell(1, sold_hold, sold_payment);
    queue(concert, places_ended{.at = at(2'300), .reason = place_end::completed, .places = {1}});
    seats(option, place_released{.at = at(2'400), .user = 1, .payment = sold_payment});
  }
  void cancel() {
    account(2, charged{.at = at(900), .command = {}, .body = 0, .amount = 60, .balance = 60});
    returned_hold = hold(2, {3}, 50);
    returned_payment = start(2, returned_hold, 50);
    debit(2, returned_payment, returned_hold, 50, 10);
    sell(2, returned_hold, returned_payment);
    const auto cancellation = seats(option, cancellation_started{.at = at(3'000),
                                                                 .command = {},
                                                                 .user = 2,
                                                                 .reservation = returned_hold,
                                                                 .payment = returned_payment});
    account(2, refunded{.at = at(3'100), .payment = {option, returned_payment}, .amount = 50, .balance = 60});
    seats(option, seats_returned{.at = at(3'200),
                                 .user = 2,
                                 .reservation = returned_hold,
                                 .payment = returned_payment,
                                 .cancellation = cancellation,
                                 .balance = 60});
    seats(option, place_released{.at = at(3'300), .user = 2, .payment = returned_payment});
  }
  void lapse_and_fail() {
    const auto lapsed = hold(3, {4}, 50);
    seats(option, hold_released{
                      .at = at(61'200), .user = 3, .reservation = lapsed, .reason = release_reason::lapsed});
    const auto held = hold(4, {4}, 50, at(62'000));
    const auto payment = start(4, held, 50, at(63'000));
    account(4, debit_refused{.at = at(63'100), .payment = {option, payment}, .amount = 50, .balance = 0});
    seats(option,
          payment_failed{.at = at(63'200), .user = 4, .reservation = held, .payment = payment, .balance = 0});
    seats(option,
          hold_released{
              .at = at(63'200), .user = 4, .reservation = held, .reason = release_reason::payment_refused});
  }

public:
  void join(user_id user, place_number place) {
    queue(concert, place_taken{.at = at(0), .place = place, .user = user, .secret = {}, .command = {}});
  }
  void admit(std::int32_t count, place_number through, instant when) {
    queue(concert,
          places_admitted{.at = when, .through = through, .count = count, .until = when + seconds(300)});
  }
};

inline persistence::audit_report audited(const journal_story& story,
                                         persistence::audit_settings settings = {}) {
  persistence::audit check(settings);
  for (const auto& row : story.rows)
    check.add(row);
  return check.finish();
}

} // namespace frontrow::test
