// A whole sale with accounts and a queue that answer late, twice and out of order, a clock that jumps, and
// crashes that lose whatever was not yet in the journal.
#include <deque>

#include "tests/domain/random_source.hpp"
#include "tests/domain/seat_map_plain.hpp"
#include "tests/domain/seat_map_script.hpp"

using namespace frontrow::domain;
using namespace frontrow::test;

namespace {

constexpr user_id users = 6;
constexpr std::int64_t steps_per_world = 2000;

class world {
public:
  explicit world(random_source& random) : random_(random), terms_(random_terms()) {
    for (user_id user = 1; user <= users; ++user)
      accounts_.emplace(user, account(user));
    decide(open_option{terms_});
  }

  void step() {
    pass_time();
    const auto dice = random_.between(1, 100);
    if (dice <= 20)
      hold_named();
    else if (dice <= 28)
      hold_the_best();
    else if (dice <= 31)
      repeat_a_hold();
    else if (dice <= 34)
      give_back();
    else if (dice <= 50)
      pay_one();
    else if (dice <= 56)
      cancel_one();
    else if (dice <= 60)
      charge_one();
    else if (dice <= 75)
      send_an_effect();
    else if (dice <= 90)
      deliver_an_answer();
    else if (dice <= 98)
      become_durable();
    else if (random_.one_in(3))
      crash();
    else
      keep_snapshot();
  }

  void check() const {
    BOOST_REQUIRE_EQUAL(map_.version(), static_cast<event_number>(journal_.size()));
    const auto seats = map_.decide(read_seats{}, now_).reply.statuses;
    for (seat_id seat = 1; seat <= plain_.total(); ++seat)
      BOOST_REQUIRE(seats[static_cast<std::size_t>(seat) - 1] == plain_.status_of(seat));
    BOOST_REQUIRE(map_.next_deadline() == plain_.next_deadline());
    std::set<event_number> owed(plain_.pending);
    for (const auto& [id, payment] : plain_.owed)
      owed.insert(id);
    if (plain_.report_owed != 0)
      owed.insert(plain_.report_owed);
    BOOST_REQUIRE_EQUAL(owed.size(), map_.effects().size());
    for (const auto& [id, effect] : map_.effects())
      BOOST_REQUIRE(owed.contains(id) && effect.id == id);
    money balances = 0;
    for (const auto& [user, account] : accounts_) {
      BOOST_REQUIRE_GE(account.balance(), 0);
      balances += account.balance();
    }
    BOOST_REQUIRE_EQUAL(charged_ - debited_ + refunded_, balances);
  }

  /// Everyone answers at last: then money, seats and the queue agree to the last coin.
  void settle() {
    while (!map_.effects().empty() || !in_flight_.empty()) {
      durable_ = journal_.size();
      while (!map_.effects().empty() && in_flight_.size() < 3)
        send_an_effect();
      deliver_an_answer();
    }
    BOOST_REQUIRE_EQUAL(queue_sold_out_, plain_.sold() == plain_.total());
    money owned = 0;
    for (const auto& [number, that] : plain_.reservations) {
      int kept = 0;
      for (const auto payment : that.payments)
        kept += ledger_[payment].debits - ledger_[payment].refunds;
      const bool confirmed = that.status == reservation_status::confirmed;
      BOOST_REQUIRE_MESSAGE(kept == (confirmed ? 1 : 0),
                            "one debit for each confirmed reservation, no other");
      owned += confirmed ? that.held.amount : 0;
    }
    BOOST_REQUIRE_EQUAL(owned, debited_ - refunded_);
    BOOST_REQUIRE(waiting_.empty());
    check();
  }

