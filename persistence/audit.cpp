#include "persistence/audit.hpp"

#include "persistence/audit_findings.hpp"
#include "persistence/audit_money.hpp"
#include "persistence/audit_queue.hpp"
#include "persistence/audit_seats.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/json_text.hpp"

#include <algorithm>
#include <cassert>

namespace frontrow::persistence {

struct audit::ledgers {
  explicit ledgers(audit_settings given) : settings(given) {}

  audit_settings settings;
  audit_findings findings;
  audit_payments payments;
  audit_seats seats{findings, payments};
  audit_accounts accounts{findings, payments};
  audit_queues queues{findings};
  std::unordered_map<entity_ref, version_number> versions;
  std::uint64_t events = 0;

  template <class Event, class Part>
  void decode_into(Part& part, const stored_event& row) {
    const auto event = decode_event<Event>(row.row.type, row.row.data);
    if (!event) {
      findings.found(audit_rule::events_readable, {row.entity, row.version},
                     "cannot be read: " + row.row.type);
      return;
    }
    part.add(audit_place{row.entity, row.version}, *event);
  }

  void match() {
    const auto totals = payments.match(findings, settings.uncertain_since);
    const auto paid = accounts.debits() - accounts.refunds();
    if (seats.sold_amount() != paid - totals.debits + totals.refunds)
      findings.found(audit_rule::sold_equals_money, "the price of the seats sold is not debits - refunds");
    auto figure = [this](audit_rule rule, std::string name, wide_number value) {
      findings.figure(rule, std::move(name), value);
    };
    figure(audit_rule::sold_equals_money, "seatsSold", seats.seats_sold());
    figure(audit_rule::sold_equals_money, "seatsSoldAmount", seats.sold_amount());
    figure(audit_rule::sold_equals_money, "debits", accounts.debits());
    figure(audit_rule::sold_equals_money, "refunds", accounts.refunds());
    figure(audit_rule::sold_equals_money, "pendingDebits", totals.debits);
    figure(audit_rule::sold_equals_money, "pendingRefunds", totals.refunds);
    figure(audit_rule::confirmed_paid_exactly, "confirmed", totals.confirmed);
    figure(audit_rule::confirmed_paid_exactly, "cancelled", totals.cancelled);
    figure(audit_rule::confirmed_paid_exactly, "pendingPayments", totals.payments);
    figure(audit_rule::confirmed_paid_exactly, "pendingCancellations", totals.cancellations);
    figure(audit_rule::confirmed_paid_exactly, "pendingPlaces", totals.places);
  }
};

audit::audit(audit_settings settings) : books_(std::make_unique<ledgers>(settings)) {}
audit::~audit() = default;
audit::audit(audit&&) noexcept = default;
audit& audit::operator=(audit&&) noexcept = default;

void audit::add(const stored_event& row) {
  auto& books = *books_;
  ++books.events;
  auto& version = books.versions[row.entity];
  if (row.version < 1 || row.version - 1 != version)
    books.findings.found(audit_rule::versions_consecutive, {row.entity, row.version},
                         "comes after version " + std::to_string(version));
  version = row.version;
  switch (row.entity.kind) {
  case entity_kind::seat_map:
    return books.decode_into<domain::seat_map::event>(books.seats, row);
  case entity_kind::account:
    return books.decode_into<domain::account::event>(books.accounts, row);
  case entity_kind::queue:
    return books.decode_into<domain::queue::event>(books.queues, row);
  }
  books.findings.found(audit_rule::events_readable, {row.entity, row.version}, "an unknown kind of entity");
}

audit_report audit::finish() {
  auto& books = *books_;
  books.seats.finish();
  books.accounts.finish();
  books.queues.finish();
  books.match();
  return {.events = books.events, .entities = books.versions.size(), .checks = books.findings.take()};
}

bool audit_report::clean() const {
  return std::all_of(checks.begin(), checks.end(), [](const audit_check& check) { return check.ok(); });
}

const audit_check& audit_report::check(std::string_view name) const {
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [&](const audit_check& check) { return check.name == name; });
  assert(found != checks.end());
  return *found;
}

namespace {

void append_wide(std::string& out, wide_number value) {
  std::string digits;
  const bool negative = value < 0;
  do {
    const auto digit = static_cast<int>(value % 10);
    digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    value /= 10;
  } while (value != 0);
  if (negative)
    digits += '-';
  out.append(digits.rbegin(), digits.rend());
}

void append_violation(std::string& out, const audit_violation& violation) {
  out += ",\"firstViolation\":{";
  if (violation.entity) {
    out += "\"kind\":";
    append_string(out, domain::name_of(violation.entity->kind));
    out += ",\"id\":";
    append_integer(out, violation.entity->id);
    out += ",\"version\":";
    append_integer(out, violation.version);
    out += ',';
  }
  out += "\"what\":";
  append_string(out, violation.what);
  out += '}';
}

} // namespace

std::string audit_report::json() const {
  std::string out = clean() ? "{\"clean\":true" : "{\"clean\":false";
  out += ",\"events\":";
  append_integer(out, events);
  out += ",\"entities\":";
  append_integer(out, entities);
  out += ",\"checks\":[";
  std::string_view separator;
  for (const auto& check : checks) {
    out += separator;
    separator = ",";
    out += "{\"name\":";
    append_string(out, check.name);
    out += check.ok() ? ",\"ok\":true,\"figures\":{" : ",\"ok\":false,\"figures\":{";
    std::string_view between;
    for (const auto& figure : check.figures) {
      out += between;
      between = ",";
      append_string(out, figure.name);
      out += ':';
      append_wide(out, figure.value);
    }
    out += "},\"violations\":";
    append_integer(out, check.violations);
    if (check.first)
      append_violation(out, *check.first);
    out += '}';
  }
  out += "]}";
  return out;
}

} // namespace frontrow::persistence
