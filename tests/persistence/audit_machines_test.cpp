#include "persistence/audit.hpp"
#include "persistence/purchase_history.hpp"
#include "tests/domain/random_source.hpp"
#include "tests/persistence/journal_story.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>

// The audit against the machines themselves: what they write is clean at every cut, whatever people do and
// whatever is lost on the way.

using namespace frontrow;
using namespace frontrow::domain;
using test::random_source;

namespace {

constexpr option_id option = 1;
constexpr concert_id concert = 9;
constexpr user_id users = 5;

/// One option, its queue and a few people, all in one place.
class market {
public:
  explicit market(random_source& random) : random_(&random) {
    for (user_id user = 1; user <= users; ++user)
      accounts_.emplace_back(user);
    run(room_, open_queue{{.rate_per_second = 3,
                           .burst = 2,
                           .max_active = 3,
                           .capacity = 10,
                           .active_seconds = 20,
                           .abandon_seconds = 30,
                           .guard_seat_map = false,
                           .paused = false}});
    run(seats_, open_option{{.concert = concert,
                             .sections = {{"A", "VIP", 100, 1, 3}, {"B", "R", 70, 1, 3}},
                             .hold_seconds = 10,
                             .max_seats_per_user = 3,
                             .sales_open = {},
                             .sales_close = {}}});
  }

