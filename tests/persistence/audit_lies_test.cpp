#include "tests/persistence/audit_story.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <set>
#include <string>

using namespace frontrow;
using namespace frontrow::domain;
using persistence::audit_report;
using test::at;
using test::audited;
using test::concert;
using test::option;
using test::true_story;

namespace {

/// The checks that found something, but for `besides`.
std::vector<std::string> complaints(const audit_report& report) {
  std::vector<std::string> names;
  for (const auto& check : report.checks)
    if (!check.ok())
      names.push_back(check.name);
  return names;
}

/// A lie told after the true story; exactly these checks must see it.
struct lie {
  const char* name;
  std::vector<std::string> found_by;
  std::function<void(true_story&)> tell;
};

const std::vector<lie> lies{
    {"an unreadable row", {"events_readable"}, [](true_story& s) { s.rows.back().row.data = "{"; }},
    {"an unknown type", {"events_readable"}, [](true_story& s) { s.rows.back().row.type = "seats_stolen"; }},
    {"a missing version", {"versions_consecutive"}, [](true_story& s) { s.rows.back().version += 1; }},
    {"a version twice", {"versions_consecutive"}, [](true_story& s) { s.rows.back().version -= 1; }},
    {"a sold seat held again", {"one_owner_per_seat"}, [](true_story& s) { s.hold(4, {2}, 100); }},
    {"two holds of a seat",
     {"one_owner_per_seat"},
     [](true_story& s) {
       s.hold(4, {3}, 50);
       s.hold(5, {3, 4}, 100);
     }},
    {"too many seats", {"seats_per_user"}, [](true_story& s) { s.hold(1, {3}, 50); }},
    {"a seat that is not there", {"steps_in_order"}, [](true_story& s) { s.hold(4, {5}, 0); }},
    {"a wrong price", {"steps_in_order"}, [](true_story& s) { s.hold(4, {4}, 49); }},
    {"a release of what was sold",
     {"steps_in_order"},
     [](true_story& s) {
       s.seats(option, hold_released{.at = at(99'000),
                                     .user = 1,
                                     .reservation = s.sold_hold,
                                     .reason = release_reason::given_up});
     }},
    {"a payment of what is someone else's",
     {"steps_in_order"},
     [](true_story& s) { s.start(5, s.hold(4, {4}, 50), 50); }},
    {"a place released twice",
     {"steps_in_order"},
     [](true_story& s) {
       s.seats(option, place_released{.at = at(99'000), .user = 1, .payment = s.sold_payment});
     }},
    {"a reservation confirmed twice",
     {"confirmed_once"},
     [](true_story& s) { s.sell(1, s.sold_hold, s.sold_payment); }},
    {"a sale without a payment", {"confirmed_once"}, [](true_story& s) { s.sell(4, s.hold(4, {4}, 50), 1); }},
    {"a hold that lapsed early",
     {"nothing_ends_early"},
     [](true_story& s) {
       s.seats(option, hold_released{.at = at(60'999),
                                     .user = 4,
                                     .reservation = s.hold(4, {4}, 50),
                                     .reason = release_reason::lapsed});
     }},
    {"a payment of a lapsed hold",
     {"nothing_ends_early"},
     [](true_story& s) { s.start(4, s.hold(4, {4}, 50), 50, at(61'001)); }},
    {"shopping time cut short",
     {"nothing_ends_early"},
     [](true_story& s) {
       s.queue(concert, places_ended{.at = at(299'999), .reason = place_end::expired, .places = {2}});
     }},
    {"money from nowhere",
     {"balances_conserved"},
     [](true_story& s) {
       s.account(1, charged{.at = at(99'000), .command = {}, .body = 0, .amount = 10, .balance = 811});
     }},
    {"a negative charge",
     {"balances_conserved"},
     [](true_story& s) {
       s.account(1, charged{.at = at(99'000), .command = {}, .body = 0, .amount = -10, .balance = 790});
     }},
    {"a balance below zero",
     {"balances_conserved"},
     [](true_story& s) {
       const auto hold = s.hold(4, {4}, 50);
       s.debit(4, s.start(4, hold, 50), hold, 50, -50);
     }},
    {"a payment debited twice",
     {"debited_once", "sold_equals_money"},
     [](true_story& s) { s.debit(1, s.sold_payment, s.sold_hold, 200, 600); }},
    {"a payment debited from two accounts",
     {"debited_once", "confirmed_paid_exactly", "sold_equals_money"},
     [](true_story& s) {
       s.account(5, charged{.at = at(0), .command = {}, .body = 0, .amount = 200, .balance = 200});
       s.debit(5, s.sold_payment, s.sold_hold, 200, 0);
     }},
    {"a refund twice",
     {"debited_once", "sold_equals_money"},
     [](true_story& s) {
       s.account(
           2,
           refunded{.at = at(4'000), .payment = {option, s.returned_payment}, .amount = 50, .balance = 110});
     }},
    {"a refund of another amount",
     {"debited_once", "sold_equals_money"},
     [](true_story& s) {
       const auto cancellation = s.seats(option, cancellation_started{.at = at(4'000),
                                                                      .command = {},
                                                                      .user = 1,
                                                                      .reservation = s.sold_hold,
                                                                      .payment = s.sold_payment});
       s.account(
           1, refunded{.at = at(4'100), .payment = {option, s.sold_payment}, .amount = 199, .balance = 999});
       s.seats(option, seats_returned{.at = at(4'200),
                                      .user = 1,
                                      .reservation = s.sold_hold,
                                      .payment = s.sold_payment,
                                      .cancellation = cancellation,
                                      .balance = 999});
     }},
    {"a sale without a debit",
     {"confirmed_paid_exactly", "sold_equals_money"},
     [](true_story& s) {
       const auto hold = s.hold(4, {4}, 50);
       s.sell(4, hold, s.start(4, hold, 50));
     }},
    {"a debit without a payment",
     {"confirmed_paid_exactly", "sold_equals_money"},
     [](true_story& s) { s.debit(1, 999, 998, 100, 700); }},
    {"a debit of another amount",
     {"confirmed_paid_exactly", "sold_equals_money"},
     [](true_story& s) {
       const auto hold = s.hold(2, {4}, 50);
       const auto payment = s.start(2, hold, 50);
       s.debit(2, payment, hold, 49, 11);
       s.sell(2, hold, payment);
     }},
    {"a debit for a failed payment",
     {"confirmed_paid_exactly", "sold_equals_money"},
     [](true_story& s) {
       const auto hold = s.hold(2, {4}, 50);
       const auto payment = s.start(2, hold, 50);
       s.debit(2, payment, hold, 50, 10);
       s.seats(option,
               payment_failed{
                   .at = at(5'000), .user = 2, .reservation = hold, .payment = payment, .balance = 10});
     }},
    {"seats returned without a refund",
     {"confirmed_paid_exactly", "sold_equals_money"},
     [](true_story& s) {
       const auto cancellation = s.seats(option, cancellation_started{.at = at(4'000),
                                                                      .command = {},
                                                                      .user = 1,
                                                                      .reservation = s.sold_hold,
                                                                      .payment = s.sold_payment});
       s.seats(option, seats_returned{.at = at(4'200),
                                      .user = 1,
                                      .reservation = s.sold_hold,
                                      .payment = s.sold_payment,
                                      .cancellation = cancellation,
                                      .balance = 0});
     }},
    {"one admitted too soon", {"admission_rate"}, [](true_story& s) { s.admit(1, 5, at(2'999)); }},
    {"time wound back to admit more",
     {"admission_rate"},
     [](true_story& s) {
       s.join(6, 6);
       s.admit(1, 5, at(3'000));
       s.queue(concert, policy_changed{.at = at(1'000),
                                       .policy = {.rate_per_second = 1, .burst = 2, .max_active = 5}});
       s.admit(1, 6, at(3'000));
     }},
    {"admitted while paused",
     {"admission_rate"},
     [](true_story& s) {
       queue_policy paused{.rate_per_second = 1, .burst = 2, .max_active = 4};
       paused.paused = true;
       s.queue(concert, policy_changed{.at = at(3'000), .policy = paused});
       s.admit(1, 5, at(90'000));
     }},
    {"one who overtook another",
     {"admission_order"},
     [](true_story& s) {
       s.join(6, 6);
       s.admit(1, 6, at(90'000));
     }},
    {"a place number left out", {"admission_order"}, [](true_story& s) { s.join(7, 7); }},
    {"a place that ended twice",
     {"admission_order"},
     [](true_story& s) {
       s.queue(concert, places_ended{.at = at(99'000), .reason = place_end::left, .places = {1}});
     }},
    {"more active than may be",
     {"active_within_max"},
     [](true_story& s) {
       s.join(6, 6);
       s.admit(1, 5, at(90'000));
       s.admit(1, 6, at(91'000));
     }},
    {"two places of one user", {"one_place_per_user"}, [](true_story& s) { s.join(5, 6); }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(journal_audit)

BOOST_AUTO_TEST_CASE(every_lie_is_found_by_its_checks_and_by_no_other) {
  std::set<std::string> seen;
  for (const auto& each : lies) {
    true_story story;
    each.tell(story);
    const auto report = audited(story);
    auto expected = each.found_by;
    auto found = complaints(report);
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    BOOST_TEST(found == expected, each.name << ": " << report.json());
    for (const auto& name : each.found_by) {
      seen.insert(name);
      BOOST_TEST_REQUIRE(report.check(name).first.has_value());
      BOOST_TEST(!report.check(name).first->what.empty());
    }
    BOOST_TEST(!report.clean());
  }
  BOOST_TEST(seen.size() == 15u, "a check that no lie provokes is not tested");
}

BOOST_AUTO_TEST_SUITE_END()
