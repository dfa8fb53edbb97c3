#pragma once

#include "domain/decision.hpp"
#include "domain/recent_commands.hpp"

#include <map>
#include <set>
#include <variant>
#include <vector>

namespace frontrow::domain {

/// A payment anywhere in the cluster: the option in which it was made and its number there.
struct payment_ref {
  option_id option = 0;
  event_number number = 0;
  auto operator<=>(const payment_ref&) const = default;
};

// ---- commands

/// Adds money. `body` is a fingerprint of the request: the same command with another body is refused.
struct charge {
  command_id command;
  std::uint64_t body = 0;
  money amount = 0;
};

/// Takes the price of a payment. A payment is recognised: its second debit gets the first answer.
struct debit {
  payment_ref payment;
  event_number reservation = 0;
  money amount = 0;
};

/// Gives a debit back, once. Refunding what was never debited is a broken rule of the caller:
/// `payment_not_found`.
struct refund {
  payment_ref payment;
  money amount = 0;
};

struct read_balance {};

// ---- events (their JSON is a public format: persistence/event_format.md)

/// A charge is numbered by the version of this event.
struct charged {
  instant at;
  command_id command;
  std::uint64_t body = 0;
  money amount = 0;
  money balance = 0;
};
struct debited {
  instant at;
  payment_ref payment;
  event_number reservation = 0;
  money amount = 0;
  money balance = 0;
};
/// Recorded, so that the same debit sent again is refused again, whatever was charged since.
struct debit_refused {
  instant at;
  payment_ref payment;
  money amount = 0;
  money balance = 0;
};
struct refunded {
  instant at;
  payment_ref payment;
  money amount = 0;
  money balance = 0;
};

// ---- replies

struct charge_made {
  event_number charge = 0;
  money amount = 0;
  money balance = 0;
  bool operator==(const charge_made&) const = default;
};
struct debit_made {
  payment_ref payment;
  money balance = 0;
  bool operator==(const debit_made&) const = default;
};
struct debit_declined {
  payment_ref payment;
  money balance = 0;
  bool operator==(const debit_declined&) const = default;
};
using debit_answer = std::variant<debit_made, debit_declined>;
struct refund_made {
  payment_ref payment;
  money balance = 0;
  bool operator==(const refund_made&) const = default;
};
struct balance_view {
  money balance = 0;
  bool operator==(const balance_view&) const = default;
};

/// How long a declined debit is recognised: long past any repeat of the effect that asked for it.
inline constexpr auto declined_remembered_for = std::chrono::hours{24 * 7};

/// One user's money. Never negative. The sum of all charges fits into `money`, so no refund can overflow.
class account {
public:
  using event = std::variant<charged, debited, debit_refused, refunded>;
  template <class Reply>
  using decided = decision<event, Reply>;

  /// Everything that a replay needs to go on; the rest is derived. Lists are in order of their events.
  struct snapshot_type {
    event_number version = 0;
    money balance = 0;
    money charged_total = 0;
    struct remembered_charge {
      command_id command;
      std::uint64_t body = 0;
      instant at;
      charge_made made;
      bool operator==(const remembered_charge&) const = default;
    };
    struct remembered_debit {
      payment_ref payment;
      instant at;
      money amount = 0;
      money balance = 0; // after the debit, or at the refusal
      enum class fate : std::uint8_t { debited = 1, declined = 2, refunded = 3 } state = fate::debited;
      money refund_balance = 0; // after the refund, if refunded
      bool operator==(const remembered_debit&) const = default;
    };
    std::vector<remembered_charge> charges; // of the last remembered_for
    std::vector<remembered_debit> debits;   // declined ones of the last week; the others for ever
    bool operator==(const snapshot_type&) const = default;
  };

  explicit account(user_id user) : user_(user) {}
  static account restore(user_id user, const snapshot_type& snapshot);
  snapshot_type snapshot() const;

  decided<charge_made> decide(const charge& command, instant now) const;
  decided<debit_answer> decide(const debit& command, instant now) const;
  decided<refund_made> decide(const refund& command, instant now) const;
  decided<balance_view> decide(const read_balance& command, instant now) const;
  void apply(const event& happened);

  user_id user() const { return user_; }
  event_number version() const { return version_; }
  money balance() const { return balance_; }
  /// An account waits for nothing: it may leave memory at any time.
  std::optional<instant> next_deadline() const { return std::nullopt; }
  /// Bytes in use by this account, for the operators' list and for passivation: an estimate.
  std::size_t memory_bytes() const;

private:
  void apply_one(const charged& fact);
  void apply_one(const debited& fact);
  void apply_one(const debit_refused& fact);
  void apply_one(const refunded& fact);
  void remember(event_number order, const snapshot_type::remembered_debit& answered);
  void forget(instant at);
  const snapshot_type::remembered_debit* find_debit(const payment_ref& payment) const;

  user_id user_ = 0;
  event_number version_ = 0;
  money balance_ = 0;
  money charged_total_ = 0;
  recent_commands<snapshot_type::remembered_charge> charges_;
  // Trees and no hash tables: most accounts remember a handful, and a million of them may be in memory.
  std::map<event_number, snapshot_type::remembered_debit> debits_; // in order of their events
  std::map<payment_ref, event_number> debit_of_;
  std::set<event_number> declined_; // those of debits_ that are forgotten one day
};

} // namespace frontrow::domain
