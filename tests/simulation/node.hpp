#pragma once

#include "actors/effect_answer.hpp"
#include "actors/place_board.hpp"
#include "actors/shard_map.hpp"
#include "cluster/member_steps.hpp"
#include "cluster/router.hpp"
#include "persistence/journal_reader.hpp"
#include "tests/simulation/database.hpp"
#include "tests/simulation/process.hpp"
#include "tests/simulation/shard_host.hpp"
#include "tests/simulation/world.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace frontrow::simulation {

/// A connection of a node to the database; 0: to be opened by the next statement.
struct connection {
  session_number session = 0;
  session_number ghost = 0; ///< of the connection that was lost last
};

/// A process: around the same routers, shard map, member steps and shells as a real one, with the steps of
/// persistence/writer_lane in the same order.
class node final : public cluster::carrier {
public:
  node(world& around, cluster::node_number self);
  ~node() override;

  void start();
  cluster::node_number number() const { return self_; }
  world& around() { return world_; }
  bool believes_in(cluster::node_number peer) const;
  void leave_when_drained() { leaving_ = true; }
  bool is_leaving() const { return leaving_; }

  // ---- for clients and links
  /// As a front does it: places are looked up on this node's boards first, those who join go together.
  void ask(cluster::envelope letter, std::unique_ptr<cluster::pending_answer> waiting);
  void deliver(cluster::envelope letter);
  void answered(const cluster::return_address& to, const caf::message& what);
  void link_up();
  void link_down(cluster::node_number peer);

  // ---- for shards and entities
  domain::instant database_time() const { return world_.database_time() + clock_error_; }
  bool trusted() const;
  actors::place_boards& boards() { return boards_; }
  bool takes_writes(cluster::shard_id shard) const;
  void answer(const cluster::return_address& to, const caf::message& what);
  void ask_effect(domain::entity_ref from, domain::event_number effect, domain::entity_ref to,
                  caf::message command, const std::string& trace);
  void submit(const std::shared_ptr<stream>& by, std::int64_t first, std::vector<persistence::event_row> rows,
              persistence::wake_up wake);
  void store(const std::shared_ptr<stream>& by, persistence::snapshot_row snapshot);
  void load(domain::entity_ref entity, std::shared_ptr<persistence::history_consumer> consumer,
            std::int64_t after, persistence::snapshots use);
  void is_ahead(cluster::shard_id shard);
  void has_stopped(cluster::owned_shard shard);
  /// One actor to another: in order, soon.
  void post(channel& way, std::function<void()> what);
  void later(sim_time wait, std::function<void()> what);

  /// The lives of the shards that are served here.
  std::map<domain::entity_ref, living_state> states() const;
  const living_entity* serving(cluster::shard_id shard, domain::entity_ref entity) const;

private:
  friend class actors::effect_answer<node>;
  /// Those who are about to join one queue together.
  struct company {
    domain::join_together all;
    std::vector<std::unique_ptr<cluster::pending_answer>> waiting;
  };
  class company_waits;
  struct lane {
    connection to;
    std::deque<submission> queue;
    std::vector<std::shared_ptr<stream>> snapshots;
    std::coroutine_handle<> waiting;
    std::size_t failures = 0;
    sim_time statement_since = -1;
    process thread;
  };

  // ---- routing (node.cpp)
  cluster::sending carry(cluster::envelope& letter, cluster::node_number& to) override;
  std::size_t bytes_of(const cluster::envelope&) const override { return 300; }
  cluster::router& router_of(std::uint16_t number) { return *routers_.at(number - 1u); }
  void send(cluster::envelope letter, std::unique_ptr<cluster::pending_answer> waiting);
  void join_soon(cluster::envelope letter, std::unique_ptr<cluster::pending_answer> waiting);
  void plan_tick();
  void come_home(domain::entity_ref to, caf::message command, const std::string& trace);
  std::shared_ptr<shard_host>& handler_of(cluster::shard_id shard) {
    return handlers_[static_cast<std::size_t>(shard)];
  }
  void to_shard(std::shared_ptr<shard_host> shard, std::function<void(shard_host&)> what);
  void served(cluster::shard_id shard);
  void load_those_awake(std::vector<cluster::shard_id> shards);
  void warm(const std::vector<cluster::shard_id>& shards);
  void serve(const std::vector<cluster::owned_shard>& shards);
  void stop_serving(cluster::owned_shard shard);
  void drop(cluster::shard_id shard);
  void place(cluster::shard_id shard, cluster::epoch_number epoch, cluster::node_number owner);

  // ---- statements (node_database.cpp)
  /// `run` is carried out at the database, or not; `done` hears here whether its answer came.
  void send_statement(connection& by, std::function<void(database&, session_number)> run,
                      std::function<void(bool)> done);
  template <class Run>
  auto query(connection& by, Run run);
  process write(lane& mine);
  task<bool> write_part(lane& mine, batch part);
  task<bool> store_snapshots(lane& mine);
  void wake(lane& mine);
  void tell_failed(const std::shared_ptr<stream>& which, persistence::append_failure why);

  // ---- membership (node_membership.cpp)
  process keep_membership();
  task<std::chrono::milliseconds> look();
  task<cluster::member_answer> ask(cluster::member_request what);
  cluster::probe_results probe(const cluster::probe_nodes& what) const;
  void take_news();
  void carry_out(const cluster::member_actions& actions);
  void take_in(const cluster::cluster_view& seen);
  void wake_membership();
  template <class News>
  void tell_all(News news);
  auto rest(sim_time how_long);

  world& world_;
  const cluster::node_number self_;
  domain::milliseconds clock_error_{};
  actors::shard_map map_;
  actors::place_boards boards_;
  std::map<domain::entity_ref, company> joining_; // by queue
  std::vector<std::shared_ptr<shard_host>> handlers_; // index: shard; none where nothing lives here
  cluster::held_back held_;
  std::vector<std::unique_ptr<cluster::router>> routers_; // for clients, for effects
  bool ticking_ = false;

  std::vector<std::unique_ptr<lane>> lanes_;
  connection table_;
  std::vector<std::unique_ptr<connection>> readers_;
  std::size_t next_reader_ = 0;

  cluster::member_steps steps_;
  bool link_lost_ = false;
  bool look_ = true;
  bool leaving_ = false;
  cluster::cluster_view view_;
  std::vector<cluster::shard_id> ahead_;
  std::vector<cluster::owned_shard> stopped_;
  std::vector<std::pair<cluster::node_number, cluster::shard_id>> prepared_;
  std::coroutine_handle<> resting_;
  std::uint64_t rests_ = 0;
  process membership_;
};

template <class Run>
auto node::query(connection& by, Run run) {
  using answer_type = std::invoke_result_t<Run&, database&, session_number>;
  struct exchange {
    Run run;
    std::optional<answer_type> got;
  };
  struct awaited {
    node& home;
    connection& by;
    std::shared_ptr<exchange> both;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> then) {
      home.send_statement(
          by, [both = both](database& at, session_number session) { both->got = both->run(at, session); },
          [both = both, then](bool came) {
            if (!came)
              both->got.reset();
            then.resume();
          });
    }
    std::optional<answer_type> await_resume() { return std::move(both->got); }
  };
  return awaited{*this, by, std::make_shared<exchange>(exchange{std::move(run), std::nullopt})};
}

} // namespace frontrow::simulation
