#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "cluster/keeper.hpp"
#include "cluster/leader.hpp"
#include "cluster/members.hpp"

namespace frontrow::cluster {

struct member_limits {
  /// Between two renewals of the lease, when nothing else makes the node look at the tables.
  std::chrono::milliseconds renew{500};
  /// After a renewal that failed.
  std::chrono::milliseconds try_again{100};
  /// Between two looks for one `renew` after a link was lost: a killed node's lock may be free a moment after its
  /// connections end. Not in config/: it costs a few statements a fault, and a longer one only delays the verdict.
  std::chrono::milliseconds look_again{30};
  std::chrono::milliseconds lease{3'000};
  /// Taken off the lease by its holder.
  std::chrono::milliseconds lease_margin{500};
  keeper_limits keeper;
  leader_limits leader;
};

/// Of this node's lease. `lost` is final: another node may own what was ours.
enum class lease_state : std::uint8_t { held, away, lost };

// ---- what a member asks, one thing after the other; beside it, what is answered if it is not `no_answer`

/// What a death is declared for; the tables check it again.
enum class death_evidence : std::uint8_t { lapsed, lock_lost };
/// `came_back`: the evidence does not hold (any more).
enum class death_verdict : std::uint8_t { dead, came_back };
enum class leadership : std::uint8_t { leads, follows };
using probe_results = std::map<node_number, probe_result>; // missing: unknown
struct request_done {};
enum class no_answer : std::uint8_t {
  away, ///< what was asked may have happened, or not
  lost, ///< this incarnation was declared dead; it did not happen
};

struct renew_lease {}; ///< what the tables say then: a cluster_view
struct release_shards { ///< request_done
  std::vector<owned_shard> shards;
};
struct claim_shards { ///< those that are ours now
  std::vector<shard_id> shards;
};
struct take_lead {}; ///< leadership
struct probe_nodes { ///< whether these addresses accept a connection: probe_results. No question to the tables.
  std::vector<node_number> nodes;
};
struct declare_dead { ///< death_verdict
  node_number node = 0;
  death_evidence seen{};
};
struct want_shards { ///< request_done
  std::vector<std::pair<shard_id, node_number>> wishes;
};

using member_request = std::variant<renew_lease, release_shards, claim_shards, take_lead, probe_nodes, declare_dead,
                                    want_shards>;
using member_answer = std::variant<no_answer, std::shared_ptr<const cluster_view>, request_done,
                                   std::vector<owned_shard>, leadership, probe_results, death_verdict>;

struct shard_place {
  shard_id shard = 0;
  epoch_number epoch = 0;
  node_number owner = 0;
  friend bool operator==(const shard_place&, const shard_place&) = default;
};

/// What a member does, in this order. Most steps have few of them.
struct member_actions {
  std::optional<steady_time> trust_until;          ///< how long this node answers for its shards
  std::shared_ptr<const cluster_view> seen;        ///< what the tables say now; null: nothing new
  std::vector<owned_shard> taken;                  ///< belong to other nodes: end them at once
  std::vector<shard_id> drop;                      ///< end at once
  std::vector<shard_place> places;                 ///< who serves the others
  std::vector<owned_shard> stop;                   ///< admit nothing more; say stopped()
  std::vector<shard_id> warm;                      ///< load ahead; say warmed()
  std::vector<std::pair<node_number, shard_id>> prepared; ///< tell that node
  std::vector<owned_shard> serve;                  ///< and tell all
  enum class news : std::uint8_t { none, look } tell_all = news::none; ///< the tables were changed
};

/// First the actions, then the request, whose answer makes the next step.
struct member_step {
  member_actions actions;
  std::optional<member_request> request;
  std::chrono::milliseconds rest{}; ///< without a request: until the next look, unless there are news before
};

/// Whether a node other than `but` may be given shards.
bool somebody_else_hosts(const cluster_view& view, node_number but);

/// A member's part in the cluster: it renews its lease, looks at the tables, and asks and does what keeper and leader
/// say. No I/O, no clock: whoever runs it puts its requests to the tables and carries out its actions
/// (docs/cluster.md). One thread at a time.
///
///   step = look(now);
///   while carry_out(step.actions), step.request:
///     step = answered(ask(*step.request), now)
class member_steps {
public:
  member_steps(node_number self, member_limits limits);

  // ---- news. Between two looks: the tables are read after them.
  void warmed(shard_id shard) { keeper_.warmed(shard); }
  void stopped(owned_shard shard) { keeper_.stopped(shard); }
  void prepared(node_number node, shard_id shard) { keeper_.prepared(node, shard); }
  /// To some peer, which may have died.
  void link_lost(steady_time now) { in_haste_until_ = now + limits_.renew; }

  /// Begins a look; the one before has come to its end. Not after the lease was lost.
  member_step look(steady_time now);
  /// To the request of the last step.
  member_step answered(const member_answer& answer, steady_time now);

  /// `held` before the first look, too.
  lease_state lease() const { return lease_; }
  /// Those being stopped included.
  std::size_t owned() const { return keeper_.owned().size(); }
  /// Of a node that drains: it owns nothing, or nobody can take what it owns.
  bool may_leave() const;

private:
  void heard(const renew_lease& asked, const member_answer& answer, steady_time now, member_actions& actions);
  void heard(const release_shards& asked, const member_answer& answer, steady_time now, member_actions& actions);
  void heard(const claim_shards& asked, const member_answer& answer, steady_time now, member_actions& actions);
  void heard(const take_lead& asked, const member_answer& answer, steady_time now, member_actions& actions);
  void heard(const probe_nodes& asked, const member_answer& answer, steady_time now, member_actions& actions);
  void heard(const declare_dead& asked, const member_answer& answer, steady_time now, member_actions& actions);
  void heard(const want_shards& asked, const member_answer& answer, steady_time now, member_actions& actions);
  void take_in(std::shared_ptr<const cluster_view> seen, steady_time now, member_actions& actions);
  void carry_out(keeper_orders orders, member_actions& actions);
  void lead(const probe_results& probes, steady_time now);
  member_step next(member_actions actions, steady_time now);

  const node_number self_;
  const member_limits limits_;
  keeper keeper_;
  leader leader_;
  lease_state lease_ = lease_state::held;
  bool was_away_ = true;
  steady_time in_haste_until_{};

  // ---- of the look under way
  steady_time asked_at_{};
  std::shared_ptr<const cluster_view> view_;
  std::deque<member_request> to_ask_; // the first one is under way
  bool changed_ = false;              // the tables, by this node
};

} // namespace frontrow::cluster
