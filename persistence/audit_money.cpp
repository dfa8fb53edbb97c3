#include "persistence/audit_money.hpp"

#include <algorithm>
#include <vector>

namespace frontrow::persistence {

namespace {

using sale = audit_payment::sale;
using fate = audit_payment::fate;

std::string name_of(const domain::payment_ref& payment) {
  return "payment " + std::to_string(payment.number) + " of option " + std::to_string(payment.option);
}

/// How the two sides of a payment stand to each other.
enum class standing : std::uint8_t {
  settled,      // both tell the same, or no money is concerned
  under_way,    // one side has yet to hear from the other
  contradicted, // no order of events explains it
};

standing standing_of(sale seat_side, fate account_side) {
  switch (seat_side) {
  case sale::none: // a debit without a payment; a refusal moves no money
    return account_side == fate::none || account_side == fate::declined ? standing::settled
                                                                        : standing::contradicted;
  case sale::pending:
    return account_side == fate::refunded ? standing::contradicted : standing::under_way;
  case sale::failed:
    return account_side == fate::none || account_side == fate::declined ? standing::settled
                                                                        : standing::contradicted;
  case sale::completed:
    return account_side == fate::debited ? standing::settled : standing::contradicted;
  case sale::cancelling:
    return account_side == fate::debited || account_side == fate::refunded ? standing::under_way
                                                                           : standing::contradicted;
  case sale::cancelled:
    return account_side == fate::refunded ? standing::settled : standing::contradicted;
  }
  return standing::contradicted;
}

/// One database may have been seen a little before the other: could this be the same story, told to a point?
bool explained_by_skew(const audit_payment& payment, const std::optional<instant>& uncertain_since) {
  return uncertain_since && payment.last >= *uncertain_since;
}

constexpr std::string_view sale_names[] = {"unknown",   "pending",         "failed",
                                           "completed", "being cancelled", "cancelled"};
constexpr std::string_view fate_names[] = {"not debited", "debited", "declined", "refunded"};

std::string contradiction(const domain::payment_ref& ref, const audit_payment& payment) {
  std::string text = name_of(ref) + " is ";
  text += sale_names[static_cast<std::size_t>(payment.seat_side)];
  text += " there, but ";
  text += fate_names[static_cast<std::size_t>(payment.account_side)];
  return text;
}

/// Both sides know the payment, but not as the same one.
bool told_differently(const audit_payment& payment) {
  return payment.seat_side != sale::none &&
         (payment.account_side == fate::debited || payment.account_side == fate::refunded) &&
         (payment.debited_amount != payment.amount || payment.debited_user != payment.user ||
          payment.debited_reservation != payment.reservation);
}

} // namespace

audit_payments::pending_totals audit_payments::match(audit_findings& findings,
                                                     std::optional<instant> uncertain_since) const {
  pending_totals totals;
  std::vector<domain::payment_ref> wrong; // reported in order, so that the first violation is always the same
  for (const auto& [ref, payment] : payments_) {
    const bool is_sold = payment.seat_side == sale::completed || payment.seat_side == sale::cancelling;
    const bool money_taken = payment.account_side == fate::debited;
    auto stands = standing_of(payment.seat_side, payment.account_side);
    if (stands == standing::contradicted && explained_by_skew(payment, uncertain_since))
      stands = standing::under_way;
    if (stands == standing::contradicted || told_differently(payment))
      wrong.push_back(ref);
    if (stands == standing::under_way) {
      const bool cancelling = payment.seat_side == sale::cancelling || payment.seat_side == sale::cancelled;
      ++(cancelling ? totals.cancellations : totals.payments);
      if (money_taken && !is_sold)
        totals.debits += payment.debited_amount; // taken, and the seats not sold yet
      if (!money_taken && is_sold)
        totals.refunds += payment.amount; // given back (or not seen), and the seats still sold
    }
    totals.places += payment.place_open ? 1 : 0;
    totals.confirmed += is_sold ? 1 : 0;
    totals.cancelled += payment.seat_side == sale::cancelled ? 1 : 0;
  }
  std::sort(wrong.begin(), wrong.end());
  for (const auto& ref : wrong) {
    const auto& payment = payments_.at(ref);
    const audit_place place{{entity_kind::seat_map, ref.option}, ref.number};
    if (told_differently(payment))
      findings.found(audit_rule::confirmed_paid_exactly, place,
                     name_of(ref) + " of " + std::to_string(payment.amount) + " by user " +
                         std::to_string(payment.user) + " was debited as " +
                         std::to_string(payment.debited_amount) + " from user " +
                         std::to_string(payment.debited_user));
    else
      findings.found(audit_rule::confirmed_paid_exactly, place, contradiction(ref, payment));
  }
  return totals;
}

void audit_accounts::add(const audit_place& place, const domain::account::event& event) {
  std::visit([&](const auto& happened) { apply(place, happened); }, event);
}

void audit_accounts::move(const audit_place& place, wide_number change, domain::money balance_after) {
  auto& of = accounts_[place.entity.id];
  of.conserved += change;
  if (of.balance + change != balance_after)
    findings_->found(audit_rule::balances_conserved, place,
                     "the balance after it is " + std::to_string(balance_after) +
                         ", not what was there and moved");
  else if (balance_after < 0)
    findings_->found(audit_rule::balances_conserved, place,
                     "the balance is " + std::to_string(balance_after));
  of.balance = balance_after;
}

void audit_accounts::must_be_positive(const audit_place& place, domain::money amount) {
  if (amount <= 0)
    findings_->found(audit_rule::balances_conserved, place, "the amount is " + std::to_string(amount));
}

void audit_accounts::apply(const audit_place& place, const domain::charged& event) {
  must_be_positive(place, event.amount);
  move(place, event.amount, event.balance);
  charges_ += event.amount;
}

void audit_accounts::apply(const audit_place& place, const domain::debited& event) {
  must_be_positive(place, event.amount);
  move(place, -wide_number{event.amount}, event.balance);
  debits_ += event.amount;
  ++debit_count_;
  auto& payment = payments_->at(event.payment);
  if (payment.account_side != fate::none)
    findings_->found(audit_rule::debited_once, place,
                     name_of(event.payment) + " was " +
                         std::string(fate_names[static_cast<std::size_t>(payment.account_side)]) +
                         " already");
  payment.account_side = fate::debited;
  payment.debited_user = place.entity.id;
  payment.debited_reservation = event.reservation;
  payment.debited_amount = event.amount;
  payment.last = std::max(payment.last, event.at);
}

void audit_accounts::apply(const audit_place& place, const domain::debit_refused& event) {
  move(place, 0, event.balance);
  ++declined_count_;
  auto& payment = payments_->at(event.payment);
  if (payment.account_side != fate::none)
    findings_->found(audit_rule::debited_once, place,
                     name_of(event.payment) + " was answered already, and is declined now");
  else
    payment.account_side = fate::declined;
  payment.last = std::max(payment.last, event.at);
}

void audit_accounts::apply(const audit_place& place, const domain::refunded& event) {
  must_be_positive(place, event.amount);
  move(place, event.amount, event.balance);
  refunds_ += event.amount;
  ++refund_count_;
  auto& payment = payments_->at(event.payment);
  if (payment.account_side != fate::debited)
    findings_->found(audit_rule::debited_once, place,
                     name_of(event.payment) + " is refunded, but it is " +
                         std::string(fate_names[static_cast<std::size_t>(payment.account_side)]));
  else if (payment.debited_amount != event.amount || payment.debited_user != place.entity.id)
    findings_->found(audit_rule::debited_once, place,
                     name_of(event.payment) + " is refunded " + std::to_string(event.amount) + " to user " +
                         std::to_string(place.entity.id) + ", debited were " +
                         std::to_string(payment.debited_amount) + " from user " +
                         std::to_string(payment.debited_user));
  payment.account_side = fate::refunded;
  payment.last = std::max(payment.last, event.at);
}

void audit_accounts::finish() {
  wide_number balances = 0;
  for (const auto& [user, of] : accounts_)
    balances += of.balance;
  if (charges_ - debits_ + refunds_ != balances)
    findings_->found(audit_rule::balances_conserved,
                     "charges - debits + refunds is not the sum of all balances");
  auto figure = [&](std::string name, wide_number value) {
    findings_->figure(audit_rule::balances_conserved, std::move(name), value);
  };
  figure("accounts", accounts_.size());
  figure("charges", charges_);
  figure("debits", debits_);
  figure("refunds", refunds_);
  figure("balances", balances);
  findings_->figure(audit_rule::debited_once, "debits", debit_count_);
  findings_->figure(audit_rule::debited_once, "refunds", refund_count_);
  findings_->figure(audit_rule::debited_once, "declined", declined_count_);
}

} // namespace frontrow::persistence
