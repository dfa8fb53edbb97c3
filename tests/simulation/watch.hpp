#pragma once

#include "cluster/members.hpp"
#include "persistence/audit_money.hpp"
#include "persistence/audit_queue.hpp"
#include "persistence/audit_seats.hpp"
#include "tests/simulation/plan.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace frontrow::simulation {

class world;

/// What a client once wanted: every attempt at it bears the same number, in its command id and its body.
using wish_number = std::uint64_t;

/// DESIGN's "what must always hold", looked at whenever a row is written or a client is answered. The audit's
/// own books are kept along, row by row.
class watch {
public:
  explicit watch(world& around);

  void violated(std::string_view invariant, std::string what);
  bool failed() const { return !invariant_.empty(); }
  const std::string& invariant() const { return invariant_; }
  const std::string& what() const { return what_; }

  // ---- the database tells
  /// `epoch`: the shard's; `rows`: of the entity, this one counted.
  void written(const persistence::stored_event& row, cluster::shard_id shard, cluster::node_number writer,
               cluster::epoch_number epoch, std::int64_t rows);
  /// An append met a version that is there already: the fence should have kept it away.
  void collided(domain::entity_ref entity, std::int64_t version, cluster::node_number writer);

  // ---- clients tell
  /// The answer says that this wish was fulfilled by that event.
  void fulfilled(wish_number wish, domain::entity_ref entity, std::int64_t version);
  void refused(wish_number wish, domain::refusal why);
  void told_paid(const domain::payment_ref& payment);
  void told_declined(wish_number wish);
  void told_cancelled(const domain::payment_ref& payment);
  void told_released(domain::option_id option, std::int64_t reservation);
  void told_active(domain::concert_id concert, domain::place_number place);
  void told_balance(domain::user_id user, domain::money balance, sim_time asked_at);
  void told_unavailable();
  // ---- routers tell
  /// A request is sent to a shard, for the first time or again.
  void sent(wish_number wish);
  /// Reads of an owner that was declared dead too early may be old until its lease is over.
  void old_reads_until(sim_time until) { old_reads_until_ = std::max(old_reads_until_, until); }

  /// Nothing has kept the owners from their work for a while: every deadline was met.
  void deadlines_are_met();
  /// The journal as a whole, when all is settled.
  void look_through_journal();

private:
  struct payment_fact {
    wish_number wish = 0;
    bool failed = false;
    bool sold = false;
    bool returned = false;
    bool debited = false;
  };
  struct place_fact {
    bool admitted = false;
  };
  struct event_ref {
    domain::entity_ref entity;
    std::int64_t version = 0;
    auto operator<=>(const event_ref&) const = default;
  };

  template <class Machine, class Books>
  void keep_books(const persistence::stored_event& row, Books& books);
  template <class Event>
  void note(const event_ref&, const Event&) {}
  void note(const event_ref& at, const domain::charged& event);
  void note(const event_ref& at, const domain::debited& event);
  void note(const event_ref& at, const domain::refunded& event);
  void note(const event_ref& at, const domain::seats_held& event);
  void note(const event_ref& at, const domain::hold_released& event);
  void note(const event_ref& at, const domain::payment_started& event);
  void note(const event_ref& at, const domain::payment_failed& event);
  void note(const event_ref& at, const domain::seats_sold& event);
  void note(const event_ref& at, const domain::cancellation_started& event);
  void note(const event_ref& at, const domain::seats_returned& event);
  void note(const event_ref& at, const domain::place_taken& event);
  void note(const event_ref& at, const domain::places_taken& event);
  void note(const event_ref& at, const domain::places_admitted& event);
  void done(wish_number wish, const event_ref& by);

  world& world_;
  std::string invariant_;
  std::string what_;
  persistence::audit_findings findings_;
  persistence::audit_payments audit_payments_;
  persistence::audit_seats seats_{findings_, audit_payments_};
  persistence::audit_accounts accounts_{findings_, audit_payments_};
  persistence::audit_queues queues_{findings_};
  std::map<std::pair<cluster::shard_id, cluster::epoch_number>, cluster::node_number> writers_;
  std::map<wish_number, event_ref> done_;
  std::set<wish_number> refused_;
  struct hold_fact {
    domain::instant until;
    bool paying = false; // its clock stands
  };
  std::map<event_ref, hold_fact> holds_; // those not over
  std::map<domain::payment_ref, payment_fact> payments_;
  std::map<std::pair<domain::concert_id, domain::place_number>, place_fact> places_;
  std::map<domain::concert_id, domain::place_number> admitted_through_;
  std::map<domain::user_id, std::vector<std::pair<sim_time, domain::money>>> balances_;
  sim_time old_reads_until_ = 0;
};

} // namespace frontrow::simulation
