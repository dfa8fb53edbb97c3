#pragma once

#include "cluster/envelope.hpp"
#include "tests/simulation/process.hpp"
#include "tests/simulation/world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace frontrow::simulation {

/// A person with money: charges, queues, holds, pays, cancels, leaves; asks again with the same command id
/// whenever nobody knows what became of a request. Holds what it is told against the journal.
class client {
public:
  client(world& around, domain::user_id user);

  /// Opens the concerts; once all is open, `then` is called.
  void organise(std::function<void()> then);
  void shop();
  /// Reads everybody's balance everywhere, for as long as something may go wrong.
  void look_on();
  bool finished() const { return finished_; }
  /// What it waits for, if anything.
  std::string waits_for() const;
  /// The process that it asked is gone.
  void connection_lost(cluster::node_number node);
  void answered(std::uint64_t attempt, const caf::message& answer);

private:
  struct request {
    domain::entity_ref to;
    wish_number wish = 0;
    caf::message payload;
  };
  class waiting_answer;

  process open_all(std::function<void()> then);
  process visit();
  process read_all_balances();
  task<bool> one_round(int round);
  task<bool> be_let_in();
  task<bool> hold();
  task<bool> pay();
  task<bool> charge();
  task<bool> read_balance(domain::user_id whose);
  task<bool> leave();
  /// An answer that is one: a reply or a refusal.
  task<caf::message> ask(request what);
  void attempt();
  void gave_up(std::uint64_t attempt);
  auto sleep(sim_time how_long);
  template <class Reply>
  const Reply* reply_in(const request& asked, const caf::message& answer);
  template <class Command>
  request wish(domain::entity_kind kind, std::int64_t id, Command command);

  world& world_;
  domain::user_id user_;
  domain::concert_id concert_ = 1;
  cluster::node_number front_ = 0;
  bool finished_ = false;

  request under_way_;
  std::uint64_t attempt_ = 0;
  bool waits_ = false;
  sim_time asked_at_ = 0;
  caf::message answer_;
  std::coroutine_handle<> asker_;

  domain::place_view place_;
  bool told_active_ = false;
  domain::reservation_view held_;
  process life_;
};

} // namespace frontrow::simulation
