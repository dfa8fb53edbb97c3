#pragma once

#include "persistence/audit.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

/// What the parts of the audit write into. Internal to it.
namespace frontrow::persistence {

enum class audit_rule : std::uint8_t {
  events_readable,
  versions_consecutive,
  steps_in_order,
  one_owner_per_seat,
  seats_per_user,
  confirmed_once,
  nothing_ends_early,
  balances_conserved,
  debited_once,
  confirmed_paid_exactly,
  sold_equals_money,
  admission_rate,
  admission_order,
  active_within_max,
  one_place_per_user,
};

inline constexpr std::array<std::string_view, 15> audit_rule_names{
    "events_readable", "versions_consecutive",   "steps_in_order",     "one_owner_per_seat",
    "seats_per_user",  "confirmed_once",         "nothing_ends_early", "balances_conserved",
    "debited_once",    "confirmed_paid_exactly", "sold_equals_money",  "admission_rate",
    "admission_order", "active_within_max",      "one_place_per_user"};

/// The event in hand.
struct audit_place {
  entity_ref entity;
  version_number version = 0;
};

class audit_findings {
public:
  audit_findings() {
    for (std::size_t i = 0; i < audit_rule_names.size(); ++i)
      checks_[i].name = audit_rule_names[i];
  }

  void found(audit_rule rule, const audit_place& place, std::string what) {
    add(rule, {.entity = place.entity, .version = place.version, .what = std::move(what)});
  }
  void found(audit_rule rule, std::string what) {
    add(rule, {.entity = std::nullopt, .version = 0, .what = std::move(what)});
  }
  void figure(audit_rule rule, std::string name, wide_number value) {
    checks_[static_cast<std::size_t>(rule)].figures.push_back({std::move(name), value});
  }
  std::vector<audit_check> take() { return {checks_.begin(), checks_.end()}; }

private:
  void add(audit_rule rule, audit_violation violation) {
    auto& check = checks_[static_cast<std::size_t>(rule)];
    if (check.violations++ == 0)
      check.first = std::move(violation);
  }

  std::array<audit_check, audit_rule_names.size()> checks_;
};

} // namespace frontrow::persistence
