#pragma once

#include "cluster/member_steps.hpp"
#include "cluster/router.hpp"
#include "domain/queue.hpp"
#include "domain/seat_map.hpp"
#include "tests/domain/random_source.hpp"
#include "tests/simulation/database.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/scheduler.hpp"
#include "tests/simulation/watch.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace frontrow::simulation {

class node;
class client;

/// The figures of one run; most are the seed's choice.
struct run_settings {
  std::int32_t shards = 8;
  int nodes = 3;
  int fronts = 0; ///< that host no shards
  int users = 10;
  int concerts = 1;
  cluster::member_limits member;
  std::chrono::milliseconds clock_error_max{20};
  std::chrono::milliseconds passivate_after{5'000};
  std::chrono::milliseconds effect_retry{1'000};
  std::int64_t snapshot_min_events = 10;
  std::int64_t mailbox_max = 20'000;
  cluster::router_limits requests;
  domain::option_terms terms;
  domain::queue_policy policy;
  sim_time faults_until = 30 * second;
};

/// One run: a database, nodes, links and clients under one scheduler, and what goes wrong by the seed's will.
class world {
public:
  explicit world(const run_plan& plan);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  run_result run();
  /// What there is to tell of a run that cannot go on.
  run_result broken_off(const std::string& invariant, const std::string& what);

  // ---- time and chance
  sim_time now() const { return scheduler_.now(); }
  cluster::steady_time steady() const { return cluster::steady_time{std::chrono::microseconds{now()}}; }
  domain::instant database_time() const;
  void plan(sim_time at, cluster::node_number owner, std::function<void()> what,
            happening::by cause = happening::by::message) {
    scheduler_.plan(at, owner, std::move(what), cause);
  }
  test::random_source& chance() { return chance_; }
  /// Whether this goes wrong now, once in `times` where the seed's profile has it.
  bool strikes(fault kind, std::int64_t times);
  bool has(flaw kind) const { return plan_.with == kind; }
  /// Nothing goes wrong in this run but that shards move.
  bool gentle() const { return gentle_; }
  const run_settings& settings() const { return settings_; }

  // ---- the parts
  database& tables() { return database_; }
  network& links() { return network_; }
  watch& watching() { return watch_; }
  figures& counted() { return figures_; }
  node* find(cluster::node_number number);
  std::vector<cluster::node_number> processes() const;
  bool is_frozen(cluster::node_number number) const;
  bool is_cut_off(cluster::node_number number) const;
  bool tables_know(cluster::node_number number) const { return database_.is_member(number); }
  bool database_is_away() const { return now() < database_away_until_; }
  /// A process ends: by a fault, or because it was told that it is dead.
  void end(cluster::node_number number);
  /// Any process, for a client to ask.
  cluster::node_number any_process();
  wish_number new_wish() { return ++wishes_; }
  bool calm() const { return now() >= settings_.faults_until; }

  template <class Text>
  void trace(Text text) {
    if (plan_.trace_lines > 0)
      write_trace(text());
  }

private:
  struct process_state {
    std::unique_ptr<node> runs;
    cluster::shard_hosting hosting = cluster::shard_hosting::hosts;
    bool frozen = false;
    sim_time cut_off_until = 0;
    std::deque<happening> backlog;
  };

  void choose_settings();
  void choose_faults();
  void start_node(cluster::shard_hosting hosting);
  void disturb();
  bool inject(fault kind);
  bool declare_dead_too_early(cluster::node_number victim);
  bool wish_for_a_shard(cluster::node_number victim);
  bool drain(cluster::node_number victim);
  void count(fault kind);
  bool budget_left() const { return faults_ < plan_.faults_max; }
  void freeze(cluster::node_number number, sim_time how_long);
  void thaw(cluster::node_number number);
  void heal();
  void carry_out(happening next);
  bool everything_settled(std::string& not_yet);
  template <class Machine>
  void check_history(domain::entity_ref entity, const database::history& history, std::string& not_yet);
  void compare_living();
  void write_trace(std::string line);
  run_result result() const;

  run_plan plan_;
  run_settings settings_;
  test::random_source chance_;
  test::random_source fault_chance_;
  scheduler scheduler_;
  figures figures_;
  watch watch_;
  database database_;
  network network_;
  std::map<cluster::node_number, process_state> processes_;
  std::vector<std::unique_ptr<client>> clients_;
  std::unique_ptr<client> onlooker_;
  std::vector<fault> enabled_;
  std::uint32_t faults_ = 0;
  int starting_ = 0; // processes that will be there soon
  bool gentle_ = false;
  sim_time disturb_every_ = second;
  sim_time database_away_until_ = 0;
  wish_number wishes_ = 0;
  std::deque<std::string> trace_;
};

} // namespace frontrow::simulation
