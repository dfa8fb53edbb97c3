#include "domain/account.hpp"
#include "tests/domain/random_source.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <vector>

using namespace frontrow::domain;
using frontrow::test::random_source;

namespace {

/// What an account must do, said another way: the sum over a plain list of what was asked.
struct ledger {
  struct payment {
    money amount = 0;
    bool taken = false;
    bool returned = false;
    money balance_then = 0;
    instant at;
  };
  std::map<std::uint64_t, std::pair<money, charge_made>> charges; // by command
  std::map<payment_ref, payment> payments;

  money balance() const {
    money sum = loose;
    for (const auto& [command, made] : charges)
      sum += made.first;
    for (const auto& [ref, one] : payments)
      sum -= one.taken && !one.returned ? one.amount : 0;
    return sum;
  }
  money loose = 0; // charges whose command was forgotten since, or had none
};

/// Random charges, debits and refunds, many of them repeats, at random times, with lives ending in between.
class run_of_one_account {
public:
  explicit run_of_one_account(random_source& chance) : chance_(chance) {}

  void step() {
    pass_time();
    switch (chance_.between(0, 6)) {
    case 0:
    case 1:
      charge_something();
      break;
    case 2:
    case 3:
      debit_something();
      break;
    case 4:
      refund_something();
      break;
    case 5:
      repeat_a_charge();
      break;
    default:
      crash();
    }
    const money balance = machine_.decide(read_balance{}, now_).reply.balance;
    BOOST_REQUIRE_EQUAL(balance, balance_);
    BOOST_REQUIRE_GE(balance, 0);
    if (++steps_ % 64 == 0)
      BOOST_REQUIRE_EQUAL(balance, book_.balance());
  }

  void crash() {
    account next_life(9);
    if (chance_.one_in(2)) {
      for (const auto& happened : history_)
        next_life.apply(happened);
    } else {
      next_life = account::restore(9, stored_);
      for (auto i = static_cast<std::size_t>(stored_.version); i < history_.size(); ++i)
        next_life.apply(history_[i]);
    }
    BOOST_REQUIRE(next_life.snapshot() == machine_.snapshot());
    machine_ = std::move(next_life);
    if (chance_.one_in(2))
      stored_ = machine_.snapshot();
  }

private:
  template <class Command>
  auto run(const Command& command) {
    auto decided = machine_.decide(command, now_);
    for (const auto& happened : decided.events) {
      machine_.apply(happened);
      history_.push_back(happened);
    }
    return decided;
  }

  void pass_time() {
    now_ += milliseconds{chance_.between(-20, 2'000)};
    if (chance_.one_in(5'000))
      now_ += std::chrono::hours{chance_.between(1, 24 * 8)};
  }

  void charge_something() {
    const std::uint64_t command = chance_.one_in(10) ? 0 : ++commands_;
    const money amount = chance_.between(-2, 1'000);
    const auto decided = run(charge{{0, command}, static_cast<std::uint64_t>(amount), amount});
    BOOST_REQUIRE_EQUAL(decided.accepted(), amount > 0);
    if (!decided.accepted())
      return;
    balance_ += amount;
    BOOST_REQUIRE((decided.reply == charge_made{machine_.version(), amount, balance_}));
    if (command == 0)
      book_.loose += amount;
    else
      book_.charges[command] = {amount, decided.reply};
    at_[command] = now_;
  }

  void repeat_a_charge() {
    if (book_.charges.empty())
      return;
    auto known = book_.charges.lower_bound(
        static_cast<std::uint64_t>(chance_.between(1, static_cast<std::int64_t>(commands_))));
    if (known == book_.charges.end())
      return;
    const auto [amount, made] = known->second;
    if (now_ - at_[known->first] >= remembered_for)
      return; // may have been forgotten
    const auto version = machine_.version();
    BOOST_REQUIRE((run(charge{{0, known->first}, static_cast<std::uint64_t>(amount), amount}).reply == made));
    const auto changed = run(charge{{0, known->first}, static_cast<std::uint64_t>(amount) + 1, amount + 1});
    BOOST_REQUIRE(!changed.accepted() && changed.refusal_->reason == refusal::idempotency_key_reused);
    BOOST_REQUIRE_EQUAL(machine_.version(), version);
  }

  void debit_something() {
    const payment_ref ref{chance_.between(1, 3), chance_.between(1, 2'000)};
    const auto known = book_.payments.find(ref);
    const money amount = known == book_.payments.end() ? chance_.between(1, 3'000) : known->second.amount;
    const auto decided = run(debit{ref, 1, amount});
    BOOST_REQUIRE(decided.accepted());
    const auto* made = std::get_if<debit_made>(&decided.reply);
    const bool may_be_forgotten = known != book_.payments.end() && !known->second.taken &&
                                  now_ - known->second.at >= declined_remembered_for - seconds{60};
    if (known != book_.payments.end() && !(may_be_forgotten && !decided.events.empty())) {
      BOOST_REQUIRE(decided.events.empty());
      BOOST_REQUIRE_EQUAL(made != nullptr, known->second.taken);
      const money told = made ? made->balance : std::get<debit_declined>(decided.reply).balance;
      BOOST_REQUIRE_EQUAL(told, known->second.balance_then);
      return;
    }
    BOOST_REQUIRE_EQUAL(made != nullptr, amount <= balance_);
    BOOST_REQUIRE_EQUAL(decided.events.size(), 1U);
    if (made)
      balance_ -= amount;
    book_.payments[ref] = {amount, made != nullptr, false, balance_, now_};
  }

  void refund_something() {
    const payment_ref ref{chance_.between(1, 3), chance_.between(1, 2'000)};
    const auto known = book_.payments.find(ref);
    const bool there = known != book_.payments.end() && known->second.taken;
    const auto decided = run(refund{ref, there ? known->second.amount : 5});
    BOOST_REQUIRE_EQUAL(decided.accepted(), there);
    if (!there) {
      BOOST_REQUIRE(decided.refusal_->reason == refusal::payment_not_found);
      return;
    }
    BOOST_REQUIRE_EQUAL(decided.events.empty(), known->second.returned);
    if (!known->second.returned)
      balance_ += known->second.amount;
    known->second.returned = true;
  }

  random_source& chance_;
  account machine_{9};
  std::vector<account::event> history_;
  account::snapshot_type stored_;
  instant now_{milliseconds{1'800'000'000'000}};
  std::int64_t steps_ = 0;
  std::uint64_t commands_ = 0;
  std::map<std::uint64_t, instant> at_;
  money balance_ = 0;
  ledger book_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(account_properties)

BOOST_AUTO_TEST_CASE(money_is_conserved_whatever_is_asked_and_whenever_it_crashes) {
  random_source chance("account");
  std::int64_t left = frontrow::test::steps_or(100'000);
  while (left > 0) { // many accounts: a replay costs what its history is long
    run_of_one_account one(chance);
    for (std::int64_t steps = std::min<std::int64_t>(left, 2'000); steps > 0; --steps, --left)
      one.step();
    one.crash();
  }
}

BOOST_AUTO_TEST_SUITE_END()
