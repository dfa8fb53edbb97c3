#include "persistence/audit.hpp"
#include "tests/domain/random_source.hpp"
#include "tests/persistence/audit_story.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <nlohmann/json.hpp>

using namespace frontrow;
using namespace frontrow::domain;
using persistence::audit_report;
using test::at;
using test::audited;
using test::concert;
using test::journal_story;
using test::option;
using test::true_story;

namespace {

std::int64_t figure(const audit_report& report, std::string_view check, std::string_view name) {
  for (const auto& figure : report.check(check).figures)
    if (figure.name == name)
      return static_cast<std::int64_t>(figure.value);
  BOOST_FAIL("no figure " << name << " of " << check);
  return 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(journal_audit)

BOOST_AUTO_TEST_CASE(a_true_history_is_clean_with_its_figures) {
  const auto report = audited(true_story{});
  BOOST_TEST(report.clean(), report.json());
  BOOST_TEST(report.checks.size() == 15u);
  BOOST_TEST(report.entities == 5u);
  BOOST_TEST(figure(report, "sold_equals_money", "seatsSold") == 2);
  BOOST_TEST(figure(report, "sold_equals_money", "seatsSoldAmount") == 200);
  BOOST_TEST(figure(report, "sold_equals_money", "debits") == 250);
  BOOST_TEST(figure(report, "sold_equals_money", "refunds") == 50);
  BOOST_TEST(figure(report, "balances_conserved", "balances") == 860);
  BOOST_TEST(figure(report, "confirmed_paid_exactly", "confirmed") == 1);
  BOOST_TEST(figure(report, "confirmed_paid_exactly", "cancelled") == 1);
  BOOST_TEST(figure(report, "confirmed_paid_exactly", "pendingPayments") == 0);
  BOOST_TEST(figure(report, "confirmed_paid_exactly", "pendingPlaces") == 0);
  BOOST_TEST(figure(report, "admission_rate", "admitted") == 4);
  BOOST_TEST(figure(report, "admission_rate", "leastRoomThousandths") == 0);
  BOOST_TEST(figure(report, "active_within_max", "mostActive") == 4);
  BOOST_TEST(figure(report, "nothing_ends_early", "longestDelayMs") == 200);
  BOOST_TEST(figure(report, "seats_per_user", "mostSeatsOfOneUser") == 2);
}

BOOST_AUTO_TEST_CASE(the_order_of_entities_does_not_matter) {
  true_story story;
  std::stable_sort(story.rows.begin(), story.rows.end(),
                   [](const auto& left, const auto& right) { return right.entity < left.entity; });
  BOOST_TEST(audited(story).clean());
}

BOOST_AUTO_TEST_CASE(an_empty_journal_is_clean) {
  BOOST_TEST(audited({}).clean());
}

BOOST_AUTO_TEST_CASE(a_violation_names_its_event) {
  true_story story;
  const auto version = story.hold(4, {2}, 100);
  const auto report = audited(story);
  const auto& check = report.check("one_owner_per_seat");
  BOOST_TEST(check.violations == 1u);
  BOOST_TEST((check.first->entity == entity_ref{entity_kind::seat_map, option}));
  BOOST_TEST(check.first->version == version);
  const auto json = nlohmann::json::parse(report.json());
  BOOST_TEST(json["clean"] == false);
  BOOST_TEST(json["checks"][3]["name"] == "one_owner_per_seat");
  BOOST_TEST(json["checks"][3]["firstViolation"]["kind"] == "seat_map");
  BOOST_TEST(json["checks"][3]["firstViolation"]["version"] == version);
  BOOST_TEST(json["checks"][3]["figures"]["seats"] == 4);
}

BOOST_AUTO_TEST_CASE(a_payment_under_way_is_pending_at_each_of_its_steps) {
  for (int steps = 1; steps <= 5; ++steps) {
    true_story story;
    const auto hold = story.hold(2, {4}, 50);
    const auto payment = story.start(2, hold, 50);
    if (steps > 1)
      story.debit(2, payment, hold, 50, 10);
    if (steps > 2)
      story.sell(2, hold, payment);
    if (steps > 3)
      story.seats(option,
                  cancellation_started{
                      .at = at(4'000), .command = {}, .user = 2, .reservation = hold, .payment = payment});
    if (steps > 4)
      story.account(2, refunded{.at = at(4'100), .payment = {option, payment}, .amount = 50, .balance = 60});
    const auto report = audited(story);
    BOOST_TEST(report.clean(), "after step " << steps << ": " << report.json());
    BOOST_TEST(figure(report, "confirmed_paid_exactly", "pendingPayments") == (steps <= 2 ? 1 : 0));
    BOOST_TEST(figure(report, "confirmed_paid_exactly", "pendingCancellations") == (steps >= 4 ? 1 : 0));
    BOOST_TEST(figure(report, "confirmed_paid_exactly", "pendingPlaces") == (steps >= 3 ? 1 : 0));
    BOOST_TEST(figure(report, "sold_equals_money", "pendingDebits") == (steps == 2 ? 50 : 0));
    BOOST_TEST(figure(report, "sold_equals_money", "pendingRefunds") == (steps == 5 ? 50 : 0));
  }
}

BOOST_AUTO_TEST_CASE(databases_seen_at_different_moments_contradict_each_other_only_in_old_facts) {
  true_story ahead; // the seat map was read after the account
  const auto hold = ahead.hold(2, {4}, 50);
  ahead.sell(2, hold, ahead.start(2, hold, 50));
  BOOST_TEST(!audited(ahead).clean());
  BOOST_TEST(!audited(ahead, {.uncertain_since = at(2'201)}).clean());
  BOOST_TEST(audited(ahead, {.uncertain_since = at(2'000)}).clean());

  true_story behind; // and before it
  behind.debit(1, 999, 998, 100, 700);
  BOOST_TEST(!audited(behind, {.uncertain_since = at(2'101)}).clean());
  const auto report = audited(behind, {.uncertain_since = at(2'100)});
  BOOST_TEST(report.clean());
  BOOST_TEST(figure(report, "confirmed_paid_exactly", "pendingPayments") == 1);
}

BOOST_AUTO_TEST_CASE(a_clock_that_steps_back_neither_gives_nor_takes_admissions) {
  true_story story; // at 2,000 nobody more may be let in, at 4,000 two
  story.join(6, 6);
  story.queue(concert, places_ended{.at = at(4'000), .reason = place_end::left, .places = {2, 3}});
  story.queue(concert,
              policy_changed{.at = at(4'000), .policy = {.rate_per_second = 1, .burst = 2, .max_active = 4}});
  story.admit(2, 6, at(1'000));
  BOOST_TEST(audited(story).clean(), audited(story).json());
  story.join(7, 7);
  story.admit(1, 7, at(4'999));
  BOOST_TEST(audited(story).check("admission_rate").violations == 1u);
}

BOOST_AUTO_TEST_CASE(sums_past_64_bits_are_right) {
  constexpr auto most = std::numeric_limits<money>::max();
  journal_story story;
  for (user_id user = 1; user <= 4; ++user)
    story.account(user, charged{.at = at(0), .command = {}, .body = 0, .amount = most, .balance = most});
  const auto report = audited(story);
  BOOST_TEST(report.clean());
  BOOST_TEST(report.json().find("\"charges\":36893488147419103228") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_rate_is_checked_over_every_interval) {
  test::random_source random("the_rate_is_checked_over_every_interval");
  int broken = 0;
  for (int round = 0; round < 2'000; ++round) {
    const auto rate = random.between(1, 5);
    const auto burst = random.between(1, 6);
    journal_story story;
    queue_policy policy;
    policy.rate_per_second = static_cast<std::int32_t>(rate);
    policy.burst = static_cast<std::int32_t>(burst);
    story.queue(concert, queue_opened{.at = at(0), .policy = policy});
    std::vector<std::pair<std::int64_t, std::int32_t>> admitted; // when, how many
    std::int64_t now = 0;
    place_number through = 0;
    for (int i = 0; i < 8; ++i) {
      now += random.between(0, 1'500);
      const auto count = static_cast<std::int32_t>(random.between(1, 3));
      for (int j = 0; j < count; ++j) {
        ++through;
        story.queue(
            concert,
            place_taken{.at = at(now), .place = through, .user = through, .secret = {}, .command = {}});
      }
      story.queue(concert,
                  places_admitted{.at = at(now), .through = through, .count = count, .until = at(now + 1)});
      admitted.emplace_back(now, count);
    }
    bool within = true; // by trying every interval there is
    for (std::size_t first = 0; first < admitted.size(); ++first) {
      std::int64_t sum = 0;
      for (std::size_t last = first; last < admitted.size(); ++last) {
        sum += admitted[last].second;
        within = within && sum * 1000 <= rate * (admitted[last].first - admitted[first].first) + burst * 1000;
      }
    }
    broken += within ? 0 : 1;
    BOOST_REQUIRE_EQUAL(audited(story).check("admission_rate").ok(), within);
  }
  BOOST_TEST(broken > 100);
  BOOST_TEST(broken < 1'900);
}

BOOST_AUTO_TEST_SUITE_END()