  /// How often each event happened, those that a crash took back included.
  const std::map<std::string_view, std::int64_t>& seen() const { return seen_; }

private:
  option_terms random_terms() {
    option_terms terms;
    terms.concert = the_concert;
    for (auto sections = random_.between(1, 3); sections > 0; --sections)
      terms.sections.push_back({.name = "",
                                .tier = random_.one_in(2) ? "R" : "S",
                                .price = random_.between(1, 300),
                                .rows = static_cast<std::int32_t>(random_.between(1, 2)),
                                .seats_per_row = static_cast<std::int32_t>(random_.between(1, 5))});
    terms.hold_seconds = static_cast<std::int32_t>(random_.between(1, 60));
    terms.max_seats_per_user = static_cast<std::int32_t>(random_.between(1, 8));
    terms.on_payment_failure = random_.one_in(3) ? payment_failure::release : payment_failure::keep;
    if (random_.one_in(4))
      terms.sales_open = at(static_cast<double>(random_.between(0, 60)));
    if (random_.one_in(8))
      terms.sales_close = at(static_cast<double>(random_.between(3600, 360'000)));
    return terms;
  }

  // ---- the machine and its journal

  void record(const seat_map::event& event) {
    plain_.record(event);
    map_.apply(event);
    journal_.push_back(event);
    ++seen_[name_of(event)];
    const auto settled = seat_map::settles(event);
    if (!settled)
      return;
    for (const auto& [number, command] : std::exchange(waiting_, {})) {
      if (number != *settled) {
        waiting_.emplace_back(number, command);
        continue;
      }
      const auto outcome = map_.outcome(number, command);
      BOOST_REQUIRE(!outcome.later);
      const bool failed = std::holds_alternative<payment_failed>(event);
      BOOST_REQUIRE_EQUAL(outcome.accepted(), !failed);
      if (failed)
        BOOST_REQUIRE(outcome.refusal_->reason == refusal::insufficient_balance);
      else
        BOOST_REQUIRE(outcome.reply.status == (std::holds_alternative<seats_returned>(event)
                                                   ? payment_status::cancelled
                                                   : payment_status::completed));
    }
  }

  template <class Command>
  auto decide(const Command& command)
      -> decltype(std::declval<const seat_map&>().decide(command, instant{})) {
    const auto decided = std::as_const(map_).decide(command, now_);
    BOOST_REQUIRE(decided.accepted() || decided.events.empty());
    for (const auto& event : decided.events)
      record(event);
    if (decided.later && random_.one_in(2)) // the other half has hung up
      if constexpr (requires { command.command; })
        waiting_.emplace_back(*decided.later, command.command);
    return decided;
  }

  void wind() {
    while (map_.next_deadline() && *map_.next_deadline() <= now_)
      BOOST_REQUIRE(!decide(tick{}).events.empty());
  }

  void pass_time() {
    if (random_.one_in(50))
      now_ -= milliseconds{random_.between(0, 500)};
    else if (random_.one_in(30))
      now_ += seconds{random_.between(0, terms_.hold_seconds + 1)};
    else if (random_.one_in(1000))
      now_ += seconds{random_.between(0, 15 * 3600)};
    else
      now_ += milliseconds{random_.between(0, 400)};
    latest_ = std::max(latest_, now_);
    wind();
  }

  // ---- people

  user_id someone() { return random_.between(1, users); }
  command_id new_command() { return random_.one_in(5) ? command_id{} : command(++commands_); }

  template <class Command>
  void check_hold(const Command& wanted) {
    const auto expected = plain_.why_not(wanted, now_);
    const auto decided = decide(wanted);
    if (expected) {
      BOOST_REQUIRE(!decided.accepted());
      BOOST_REQUIRE(*decided.refusal_ == *expected);
      return;
    }
    BOOST_REQUIRE(decided.accepted() && decided.events.size() == 1);
    BOOST_REQUIRE_EQUAL(decided.reply.reservation, map_.version());
    const auto& held = std::get<seats_held>(journal_.back());
    BOOST_REQUIRE((held.seats == decided.reply.seats && held.amount == decided.reply.amount));
    BOOST_REQUIRE((held.command == wanted.command && held.user == wanted.user && held.place == wanted.place));
  }
  void hold_named() {
    hold_seats wanted{
        .command = new_command(), .body = random_.bits(), .user = someone(), .place = 0, .seats = {}};
    wanted.place = wanted.user + 50;
    for (auto count = random_.between(random_.one_in(20) ? 0 : 1, random_.one_in(3) ? 4 : 1); count > 0;
         --count)
      wanted.seats.push_back(static_cast<seat_id>(random_.one_in(40) ? random_.between(-1, plain_.total() + 2)
                                                                     : random_.between(1, plain_.total())));
    check_hold(wanted);
  }
  void hold_the_best() {
    hold_best wanted{.command = new_command(),
                     .body = random_.bits(),
                     .user = someone(),
                     .place = 77,
                     .count = static_cast<std::int32_t>(random_.between(1, 4)),
                     .tier = random_.one_in(3) ? "" : (random_.one_in(2) ? "R" : "S")};
    check_hold(wanted);
  }

  /// Remembered for certain: by what the machine promises, whatever it may still know beyond.
  bool remembered(const plain_seat_map::reservation& that) const {
    return has_seats(that.status) || that.ended_at + std::chrono::hours{24} > latest_;
  }
  const std::pair<const event_number, plain_seat_map::reservation>* some_reservation() {
    if (plain_.reservations.empty())
      return nullptr;
    if (!plain_.alive.empty() && !random_.one_in(4)) {
      auto picked = plain_.alive.begin();
      std::advance(picked, random_.between(0, static_cast<std::int64_t>(plain_.alive.size()) - 1));
      return &*plain_.reservations.find(*picked);
    }
    const auto picked = plain_.reservations.lower_bound(random_.between(1, map_.version()));
    return picked == plain_.reservations.end() || !remembered(picked->second) ? nullptr : &*picked;
  }

  void repeat_a_hold() {
    const auto* earlier = some_reservation();
    if (earlier == nullptr || !earlier->second.held.command)
      return;
    const auto& held = earlier->second.held;
    const std::uint64_t body = random_.one_in(4) ? held.body + 1 : held.body;
    const auto again = decide(hold_seats{
        .command = held.command, .body = body, .user = held.user, .place = held.place, .seats = held.seats});
    BOOST_REQUIRE(again.events.empty());
    if (body != held.body) {
      BOOST_REQUIRE(!again.accepted() && again.refusal_->reason == refusal::idempotency_key_reused);
      return;
    }
    const reservation_view first{.reservation = earlier->first,
                                 .user = held.user,
                                 .seats = held.seats,
                                 .amount = held.amount,
                                 .status = reservation_status::held,
                                 .until = held.until};
    BOOST_REQUIRE(again.accepted() && again.reply == first);
  }

  void give_back() {
    const auto* that = some_reservation();
    if (that == nullptr)
      return;
    const auto status = that->second.status;
    const user_id user = random_.one_in(10) ? that->second.held.user % users + 1 : that->second.held.user;
    const bool own = user == that->second.held.user;
    const auto decided = decide(release_hold{.user = user, .reservation = that->first});
    if (!own)
      BOOST_REQUIRE(decided.refusal_->reason == refusal::reservation_not_found);
    else if (status == reservation_status::held)
      BOOST_REQUIRE(decided.events.size() == 1);
    else if (status == reservation_status::expired || status == reservation_status::released)
      BOOST_REQUIRE(decided.accepted() && decided.events.empty());
    else
      BOOST_REQUIRE(decided.refusal_->reason == refusal::already_paid);
  }

  void pay_one() {
    const auto* that = some_reservation();
    if (that == nullptr)
      return;
    const auto status = that->second.status;
    const auto tried = that->second.payments;
    const bool again = !tried.empty() && random_.one_in(3);
    const command_id id = again ? plain_.payments.at(random_.pick(tried)).started.command : new_command();
    const auto decided =
        decide(pay{.command = id, .user = that->second.held.user, .reservation = that->first});
    if (again && id) {
      const auto& earlier = plain_.payments.at(plain_.payments_by_command.at(id));
      BOOST_REQUIRE(decided.events.empty());
      if (earlier.status == payment_status::failed)
        BOOST_REQUIRE(decided.refusal_->reason == refusal::insufficient_balance);
      else
        BOOST_REQUIRE(decided.accepted() && decided.reply.how == answer::made);
    } else if (status == reservation_status::held) {
      BOOST_REQUIRE(decided.events.size() == 1 && decided.later == map_.version());
    } else if (status == reservation_status::paying || status == reservation_status::confirmed) {
      BOOST_REQUIRE(decided.accepted() && decided.events.empty());
      BOOST_REQUIRE(decided.reply.payment == tried.back() && decided.reply.how == answer::found);
      const auto& last = plain_.payments.at(tried.back());
      const bool settled = last.status == payment_status::completed && last.place_owed == 0;
      BOOST_REQUIRE_EQUAL(decided.later.has_value(), !settled);
    } else {
      BOOST_REQUIRE(decided.refusal_->reason == refusal::hold_expired);
    }
  }

  void cancel_one() {
    const auto* that = some_reservation();
    if (that == nullptr || that->second.payments.empty())
      return;
    const auto number = random_.pick(that->second.payments);
    const auto before = plain_.payments.at(number);
    const auto decided =
        decide(cancel_payment{.command = new_command(), .user = that->second.held.user, .payment = number});
    if (before.status == payment_status::pending || before.status == payment_status::failed)
      BOOST_REQUIRE(decided.refusal_->reason == refusal::payment_not_completed);
    else if (before.cancellation == 0)
      BOOST_REQUIRE(decided.events.size() == 1 && decided.later == map_.version());
    else
      BOOST_REQUIRE(decided.accepted() && decided.events.empty() &&
                    decided.later.has_value() == (before.status == payment_status::completed));
  }

  // ---- the accounts and the queue

  template <class Command>
  auto ask(user_id user, const Command& command) {
    account& of = accounts_.at(user);
    const auto decided = std::as_const(of).decide(command, now_);
    for (const auto& event : decided.events) {
      of.apply(event);
      if (const auto* that = std::get_if<charged>(&event))
        charged_ += that->amount;
      if (const auto* that = std::get_if<debited>(&event)) {
        debited_ += that->amount;
        BOOST_REQUIRE_EQUAL(++ledger_[that->payment.number].debits, 1);
      }
      if (const auto* that = std::get_if<refunded>(&event)) {
        refunded_ += that->amount;
        BOOST_REQUIRE_EQUAL(++ledger_[that->payment.number].refunds, 1);
      }
    }
    BOOST_REQUIRE(decided.accepted());
    return decided.reply;
  }
  void charge_one() {
    ask(someone(), charge{.command = command(++commands_), .body = 0, .amount = random_.between(1, 600)});
  }

  /// Only what is durable may have consequences elsewhere. The answer travels as long as it likes.
  void send_an_effect() {
    std::vector<event_number> ready;
    for (const auto& [id, effect] : map_.effects())
      if (id <= static_cast<event_number>(durable_))
        ready.push_back(id);
    if (ready.empty())
      return;
    const effect& picked = map_.effects().at(random_.pick(ready));
    if (const auto* taken = std::get_if<debit>(&picked.command))
      in_flight_.push_back(answered<debit_answer>{picked.id, ask(picked.to.id, *taken)});
    else if (const auto* back = std::get_if<refund>(&picked.command))
      in_flight_.push_back(answered<refund_made>{picked.id, ask(picked.to.id, *back)});
    else
      in_flight_.push_back(answered<done>{picked.id, {}});
    if (const auto* report = std::get_if<report_option>(&picked.command);
        report != nullptr && report->number > queue_number_) {
      queue_number_ = report->number;
      queue_sold_out_ = report->sold_out;
    }
  }

  void deliver_an_answer() {
    if (in_flight_.empty())
      return;
    const auto picked =
        static_cast<std::size_t>(random_.between(0, static_cast<std::int64_t>(in_flight_.size()) - 1));
    const auto answer = in_flight_[picked];
    if (!random_.one_in(3)) // else it comes once more, some time
      in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(picked));
    std::visit([this](const auto& home) { BOOST_REQUIRE(decide(home).accepted()); }, answer);
    wind(); // a declined payment may leave a hold whose time is over
  }

  // ---- the disk and the crash

  void become_durable() {
    durable_ = static_cast<std::size_t>(
        random_.between(static_cast<std::int64_t>(durable_), static_cast<std::int64_t>(journal_.size())));
  }
  void keep_snapshot() {
    durable_ = journal_.size();
    kept_ = map_.snapshot();
  }

  void crash() {
    become_durable(); // what was written before the end came
    journal_.resize(durable_);
    waiting_.clear();
    plain_ = plain_seat_map(ledger_);
    seat_map replayed(the_option);
    for (const auto& event : journal_) {
      plain_.record(event);
      replayed.apply(event);
    }
    if (kept_) {
      auto restored = seat_map::restore(the_option, *kept_);
      for (auto i = static_cast<std::size_t>(kept_->version); i < journal_.size(); ++i)
        restored.apply(journal_[i]);
      BOOST_REQUIRE_MESSAGE(same(replayed, restored),
                            "a snapshot and the events after it lead to the same state");
      map_ = random_.one_in(2) ? std::move(replayed) : std::move(restored);
    } else {
      map_ = std::move(replayed);
    }
    if (durable_ == 0)
      decide(open_option{terms_});
    wind();
  }

  random_source& random_;
  option_terms terms_;
  instant now_ = the_beginning;
  instant latest_ = the_beginning;
  seat_map map_{the_option};
  std::vector<seat_map::event> journal_;
  std::size_t durable_ = 0;
  std::optional<seat_map::snapshot_type> kept_;
  plain_seat_map::ledger ledger_;
  plain_seat_map plain_{ledger_};
  std::map<user_id, account> accounts_;
  money charged_ = 0, debited_ = 0, refunded_ = 0;
  event_number queue_number_ = 0;
  bool queue_sold_out_ = false;
  std::vector<std::variant<answered<debit_answer>, answered<refund_made>, answered<done>>> in_flight_;
  std::vector<std::pair<event_number, command_id>> waiting_;
  std::uint64_t commands_ = 0;
  std::map<std::string_view, std::int64_t> seen_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(seat_map_property)

BOOST_AUTO_TEST_CASE(whatever_comes_no_seat_and_no_money_is_lost_or_doubled) {
  random_source random("whatever_comes_no_seat_and_no_money_is_lost_or_doubled");
  std::map<std::string_view, std::int64_t> seen;
  for (auto left = steps_or(100'000); left > 0;) {
    world sale(random);
    for (std::int64_t step = 0; step < steps_per_world && left > 0; ++step, --left) {
      sale.step();
      sale.check();
      if (random.one_in(500))
        sale.settle();
    }
    sale.settle();
    for (const auto& [name, times] : sale.seen())
      seen[name] += times;
  }
  std::int64_t all = 0;
  for (const auto& [name, times] : seen) {
    BOOST_TEST_MESSAGE(times << " " << name);
    all += times;
  }
  BOOST_TEST_MESSAGE(all << " events");
}

BOOST_AUTO_TEST_SUITE_END()
