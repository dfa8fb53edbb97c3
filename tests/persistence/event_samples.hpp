#pragma once

#include "domain/account.hpp"
#include "domain/queue.hpp"
#include "domain/seat_map.hpp"

#include <string>
#include <vector>

/// One event of each type, and one snapshot of each machine, whose texts are the golden files. Never change a
/// sample: its file is the proof that what was written once can still be read. Every field differs from its
/// default and from the others beside it.
namespace frontrow::test {

using namespace domain;

constexpr instant at(std::int64_t millisecond) {
  return instant(milliseconds(1'766'574'000'000 + millisecond));
}
constexpr command_id sample_command{0x0123456789abcdef, 0xfedcba9876543210};
constexpr std::uint64_t sample_body = 0xffee000000000001; // past what JavaScript's numbers hold
constexpr place_secret sample_secret{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                     0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
constexpr queue_policy sample_policy{.rate_per_second = 50,
                                     .burst = 10,
                                     .max_active = 600,
                                     .capacity = 11000,
                                     .active_seconds = 240,
                                     .abandon_seconds = 90,
                                     .guard_seat_map = true,
                                     .paused = true};

inline option_terms sample_terms() {
  return {
      .concert = 3,
      .sections = {{.name = "Stalls \"A\"", .tier = "VIP", .price = 150'000, .rows = 2, .seats_per_row = 10},
                   {.name = "발코니\n", .tier = "R", .price = 99'000, .rows = 1, .seats_per_row = 5}},
      .hold_seconds = 120,
      .max_seats_per_user = 6,
      .sales_open = at(100),
      .sales_close = at(900'000),
      .on_payment_failure = payment_failure::release};
}

template <class Event>
Event sample();

template <>
inline charged sample() {
  return {.at = at(1),
          .command = sample_command,
          .body = sample_body,
          .amount = 500,
          .balance = 9'007'199'254'740'993};
}
template <>
inline debited sample() {
  return {.at = at(2),
          .payment = {.option = 12, .number = 41},
          .reservation = 40,
          .amount = 300'000,
          .balance = 7};
}
template <>
inline debit_refused sample() {
  return {.at = at(3), .payment = {.option = 12, .number = 42}, .amount = 300'000, .balance = 8};
}
template <>
inline refunded sample() {
  return {.at = at(4), .payment = {.option = 12, .number = 41}, .amount = 300'000, .balance = 300'007};
}
template <>
inline queue_opened sample() {
  return {.at = at(5), .policy = sample_policy};
}
template <>
inline place_taken sample() {
  return {.at = at(6), .place = 17, .user = 42, .secret = sample_secret, .command = sample_command};
}
template <>
inline places_taken sample() {
  return {.at = at(6), .first = 17, .takers = {{42, sample_secret, sample_command}, {43, sample_secret, {}}}};
}
template <>
inline places_admitted sample() {
  return {.at = at(7), .through = 19, .count = 3, .until = at(240'007)};
}
template <>
inline places_ended sample() {
  return {.at = at(8), .reason = place_end::abandoned, .places = {17, 20, 21}};
}
template <>
inline policy_changed sample() {
  return {.at = at(9), .policy = sample_policy};
}
template <>
inline option_reported sample() {
  return {.at = at(10), .option = 12, .number = 55, .sold_out = true};
}
template <>
inline option_opened sample() {
  return {.at = at(11), .terms = sample_terms()};
}
template <>
inline seats_held sample() {
  return {.at = at(12),
          .command = sample_command,
          .body = sample_body,
          .user = 42,
          .place = 17,
          .seats = {3, 4},
          .amount = 300'000,
          .until = at(120'012)};
}
template <>
inline hold_released sample() {
  return {.at = at(13), .user = 42, .reservation = 40, .reason = release_reason::lapsed};
}
template <>
inline payment_started sample() {
  return {.at = at(14), .command = sample_command, .user = 42, .reservation = 40, .amount = 300'000};
}
template <>
inline payment_failed sample() {
  return {.at = at(15), .user = 42, .reservation = 40, .payment = 41, .balance = 8};
}
template <>
inline seats_sold sample() {
  return {.at = at(16), .user = 42, .reservation = 40, .payment = 41, .balance = 7};
}
template <>
inline place_released sample() {
  return {.at = at(17), .user = 42, .payment = 41};
}
template <>
inline cancellation_started sample() {
  return {.at = at(18), .command = sample_command, .user = 42, .reservation = 40, .payment = 41};
}
template <>
inline seats_returned sample() {
  return {.at = at(19), .user = 42, .reservation = 40, .payment = 41, .cancellation = 44, .balance = 300'007};
}
template <>
inline availability_known sample() {
  return {.at = at(20), .number = 43};
}

template <>
inline account::snapshot_type sample() {
  return {.version = 41,
          .balance = 1500,
          .charged_total = 2000,
          .charges = {{.command = sample_command,
                       .body = sample_body,
                       .at = at(1),
                       .made = {.charge = 4, .amount = 500, .balance = 1500}}},
          .debits = {{.payment = {.option = 12, .number = 41},
                      .at = at(2),
                      .amount = 300,
                      .balance = 700,
                      .state = account::snapshot_type::remembered_debit::fate::refunded,
                      .refund_balance = 1000}}};
}
template <>
inline queue::snapshot_type sample() {
  place_secret other = sample_secret;
  other[0] = 1;
  return {
      .version = 41,
      .opened = true,
      .policy = sample_policy,
      .credit = 9500,
      .credit_at = at(7),
      .admitted_total = 3,
      .first_place = 16,
      .places =
          {{.user = 42,
            .secret = sample_secret,
            .command = {},
            .status = place_status::completed,
            .until = at(5)},
           {.user = 7,
            .secret = other,
            .command = sample_command,
            .status = place_status::active,
            .until = at(240'007)},
           {.user = 9'000'000'000,
            .secret = other,
            .command = {},
            .status = place_status::waiting,
            .until = {}},
           {.user = 8, .secret = sample_secret, .command = {}, .status = place_status::waiting, .until = {}}},
      .options = {{.id = 12, .number = 55, .sold_out = true}}};
}
template <>
inline seat_map::snapshot_type sample() {
  return {.version = 41,
          .opened = true,
          .terms = sample_terms(),
          .seats_version = 40,
          .reservations = {{.number = 30,
                            .at = at(12),
                            .command = sample_command,
                            .body = sample_body,
                            .user = 42,
                            .place = 17,
                            .seats = {3, 4},
                            .amount = 300'000,
                            .until = at(120'012),
                            .status = reservation_status::expired,
                            .ended_at = at(120'013)}},
          .payments = {{.number = 31,
                        .reservation = 30,
                        .command = {},
                        .started_at = at(13),
                        .status = payment_status::cancelled,
                        .balance = 5,
                        .settled_at = at(14),
                        .place_owed = 32,
                        .refund_owed = 33}},
          .cancellations = {{.number = 33,
                             .payment = 31,
                             .command = sample_command,
                             .started_at = at(15),
                             .balance = 6,
                             .settled_at = at(16)}},
          .availability_owed = 39};
}

} // namespace frontrow::test
