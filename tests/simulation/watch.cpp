#include "tests/simulation/watch.hpp"

#include "persistence/event_codec.hpp"
#include "tests/simulation/database.hpp"
#include "tests/simulation/world.hpp"

namespace frontrow::simulation {

namespace {
std::string name(const domain::entity_ref& entity) {
  return std::string{domain::name_of(entity.kind)} + "/" + std::to_string(entity.id);
}
std::string text(std::int64_t number) {
  return std::to_string(number);
}
/// How late a hold may end while its shard has an owner.
constexpr domain::milliseconds lateness_max{1'000};
wish_number wish_of(const domain::command_id& command) {
  return command.low;
}
} // namespace

watch::watch(world& around) : world_(around) {}

void watch::violated(std::string_view invariant, std::string what) {
  if (failed())
    return;
  invariant_ = invariant;
  what_ = std::move(what);
  world_.trace([&] { return "VIOLATED " + invariant_ + ": " + what_; });
}

// ---- the journal, row by row

void watch::written(const persistence::stored_event& row, cluster::shard_id shard,
                    cluster::node_number writer, cluster::epoch_number epoch, std::int64_t rows) {
  ++world_.counted().rows;
  world_.trace([&] {
    return "row " + name(row.entity) + " " + text(row.version) + " " + row.row.type + " by node " +
           text(writer) + " at epoch " + text(row.epoch) + " " + row.row.data;
  });
  if (row.version != rows)
    violated("versions without gap",
             name(row.entity) + ": version " + text(row.version) + " is row " + text(rows));
  if (row.epoch != epoch)
    violated("fence", name(row.entity) + " " + text(row.version) + " was written at epoch " +
                          text(row.epoch) + ", the shard's is " + text(epoch));
  const auto [first, fresh] = writers_.emplace(std::pair{shard, row.epoch}, writer);
  if (!fresh && first->second != writer)
    violated("one writer an epoch", "shard " + text(shard) + " epoch " + text(row.epoch) + ": nodes " +
                                        text(first->second) + " and " + text(writer));
  switch (row.entity.kind) {
  case domain::entity_kind::seat_map:
    return keep_books<domain::seat_map>(row, seats_);
  case domain::entity_kind::account:
    return keep_books<domain::account>(row, accounts_);
  case domain::entity_kind::queue:
    return keep_books<domain::queue>(row, queues_);
  }
}

template <class Machine, class Books>
void watch::keep_books(const persistence::stored_event& row, Books& books) {
  const auto event = persistence::decode_event<typename Machine::event>(row.row.type, row.row.data);
  if (!event)
    return violated("events readable", row.row.type + " " + row.row.data);
  std::visit([&](const auto& fact) { note(event_ref{row.entity, row.version}, fact); }, *event);
  books.add({row.entity, row.version}, *event);
  for (const auto& check : findings_.take())
    if (!check.ok())
      violated(check.name, name(row.entity) + " " + text(row.version) + ": " + check.first->what);
}

void watch::collided(domain::entity_ref entity, std::int64_t version, cluster::node_number writer) {
  violated("fence before primary key",
           name(entity) + " " + text(version) + " was there when node " + text(writer) + " wrote it");
}

void watch::done(wish_number wish, const event_ref& by) {
  if (wish == 0)
    return;
  const auto [first, fresh] = done_.emplace(wish, by);
  if (!fresh)
    violated("done once", "wish " + text(static_cast<std::int64_t>(wish)) + " was done by " +
                              name(first->second.entity) + " " + text(first->second.version) + " and " +
                              text(by.version));
  if (refused_.contains(wish))
    violated("what was refused is not in the journal", "wish " + text(static_cast<std::int64_t>(wish)) +
                                                           " was refused and then done by " +
                                                           name(by.entity) + " " + text(by.version));
}

void watch::note(const event_ref& at, const domain::charged& event) {
  done(event.body, at);
  balances_[at.entity.id].emplace_back(world_.now(), event.balance);
}

void watch::note(const event_ref& at, const domain::debited& event) {
  balances_[at.entity.id].emplace_back(world_.now(), event.balance);
  if (!payments_.contains(event.payment))
    return violated("no debit without its payment", name(at.entity) + " " + text(at.version) + ": payment " +
                                                        text(event.payment.number) +
                                                        " is not in the journal");
  payments_[event.payment].debited = true;
}

void watch::note(const event_ref& at, const domain::refunded& event) {
  balances_[at.entity.id].emplace_back(world_.now(), event.balance);
}

void watch::note(const event_ref& at, const domain::seats_held& event) {
  done(event.body, at);
  holds_[at] = {event.until, false};
}

void watch::note(const event_ref& at, const domain::hold_released& event) {
  const auto hold = holds_.find({at.entity, event.reservation});
  if (hold == holds_.end())
    return;
  // Two nodes may be wrong about the clock, in opposite directions.
  const auto early = world_.database_time() + 2 * world_.settings().clock_error_max < hold->second.until;
  if (event.reason == domain::release_reason::lapsed && early)
    violated("no hold ends before its time", name(at.entity) + " " + text(event.reservation));
  holds_.erase(hold);
}

void watch::note(const event_ref& at, const domain::payment_started& event) {
  done(wish_of(event.command), at);
  payments_[{at.entity.id, at.version}].wish = wish_of(event.command);
  holds_[{at.entity, event.reservation}].paying = true;
}

void watch::note(const event_ref& at, const domain::payment_failed& event) {
  payments_[{at.entity.id, event.payment}].failed = true;
  holds_[{at.entity, event.reservation}].paying = false;
}

void watch::note(const event_ref& at, const domain::seats_sold& event) {
  auto& payment = payments_[{at.entity.id, event.payment}];
  payment.sold = true;
  if (!payment.debited)
    violated("every confirmed reservation has a debit", name(at.entity) + " payment " + text(event.payment));
  holds_.erase({at.entity, event.reservation});
}

void watch::note(const event_ref& at, const domain::cancellation_started& event) {
  done(wish_of(event.command), at);
}

void watch::note(const event_ref& at, const domain::seats_returned& event) {
  payments_[{at.entity.id, event.payment}].returned = true;
}

void watch::note(const event_ref& at, const domain::place_taken& event) {
  done(wish_of(event.command), at);
  places_[{at.entity.id, event.place}] = {};
}

void watch::note(const event_ref& at, const domain::places_taken& event) {
  auto place = event.first;
  for (const auto& each : event.takers) {
    done(wish_of(each.command), at);
    places_[{at.entity.id, place++}] = {};
  }
}

void watch::note(const event_ref& at, const domain::places_admitted& event) {
  auto& through = admitted_through_[at.entity.id];
  for (auto place = through + 1; place <= event.through; ++place)
    places_[{at.entity.id, place}].admitted = true;
  through = std::max(through, event.through);
}

// ---- what clients were told

void watch::fulfilled(wish_number wish, domain::entity_ref entity, std::int64_t version) {
  const auto found = done_.find(wish);
  if (found == done_.end() || found->second != event_ref{entity, version})
    violated("what was acknowledged is in the journal",
             "wish " + text(static_cast<std::int64_t>(wish)) + " by " + name(entity) + " " + text(version));
}

void watch::refused(wish_number wish, domain::refusal why) {
  if (why == domain::refusal::idempotency_key_reused)
    violated("a command is recognised",
             "wish " + text(static_cast<std::int64_t>(wish)) + " was taken for another");
  if (why == domain::refusal::insufficient_balance)
    return told_declined(wish);
  refused_.insert(wish);
  if (done_.contains(wish))
    violated("what was refused is not in the journal", "wish " + text(static_cast<std::int64_t>(wish)) +
                                                           " was done, and refused for " +
                                                           text(static_cast<std::int64_t>(why)));
}

void watch::told_paid(const domain::payment_ref& payment) {
  const auto found = payments_.find(payment);
  if (found == payments_.end() || !found->second.sold)
    violated("what was acknowledged is in the journal", "payment " + text(payment.number));
}

void watch::told_declined(wish_number wish) {
  const auto found = done_.find(wish);
  const auto declined =
      found == done_.end() || payments_[{found->second.entity.id, found->second.version}].failed;
  if (!declined)
    violated("what was acknowledged is in the journal", "a payment declined without a record");
}

void watch::told_cancelled(const domain::payment_ref& payment) {
  const auto found = payments_.find(payment);
  if (found == payments_.end() || !found->second.returned)
    violated("what was acknowledged is in the journal", "cancellation of " + text(payment.number));
}

void watch::told_released(domain::option_id option, std::int64_t reservation) {
  if (holds_.contains({{domain::entity_kind::seat_map, option}, reservation}))
    violated("what was acknowledged is in the journal", "release of " + text(reservation));
}

void watch::told_active(domain::concert_id concert, domain::place_number place) {
  const auto found = places_.find({concert, place});
  if (found == places_.end() || !found->second.admitted)
    violated("what was acknowledged is in the journal", "admission of place " + text(place));
}

void watch::told_balance(domain::user_id user, domain::money balance, sim_time asked_at) {
  const auto& known = balances_[user];
  if (known.empty() && balance == 0)
    return;
  bool true_once = known.empty() ? false : balance == 0 && known.front().first > asked_at;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto over_by = i + 1 < known.size() ? known[i + 1].first : world_.now() + 1;
    true_once = true_once || (known[i].second == balance && over_by > asked_at);
  }
  if (!true_once && world_.now() > old_reads_until_)
    violated("no stale read", "user " + text(user) + " was told a balance of " + text(balance));
}

void watch::sent(wish_number wish) {
  if (refused_.contains(wish))
    violated("what was refused is not sent again", "wish " + text(static_cast<std::int64_t>(wish)));
}

void watch::told_unavailable() {
  ++world_.counted().unavailable;
  if (world_.gentle())
    violated("a planned move is a pause, not an error",
             "a client was told unavailable though nothing failed");
}

void watch::deadlines_are_met() {
  const auto latest = world_.database_time() - lateness_max - 2 * world_.settings().clock_error_max;
  for (const auto& [at, hold] : holds_)
    if (!hold.paying && hold.until < latest)
      violated("a hold ends at its time", name(at.entity) + " " + text(at.version));
}

void watch::look_through_journal() {
  persistence::audit audit;
  for (const auto& [entity, history] : world_.tables().journal())
    for (const auto& row : history.rows)
      audit.add(row);
  const auto report = audit.finish();
  for (const auto& check : report.checks)
    if (!check.ok())
      violated(check.name, check.first->what);
  for (const auto& figure : report.check("confirmed_paid_exactly").figures)
    if (figure.name.starts_with("pending") && figure.value != 0)
      violated("everything owed gets settled",
               figure.name + " " + text(static_cast<std::int64_t>(figure.value)));
}

} // namespace frontrow::simulation
