#include "tests/simulation/node.hpp"

namespace frontrow::simulation {

auto node::rest(sim_time how_long) {
  struct resting {
    node& home;
    sim_time how_long;
    bool await_ready() const { return home.look_; }
    void await_suspend(std::coroutine_handle<> then) {
      home.resting_ = then;
      home.later(how_long, [this_one = &home, number = ++home.rests_] {
        if (number == this_one->rests_)
          if (auto sleeper = std::exchange(this_one->resting_, {}))
            sleeper.resume();
      });
    }
    void await_resume() const noexcept {}
  };
  return resting{*this, how_long};
}

void node::wake_membership() {
  look_ = true;
  if (auto sleeper = std::exchange(resting_, {}))
    later(world_.chance().between(1, 500), [sleeper] { sleeper.resume(); });
}

process node::keep_membership() {
  for (;;) {
    auto working = step();
    const auto next = co_await working;
    if (next == pace::over) {
      world_.plan(world_.now(), self_, [this] { world_.end(self_); });
      co_return;
    }
    const auto waits = routers_.front()->under_way() + routers_.back()->under_way() > 0;
    if (leaving_ && next != pace::failing && owns_nothing() && !waits) {
      auto goodbye = query(table_, [self = self_](database& at, session_number) {
        at.leave(self);
        return true;
      });
      co_await goodbye;
      world_.plan(world_.now(), self_, [this] { world_.end(self_); });
      co_return;
    }
    if (next == pace::again || look_)
      continue;
    const auto wait = next == pace::failing ? world_.settings().try_again : world_.settings().renew;
    auto sleep = rest(wait.count() * millisecond);
    co_await sleep;
  }
}

void node::take_news() {
  look_ = false;
  for (const auto shard : std::exchange(ahead_, {}))
    keeper_.warmed(shard);
  for (const auto& shard : std::exchange(stopped_, {}))
    keeper_.stopped(shard);
  for (const auto& [from, shard] : std::exchange(prepared_, {}))
    keeper_.prepared(from, shard);
}

task<node::pace> node::step() {
  take_news();
  const auto asked_at = world_.steady();
  auto renew =
      query(table_, [self = self_](database& at, session_number session) { return at.renew(session, self); });
  const std::optional<std::optional<cluster::cluster_view>> told = co_await renew;
  if (!told) {
    was_away_ = true;
    co_return pace::failing;
  }
  if (!*told) {
    map_.trust_until(cluster::steady_time::min());
    co_return pace::over;
  }
  take_in(**told, asked_at);
  auto orders = carry_out(keeper_.look(view_, world_.steady()));
  bool changed = co_await orders;
  const auto* leads = view_.find(view_.leader);
  if (view_.leader == self_ || leads == nullptr || leads->lease_left.count() < 0 ||
      leads->lock == cluster::alive_lock::free) {
    auto leading = lead(view_);
    const bool led = co_await leading;
    changed = led || changed;
  }
  if (!changed)
    co_return pace::rest;
  tell_all_to_look();
  co_return pace::again;
}

void node::take_in(const cluster::cluster_view& seen, cluster::steady_time asked_at) {
  const auto& limits = world_.settings();
  if (std::exchange(was_away_, false) || world_.steady() - asked_at >= limits.lease)
    leader_.database_was_away(world_.steady());
  map_.trust_until(asked_at + limits.lease - limits.lease_margin);
  if (world_.strikes(fault::clock_error, 4))
    clock_error_ = domain::milliseconds{
        world_.chance().between(-limits.clock_error_max.count(), limits.clock_error_max.count())};
  view_ = seen;
  for (const auto peer : world_.processes())
    if (peer != self_ && view_.find(peer) == nullptr && world_.links().is_up(self_, peer) &&
        !world_.tables_know(peer))
      world_.links().drop(self_, peer);
  for (std::size_t shard = 0; shard < view_.shards.size(); ++shard) {
    const auto& entry = view_.shards[shard];
    if (entry.owner != self_ && view_.find(entry.owner) != nullptr)
      place(static_cast<cluster::shard_id>(shard), entry.epoch, entry.owner);
  }
}

task<bool> node::carry_out(cluster::keeper_orders orders) {
  bool changed = false;
  for (const auto shard : orders.cool)
    drop(shard);
  for (const auto& shard : orders.drop)
    drop(shard.shard);
  for (const auto& shard : orders.stop)
    stop_serving(shard);
  if (!orders.release.empty()) {
    for (const auto& shard : orders.release)
      drop(shard.shard);
    auto release = query(table_, [self = self_, all = orders.release](database& at, session_number) {
      return at.release(self, all);
    });
    const std::optional<database::fate> released = co_await release;
    if (released && *released == database::fate::done) {
      keeper_.released(orders.release);
      changed = true;
    }
  }
  if (!orders.claim.empty()) {
    auto claim = query(table_, [self = self_, all = orders.claim](database& at, session_number) {
      return at.claim(self, all);
    });
    const std::optional<std::optional<std::vector<cluster::owned_shard>>> got = co_await claim;
    if (got && *got) {
      const auto& ours = **got;
      keeper_.claimed(ours);
      serve(ours);
      for (const auto& each : ours)
        for (const auto peer : world_.processes())
          if (peer != self_)
            static_cast<void>(world_.links().send(self_, peer, [&around = world_, peer, from = self_, each] {
              around.find(peer)->told_shard_at(from, each);
            }));
      changed = changed || !ours.empty();
    }
  }
  warm(orders.warm);
  for (const auto& [owner, shard] : orders.prepared)
    static_cast<void>(
        world_.links().send(self_, owner, [&around = world_, to = owner, from = self_, s = shard] {
          auto& told = *around.find(to);
          told.prepared_.emplace_back(from, s);
          told.wake_membership();
        }));
  co_return changed;
}

void node::told_shard_at(cluster::node_number from, cluster::owned_shard shard) {
  place(shard.shard, shard.epoch, from);
}

void node::tell_all_to_look() {
  for (const auto peer : world_.processes())
    if (peer != self_)
      static_cast<void>(world_.links().send(
          self_, peer, [&around = world_, peer] { around.find(peer)->wake_membership(); }));
}

task<bool> node::lead(cluster::cluster_view view) {
  auto take =
      query(table_, [self = self_](database& at, session_number session) { return at.lead(session, self); });
  const std::optional<std::optional<bool>> leads = co_await take;
  if (!leads || !*leads || !**leads)
    co_return false;
  std::map<cluster::node_number, cluster::probe_result> probes;
  for (const auto& each : view.members)
    if (each.number != self_ && each.lock == cluster::alive_lock::free &&
        !world_.links().is_up(self_, each.number))
      probes[each.number] = world_.links().parted(self_, each.number) ? cluster::probe_result::unknown
                            : world_.find(each.number) != nullptr     ? cluster::probe_result::accepted
                                                                      : cluster::probe_result::refused;
  const auto plan = leader_.plan(view, probes, world_.steady());
  bool changed = view.leader != self_;
  for (const auto number : plan.dead) {
    const auto seen = view.find(number)->lease_left.count() < 0 ? database::evidence::lapsed
                                                                : database::evidence::lock_lost;
    auto declare = query(table_, [self = self_, number, seen](database& at, session_number) {
      return at.declare_dead(self, number, seen);
    });
    const std::optional<database::verdict> verdict = co_await declare;
    if (!verdict || *verdict == database::verdict::lost)
      co_return changed;
    world_.trace([&] {
      return "node " + std::to_string(self_) + " says of node " + std::to_string(number) +
             (*verdict == database::verdict::dead ? ": dead" : ": came back");
    });
    changed = true;
    if (*verdict == database::verdict::came_back)
      co_return changed;
  }
  if (!plan.wanted.empty()) {
    auto want = query(table_, [self = self_, all = plan.wanted](database& at, session_number) {
      return at.want(self, all);
    });
    const std::optional<database::fate> wanted = co_await want;
    changed = (wanted && *wanted == database::fate::done) || changed;
  }
  co_return changed;
}

} // namespace frontrow::simulation
