#pragma once

#include "persistence/journal_rows.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The conservation check, from the journal alone: whether the history could have been written by a system
/// that sells each seat once and loses no money. It keeps its own books and shares nothing with the machines
/// but the events' format, so a mistake in a rule cannot hide here too.
namespace frontrow::persistence {

/// Sums over all accounts do not fit into 64 bits.
__extension__ using wide_number = __int128;

struct audit_figure {
  std::string name; ///< camelCase, units last
  wide_number value = 0;
};

/// The first thing found against a check. No entity: it is about the sum of all.
struct audit_violation {
  std::optional<entity_ref> entity;
  version_number version = 0; ///< of the event; 0: about no single one
  std::string what;
};

struct audit_check {
  std::string name;
  std::vector<audit_figure> figures;
  std::uint64_t violations = 0;
  std::optional<audit_violation> first;
  bool ok() const { return violations == 0; }
};

/// The checks, always all of them, in this order:
///   events_readable          every row is an event of its kind
///   versions_consecutive     every entity's versions are 1, 2, 3 …
///   steps_in_order           reservations and payments take only steps that may follow each other, and all
///   events
///                            about one name the same user and amount (that of its seats' prices)
///   one_owner_per_seat       at every moment a seat is held or owned by one reservation at most
///   seats_per_user           nobody holds or owns more than the option's maxSeatsPerUser
///   confirmed_once           a reservation is sold by its own payment, once
///   nothing_ends_early       no hold lapses, no shopping time ends before its time; nothing lapsed is paid
///   balances_conserved       charges - debits + refunds = balance, after each event, and never negative
///   debited_once             no payment is debited twice or refunded other than once, after its debit, in
///   full confirmed_paid_exactly   every sale has one debit of its amount from its user, every cancellation
///   its refund,
///                            and there is no other debit (payments under way are counted as pending, no
///                            error)
///   sold_equals_money        price of the seats sold = debits - refunds, but for what is under way
///   admission_rate           in any interval admitted <= rate x time + burst; nobody while paused
///   admission_order          people are admitted in the order in which they joined
///   active_within_max        nobody is admitted past maxActive
///   one_place_per_user       a user waits or shops under one place at a time
struct audit_report {
  std::uint64_t events = 0;
  std::uint64_t entities = 0;
  std::vector<audit_check> checks;

  bool clean() const;
  const audit_check& check(std::string_view name) const;
  /// {"clean","events","entities","checks":[{"name","ok","figures":{..},"violations","firstViolation"?:
  /// {"kind"?,"id"?,"version"?,"what"}}]}
  std::string json() const;
};

struct audit_settings {
  /// Facts are matched between a seat map and an account. Within one database the scan sees one moment, so
  /// the cause of every fact is there. With several databases each was seen at its own moment: give the time
  /// before the first was opened (less a margin for the clocks), and what has no counterpart and happened
  /// since then is pending, no error.
  std::optional<instant> uncertain_since;
};

/// A streaming fold: rows of an entity ascending by version, entities and kinds in any order and mixture.
/// Memory grows with entities, seats, reservations alive and payments (about 150 bytes each), not with
/// events.
class audit {
public:
  explicit audit(audit_settings settings = {});
  ~audit();
  audit(audit&&) noexcept;
  audit& operator=(audit&&) noexcept;

  /// Any row may be given; it never throws but for memory.
  void add(const stored_event& row);
  /// Matches what was gathered. Once, at the end.
  audit_report finish();

private:
  struct ledgers;
  std::unique_ptr<ledgers> books_;
};

} // namespace frontrow::persistence