  void step() {
    now_ += milliseconds(random_->between(0, 1'500));
    const auto user = random_->between(1, users);
    switch (random_->between(1, 12)) {
    case 1:
      return void(
          run(account_of(user),
              charge{.command = {1, random_->bits()}, .body = 0, .amount = random_->between(1, 300)}));
    case 2:
    case 3:
      return join(user);
    case 4:
      return change_the_policy();
    case 5:
    case 6:
      return hold(user);
    case 7:
      if (!reservations_.empty())
        run(seats_, pay{.command = {2, random_->bits()},
                        .user = any_reservation().second,
                        .reservation = any_reservation_.first});
      return;
    case 8:
      if (!reservations_.empty())
        run(seats_, release_hold{.user = any_reservation().second, .reservation = any_reservation_.first});
      return;
    case 9:
      return cancel_some_payment();
    default:
      return deliver_something();
    }
  }

  instant now() const { return now_; }
  const std::vector<persistence::stored_event>& rows() const { return journal_.rows; }
  const seat_map& seats() const { return seats_; }
  const std::vector<std::pair<event_number, user_id>>& reservations() const { return reservations_; }

private:
  static entity_ref name_of(const seat_map&) { return {entity_kind::seat_map, option}; }
  static entity_ref name_of(const queue&) { return {entity_kind::queue, concert}; }
  entity_ref name_of(const account& machine) const {
    return {entity_kind::account, &machine - accounts_.data() + 1};
  }
  account& account_of(user_id user) { return accounts_[static_cast<std::size_t>(user - 1)]; }

  template <class Machine, class Command>
  auto run_once(Machine& machine, const Command& command) -> decltype(machine.decide(command, instant{})) {
    auto decided = machine.decide(command, now_);
    for (const auto& event : decided.events) {
      machine.apply(event);
      std::visit([&](const auto& happened) { journal_.add(name_of(machine), happened); }, event);
    }
    return decided;
  }
  template <class Machine, class Command>
  auto run(Machine& machine, const Command& command) -> decltype(machine.decide(command, instant{})) {
    if constexpr (!std::is_same_v<Machine, account>)
      while (machine.next_deadline() && *machine.next_deadline() <= now_)
        run_once(machine, tick{});
    return run_once(machine, command);
  }

  void join(user_id user) {
    const auto joined = run(room_, join_queue{.command = {}, .user = user, .secret = {}});
    if (joined.accepted())
      places_[static_cast<std::size_t>(user)] = joined.reply.place;
    else if (random_->one_in(2))
      run(room_, leave_queue{.place = places_[static_cast<std::size_t>(user)], .secret = {}, .user = user});
  }
  void change_the_policy() {
    if (!random_->one_in(4))
      return;
    auto policy = room_.policy();
    policy.rate_per_second = static_cast<std::int32_t>(random_->between(1, 5));
    policy.burst = static_cast<std::int32_t>(random_->between(1, 4));
    policy.max_active = static_cast<std::int32_t>(random_->between(1, 4));
    policy.paused = random_->one_in(3);
    run(room_, change_policy{policy});
  }
  void hold(user_id user) {
    const auto held = run(seats_, hold_best{.command = {3, random_->bits()},
                                            .body = 0,
                                            .user = user,
                                            .place = places_[static_cast<std::size_t>(user)],
                                            .count = static_cast<std::int32_t>(random_->between(1, 3)),
                                            .tier = {}});
    if (held.accepted())
      reservations_.emplace_back(held.reply.reservation, user);
  }
  std::pair<event_number, user_id> any_reservation() {
    return any_reservation_ = random_->pick(reservations_);
  }
  void cancel_some_payment() {
    std::vector<seat_map::snapshot_type::payment> payments = seats_.snapshot().payments;
    if (payments.empty())
      return;
    const auto payment = random_->pick(payments);
    const auto owner = std::find_if(reservations_.begin(), reservations_.end(),
                                    [&](const auto& each) { return each.first == payment.reservation; });
    run(seats_,
        cancel_payment{.command = {4, random_->bits()}, .user = owner->second, .payment = payment.number});
  }

  /// Sends one of the effects that are owed; its answer may be lost on the way home, so it is sent again.
  void deliver_something() {
    if (seats_.effects().empty())
      return;
    auto chosen = seats_.effects().begin();
    std::advance(chosen, random_->between(0, std::ssize(seats_.effects()) - 1));
    const auto owed = chosen->second;
    std::visit([&](const auto& command) { answer(owed.id, send(owed.to, command)); }, owed.command);
  }
  debit_answer send(entity_ref to, const debit& command) { return run(account_of(to.id), command).reply; }
  refund_made send(entity_ref to, const refund& command) { return run(account_of(to.id), command).reply; }
  done send(entity_ref, const complete_place& command) { return run(room_, command).reply; }
  done send(entity_ref, const report_option& command) { return run(room_, command).reply; }
  template <class Reply>
  void answer(event_number effect, const Reply& reply) {
    now_ += milliseconds(random_->between(0, 200));
    if (!random_->one_in(3))
      run(seats_, answered<Reply>{effect, reply});
  }

  random_source* random_;
  instant now_ = test::at(0);
  seat_map seats_{option};
  queue room_{concert};
  std::vector<account> accounts_;
  std::array<place_number, users + 1> places_{};
  std::vector<std::pair<event_number, user_id>> reservations_;
  std::pair<event_number, user_id> any_reservation_;
  test::journal_story journal_;
};

persistence::audit_report audited(const std::vector<persistence::stored_event>& rows,
                                  persistence::audit_settings settings = {}) {
  persistence::audit check(settings);
  for (const auto& row : rows)
    check.add(row);
  return check.finish();
}

std::int64_t figure(const persistence::audit_report& report, std::string_view check, std::string_view name) {
  for (const auto& figure : report.check(check).figures)
    if (figure.name == name)
      return static_cast<std::int64_t>(figure.value);
  return -1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(machines_audited)

BOOST_AUTO_TEST_CASE(what_the_machines_write_is_clean_at_every_cut) {
  random_source random("what_the_machines_write_is_clean_at_every_cut");
  std::int64_t cancelled = 0, failed = 0, pending = 0, lapsed = 0, admitted = 0;
  for (int round = 0; round < 25; ++round) {
    market people(random);
    for (auto left = test::steps_or(400); left > 0; --left) {
      people.step();
      if (!random.one_in(20))
        continue;
      const auto report = audited(people.rows());
      BOOST_REQUIRE_MESSAGE(report.clean(), report.json());
      pending += figure(report, "confirmed_paid_exactly", "pendingPayments");
    }
    const auto report = audited(people.rows());
    cancelled += figure(report, "confirmed_once", "cancelled");
    failed += figure(report, "steps_in_order", "paymentsFailed");
    lapsed += figure(report, "nothing_ends_early", "holdsLapsed");
    admitted += figure(report, "admission_rate", "admitted");
  }
  // it all happened
  BOOST_TEST(cancelled > 0);
  BOOST_TEST(failed > 0);
  BOOST_TEST(pending > 0);
  BOOST_TEST(lapsed > 0);
  BOOST_TEST(admitted > 0);
}

BOOST_AUTO_TEST_CASE(two_databases_read_at_two_moments_do_not_cry_wolf) {
  random_source random("two_databases_read_at_two_moments_do_not_cry_wolf");
  int wolves = 0;
  for (int round = 0; round < 300; ++round) {
    market people(random);
    for (int left = 120; left > 0; --left)
      people.step();
    const auto first_moment = people.now();
    const auto first = people.rows().size();
    for (auto left = random.between(1, 40); left > 0; --left)
      people.step();
    const bool accounts_first = random.one_in(2);
    std::vector<persistence::stored_event> seen;
    for (std::size_t i = 0; i < people.rows().size(); ++i) {
      const auto& row = people.rows()[i];
      if (i < first || (row.entity.kind == entity_kind::account) != accounts_first)
        seen.push_back(row);
    }
    const auto report = audited(seen, {.uncertain_since = first_moment});
    BOOST_REQUIRE_MESSAGE(report.clean(), report.json());
    wolves += audited(seen).clean() ? 0 : 1;
  }
  BOOST_TEST(wolves > 0); // without the setting they would
}

BOOST_AUTO_TEST_CASE(a_users_history_says_what_the_seat_map_says) {
  random_source random("a_users_history_says_what_the_seat_map_says");
  for (int round = 0; round < 25; ++round) {
    market people(random);
    for (int left = 200; left > 0; --left)
      people.step();
    for (user_id user = 1; user <= users; ++user) {
      persistence::purchase_history history(user);
      for (const auto& row : people.rows())
        if (row.entity.kind == entity_kind::seat_map && row.row.party == user)
          BOOST_REQUIRE(history.add(row));
      for (const auto& [number, owner] : people.reservations()) {
        if (owner != user)
          continue;
        const auto known =
            people.seats().decide(read_reservation{.user = user, .reservation = number}, people.now());
        BOOST_REQUIRE(known.accepted());
        const auto& folded = history.reservations().at({option, number}).view;
        // between a hold's end and its record the seat map knows already
        if (folded.status != reservation_status::held)
          BOOST_TEST((folded == known.reply), "reservation " << number);
      }
      for (const auto& [id, payment] : history.payments()) {
        const auto known =
            people.seats().decide(read_payment{.user = user, .payment = id.number}, people.now());
        BOOST_REQUIRE(known.accepted());
        BOOST_TEST((payment.view == known.reply), "payment " << id.number);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
