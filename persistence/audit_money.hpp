#pragma once

#include "domain/account.hpp"
#include "persistence/audit_findings.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>

/// The audit's books of money: accounts, and both sides of every payment. Internal to it.
namespace frontrow::persistence {

/// A payment as its seat map tells it and as the account does.
struct audit_payment {
  enum class sale : std::uint8_t { none, pending, failed, completed, cancelling, cancelled };
  enum class fate : std::uint8_t { none, debited, declined, refunded };

  sale seat_side = sale::none;
  fate account_side = fate::none;
  bool place_open = false; ///< sold, and the queue has not ended the place yet
  user_id user = 0;
  domain::event_number reservation = 0;
  domain::money amount = 0;
  user_id debited_user = 0;
  domain::event_number debited_reservation = 0;
  domain::money debited_amount = 0;
  instant last; ///< when either side last told anything
};

class audit_payments {
public:
  audit_payment& at(const domain::payment_ref& payment) { return payments_[payment]; }
  std::size_t size() const { return payments_.size(); }

  /// What is under way between the two sides, as sums and counts.
  struct pending_totals {
    std::uint64_t payments = 0, cancellations = 0, places = 0;
    std::uint64_t confirmed = 0, cancelled = 0;
    wide_number debits = 0, refunds = 0;
  };
  /// Holds the two sides of every payment against each other.
  pending_totals match(audit_findings& findings, std::optional<instant> uncertain_since) const;

private:
  struct hash {
    std::size_t operator()(const domain::payment_ref& payment) const {
      return std::hash<std::int64_t>{}(
          static_cast<std::int64_t>(static_cast<std::uint64_t>(payment.option) * 0x9E3779B97F4A7C15 +
                                    static_cast<std::uint64_t>(payment.number)));
    }
  };
  std::unordered_map<domain::payment_ref, audit_payment, hash> payments_;
};

class audit_accounts {
public:
  audit_accounts(audit_findings& findings, audit_payments& payments)
      : findings_(&findings), payments_(&payments) {}

  void add(const audit_place& place, const domain::account::event& event);
  void finish();

  wide_number debits() const { return debits_; }
  wide_number refunds() const { return refunds_; }

private:
  struct book {
    wide_number balance = 0;
    wide_number conserved = 0; ///< charges - debits + refunds
  };
  void apply(const audit_place& place, const domain::charged& event);
  void apply(const audit_place& place, const domain::debited& event);
  void apply(const audit_place& place, const domain::debit_refused& event);
  void apply(const audit_place& place, const domain::refunded& event);
  /// The account's money moves by `change` and the event says what is there afterwards.
  void move(const audit_place& place, wide_number change, domain::money balance_after);
  void must_be_positive(const audit_place& place, domain::money amount);

  audit_findings* findings_;
  audit_payments* payments_;
  std::unordered_map<user_id, book> accounts_;
  wide_number charges_ = 0, debits_ = 0, refunds_ = 0;
  std::uint64_t debit_count_ = 0, refund_count_ = 0, declined_count_ = 0;
};

} // namespace frontrow::persistence
