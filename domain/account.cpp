#include "domain/account.hpp"

#include <cassert>
#include <limits>

namespace frontrow::domain {

namespace {

using remembered_debit = account::snapshot_type::remembered_debit;

template <class Reply, class Event>
account::decided<Reply> record(Event happened, Reply reply) {
  account::decided<Reply> result(std::move(reply));
  result.events.emplace_back(std::move(happened));
  return result;
}

instant time_of(const account::event& happened) {
  return std::visit([](const auto& fact) { return fact.at; }, happened);
}

} // namespace

// ---- deciding

account::decided<charge_made> account::decide(const charge& command, instant now) const {
  if (const auto* earlier = command.command ? charges_.find(command.command) : nullptr) {
    if (earlier->body != command.body)
      return refusal::idempotency_key_reused;
    return earlier->made;
  }
  if (command.amount <= 0)
    return refusal::invalid_request;
  if (command.amount > std::numeric_limits<money>::max() - charged_total_)
    return refusal::amount_too_large;
  const money balance = balance_ + command.amount;
  return record(charged{now, command.command, command.body, command.amount, balance},
                charge_made{version_ + 1, command.amount, balance});
}

account::decided<debit_answer> account::decide(const debit& command, instant now) const {
  if (command.amount <= 0)
    return refusal::invalid_request;
  if (const auto* earlier = find_debit(command.payment)) {
    if (earlier->amount != command.amount)
      return refusal::idempotency_key_reused;
    if (earlier->state == remembered_debit::fate::declined)
      return debit_answer{debit_declined{command.payment, earlier->balance}};
    return debit_answer{debit_made{command.payment, earlier->balance}};
  }
  if (command.amount > balance_)
    return record(debit_refused{now, command.payment, command.amount, balance_},
                  debit_answer{debit_declined{command.payment, balance_}});
  const money balance = balance_ - command.amount;
  return record(debited{now, command.payment, command.reservation, command.amount, balance},
                debit_answer{debit_made{command.payment, balance}});
}

account::decided<refund_made> account::decide(const refund& command, instant now) const {
  const auto* taken = find_debit(command.payment);
  if (!taken || taken->state == remembered_debit::fate::declined)
    return refusal::payment_not_found;
  if (taken->amount != command.amount)
    return refusal::invalid_request;
  if (taken->state == remembered_debit::fate::refunded)
    return refund_made{command.payment, taken->refund_balance};
  const money balance = balance_ + command.amount;
  return record(refunded{now, command.payment, command.amount, balance},
                refund_made{command.payment, balance});
}

account::decided<balance_view> account::decide(const read_balance&, instant) const {
  return balance_view{balance_};
}

// ---- applying

void account::apply(const event& happened) {
  ++version_;
  forget(time_of(happened));
  std::visit([this](const auto& fact) { apply_one(fact); }, happened);
  assert(balance_ >= 0 && balance_ <= charged_total_);
}

void account::apply_one(const charged& fact) {
  charged_total_ += fact.amount;
  balance_ += fact.amount;
  assert(fact.amount > 0 && balance_ == fact.balance);
  if (fact.command)
    charges_.add({fact.command, fact.body, fact.at, {version_, fact.amount, fact.balance}});
}

void account::apply_one(const debited& fact) {
  balance_ -= fact.amount;
  assert(fact.amount > 0 && balance_ == fact.balance);
  remember(version_, {fact.payment, fact.at, fact.amount, fact.balance, remembered_debit::fate::debited, 0});
}

void account::apply_one(const debit_refused& fact) {
  assert(fact.amount > balance_ && balance_ == fact.balance);
  remember(version_, {fact.payment, fact.at, fact.amount, fact.balance, remembered_debit::fate::declined, 0});
}

void account::apply_one(const refunded& fact) {
  const auto found = debit_of_.find(fact.payment);
  assert(found != debit_of_.end());
  auto& taken = debits_.at(found->second);
  assert(taken.state == remembered_debit::fate::debited && taken.amount == fact.amount);
  balance_ += fact.amount;
  assert(balance_ == fact.balance);
  taken.state = remembered_debit::fate::refunded;
  taken.refund_balance = fact.balance;
}

void account::remember(event_number order, const remembered_debit& answered) {
  const bool is_new = debit_of_.emplace(answered.payment, order).second;
  assert(is_new);
  static_cast<void>(is_new);
  debits_.emplace_hint(debits_.end(), order, answered);
  if (answered.state == remembered_debit::fate::declined)
    declined_.insert(declined_.end(), order);
}

/// By the time of the event at hand, never by a clock: a replay forgets the same.
void account::forget(instant at) {
  while (!charges_.empty() && charges_.front().at + remembered_for <= at)
    charges_.forget_front();
  while (!declined_.empty()) {
    const auto oldest = debits_.find(*declined_.begin());
    if (oldest->second.at + declined_remembered_for > at)
      break;
    debit_of_.erase(oldest->second.payment);
    debits_.erase(oldest);
    declined_.erase(declined_.begin());
  }
}

// ---- looking things up

const remembered_debit* account::find_debit(const payment_ref& payment) const {
  const auto found = debit_of_.find(payment);
  return found == debit_of_.end() ? nullptr : &debits_.at(found->second);
}

std::size_t account::memory_bytes() const {
  constexpr std::size_t node = 4 * sizeof(void*) + 2 * sizeof(void*); // a tree node's links, malloc's own
  return sizeof(account) + charges_.memory_bytes() +
         debits_.size() * (sizeof(*debits_.begin()) + sizeof(*debit_of_.begin()) + 2 * node) +
         declined_.size() * (sizeof(event_number) + node);
}

// ---- snapshots

account::snapshot_type account::snapshot() const {
  snapshot_type result{version_, balance_, charged_total_, {charges_.begin(), charges_.end()}, {}};
  result.debits.reserve(debits_.size());
  for (const auto& [order, answered] : debits_)
    result.debits.push_back(answered);
  return result;
}

account account::restore(user_id user, const snapshot_type& snapshot) {
  account result(user);
  result.version_ = snapshot.version;
  result.balance_ = snapshot.balance;
  result.charged_total_ = snapshot.charged_total;
  for (const auto& made : snapshot.charges)
    result.charges_.add(made);
  // The order is all that counts, and stays below the versions of events to come.
  assert(static_cast<event_number>(snapshot.debits.size()) <= snapshot.version);
  event_number order = 0;
  for (const auto& answered : snapshot.debits)
    result.remember(++order, answered);
  return result;
}

} // namespace frontrow::domain
