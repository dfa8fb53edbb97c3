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
    take_news();
    auto looking = look();
    const auto wait = co_await looking;
    if (steps_.lease() == cluster::lease_state::lost) {
      world_.plan(world_.now(), self_, [this] { world_.end(self_); });
      co_return;
    }
    const auto waits = routers_.front()->under_way() + routers_.back()->under_way() + joining_.size() > 0;
    if (leaving_ && steps_.lease() == cluster::lease_state::held && steps_.may_leave() && !waits) {
      auto goodbye = query(table_, [self = self_](database& at, session_number) {
        at.leave(self);
        return true;
      });
      co_await goodbye;
      world_.plan(world_.now(), self_, [this] { world_.end(self_); });
      co_return;
    }
    if (wait.count() == 0 || look_)
      continue;
    auto sleep = rest(wait.count() * millisecond);
    co_await sleep;
  }
}

void node::take_news() {
  look_ = false;
  if (std::exchange(link_lost_, false))
    steps_.link_lost(world_.steady());
  for (const auto shard : std::exchange(ahead_, {}))
    steps_.warmed(shard);
  for (const auto& shard : std::exchange(stopped_, {}))
    steps_.stopped(shard);
  for (const auto& [from, shard] : std::exchange(prepared_, {}))
    steps_.prepared(from, shard);
}

/// How long to rest after it.
task<std::chrono::milliseconds> node::look() {
  auto step = steps_.look(world_.steady());
  for (;;) {
    carry_out(step.actions);
    if (!step.request)
      co_return step.rest;
    auto asking = ask(*step.request);
    const auto answer = co_await asking;
    step = steps_.answered(answer, world_.steady());
  }
}

void node::carry_out(const cluster::member_actions& actions) {
  if (actions.trust_until)
    map_.trust_until(*actions.trust_until);
  if (actions.seen)
    take_in(*actions.seen);
  for (const auto& each : actions.taken)
    drop(each.shard);
  for (const auto shard : actions.drop)
    drop(shard);
  for (const auto& each : actions.places)
    place(each.shard, each.epoch, each.owner);
  for (const auto& each : actions.stop)
    stop_serving(each);
  warm(actions.warm);
  for (const auto& [owner, shard] : actions.prepared)
    static_cast<void>(
        world_.links().send(self_, owner, [&around = world_, to = owner, from = self_, s = shard] {
          auto& told = *around.find(to);
          told.prepared_.emplace_back(from, s);
          told.wake_membership();
        }));
  serve(actions.serve);
  for (const auto& each : actions.serve)
    tell_all([from = self_, each](node& told) { told.place(each.shard, each.epoch, from); });
  if (actions.tell_all == cluster::member_actions::news::look)
    tell_all([](node& told) { told.wake_membership(); });
}

void node::take_in(const cluster::cluster_view& seen) {
  const auto bound = world_.settings().clock_error_max.count();
  if (world_.strikes(fault::clock_error, 4))
    clock_error_ = domain::milliseconds{world_.chance().between(-bound, bound)};
  view_ = seen;
  for (const auto peer : world_.processes())
    if (peer != self_ && view_.find(peer) == nullptr && world_.links().is_up(self_, peer) &&
        !world_.tables_know(peer))
      world_.links().drop(self_, peer);
}

template <class News>
void node::tell_all(News news) {
  for (const auto peer : world_.processes())
    if (peer != self_)
      static_cast<void>(
          world_.links().send(self_, peer, [&around = world_, peer, news] { news(*around.find(peer)); }));
}

// ---- what the steps ask

namespace {

struct asked_at {
  database& tables;
  session_number session;
  cluster::node_number self;

  template <class Answer>
  static cluster::member_answer answer(const database::if_member<Answer>& got) {
    return got ? cluster::member_answer{*got} : cluster::no_answer::lost;
  }
  cluster::member_answer operator()(const cluster::renew_lease&) const {
    const auto told = tables.renew(session, self);
    return told ? cluster::member_answer{std::make_shared<const cluster::cluster_view>(*told)}
                : cluster::no_answer::lost;
  }
  cluster::member_answer operator()(const cluster::release_shards& what) const {
    return answer(tables.release(self, what.shards));
  }
  cluster::member_answer operator()(const cluster::claim_shards& what) const {
    return answer(tables.claim(self, what.shards));
  }
  cluster::member_answer operator()(const cluster::take_lead&) const { return answer(tables.lead(session, self)); }
  cluster::member_answer operator()(const cluster::probe_nodes&) const { return cluster::no_answer::away; }
  cluster::member_answer operator()(const cluster::declare_dead& what) const {
    return answer(tables.declare_dead(self, what.node, what.seen));
  }
  cluster::member_answer operator()(const cluster::want_shards& what) const {
    return answer(tables.want(self, what.wishes));
  }
};

} // namespace

task<cluster::member_answer> node::ask(cluster::member_request what) {
  if (const auto* nodes = std::get_if<cluster::probe_nodes>(&what))
    co_return probe(*nodes);
  auto question = query(table_, [self = self_, what](database& at, session_number session) {
    return std::visit(asked_at{at, session, self}, what);
  });
  const std::optional<cluster::member_answer> got = co_await question;
  if (!got)
    co_return cluster::no_answer::away;
  co_return *got;
}

cluster::probe_results node::probe(const cluster::probe_nodes& what) const {
  cluster::probe_results results;
  for (const auto number : what.nodes)
    results[number] = world_.links().parted(self_, number) ? cluster::probe_result::unknown
                      : world_.find(number) != nullptr     ? cluster::probe_result::accepted
                                                           : cluster::probe_result::refused;
  return results;
}

} // namespace frontrow::simulation
