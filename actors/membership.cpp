#include "actors/membership.hpp"

#include <algorithm>
#include <future>

#include <pthread.h>
#include <spdlog/spdlog.h>

#include "cluster/placement.hpp"

namespace frontrow::actors {

namespace {

std::vector<std::string> split(const std::string& roles) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from < roles.size();) {
    const auto comma = std::min(roles.find(',', from), roles.size());
    if (comma > from)
      parts.push_back(roles.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

cluster::member member_of(const persistence::member_row& row) {
  cluster::member who;
  who.number = row.number;
  who.incarnation = row.incarnation;
  who.name = row.name.empty() ? "node-" + std::to_string(row.number) : row.name;
  who.address = row.address;
  who.roles = split(row.roles);
  const auto hosts = std::find(who.roles.begin(), who.roles.end(), "shards") != who.roles.end();
  who.hosting = hosts ? cluster::shard_hosting::hosts : cluster::shard_hosting::none;
  who.weight = row.weight;
  who.wish = row.wish == persistence::drain_wish::drain ? cluster::node_wish::drain : cluster::node_wish::stay;
  who.lock = row.lock == persistence::lock_state::held ? cluster::alive_lock::held : cluster::alive_lock::free;
  who.lease_left = row.lease_left;
  who.started_at = row.started_at;
  return who;
}

std::shared_ptr<const cluster::cluster_view> view_of(const persistence::table_view& rows) {
  auto view = std::make_shared<cluster::cluster_view>();
  view->leader = rows.leader;
  view->catalog_version = rows.catalog_version;
  for (const auto& each : rows.members)
    view->members.push_back(member_of(each));
  for (const auto& each : rows.shards)
    view->shards.push_back({each.epoch, each.owner, each.wanted, each.moved_at, each.move_ms});
  return view;
}

std::vector<persistence::owned_shard> as_rows(const std::vector<cluster::owned_shard>& shards) {
  std::vector<persistence::owned_shard> rows;
  for (const auto& each : shards)
    rows.push_back({each.shard, each.epoch});
  return rows;
}

cluster::no_answer as_answer(const persistence::ownership_error& error) {
  return error.reason == persistence::ownership_failure::lost ? cluster::no_answer::lost : cluster::no_answer::away;
}

cluster::steady_time now() { return std::chrono::steady_clock::now(); }

} // namespace

membership::membership(persistence::cluster_table& table, node& shards, cluster::links& others,
                       membership_limits limits, membership_events events)
    : table_(table), shards_(shards), others_(others), limits_(limits), events_(std::move(events)),
      self_(table.number()), steps_(self_, limits.steps) {}

membership::~membership() { stop(); }

void membership::start() {
  thread_ = std::thread{[this] { run(); }};
}

void membership::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

// ---- news

shard_events membership::shard_events_of() {
  return {[this](cluster::shard_id shard) {
            std::lock_guard lock{mutex_};
            ahead_.push_back(shard);
            wake();
          },
          [this](cluster::owned_shard shard) {
            std::lock_guard lock{mutex_};
            stopped_.push_back(shard);
            wake();
          }};
}

void membership::told(cluster::node_number from, const cluster::news& what) {
  if (const auto* serves = std::get_if<cluster::shard_at>(&what)) {
    if (serves->shard >= 0 && serves->shard < shards_.shard_count())
      shards_.place(serves->shard, serves->epoch, from);
    return;
  }
  std::lock_guard lock{mutex_};
  if (const auto* shows = std::get_if<cluster::catalog_at>(&what)) {
    catalog_at_[from] = std::max(catalog_at_[from], shows->version);
    changed_.notify_all();
    return;
  }
  if (std::holds_alternative<cluster::prepared>(what))
    news_.push_back({from, what});
  wake();
}

void membership::link_up() {
  std::lock_guard lock{mutex_};
  wake();
}

void membership::link_lost() {
  std::lock_guard lock{mutex_};
  link_lost_ = true;
  wake();
}

/// With the mutex held.
void membership::wake() {
  look_ = true;
  changed_.notify_all();
}

void membership::take_news() {
  std::unique_lock lock{mutex_};
  auto ahead = std::exchange(ahead_, {});
  auto stopped = std::exchange(stopped_, {});
  auto news = std::exchange(news_, {});
  auto jobs = std::exchange(jobs_, {});
  const auto link_lost = std::exchange(link_lost_, false);
  look_ = false;
  lock.unlock();
  if (link_lost)
    steps_.link_lost(now());
  for (const auto shard : ahead)
    steps_.warmed(shard);
  for (const auto& shard : stopped)
    steps_.stopped(shard);
  for (const auto& each : news)
    if (const auto* ready = std::get_if<cluster::prepared>(&each.what))
      steps_.prepared(each.from, ready->shard);
  for (const auto& each : jobs)
    each();
}

// ---- the thread

void membership::run() {
  ::pthread_setname_np(::pthread_self(), "membership");
  for (;;) {
    take_news();
    look();
    std::unique_lock lock{mutex_};
    changed_.notify_all();
    if (stopping_ || lease_ == lease_state::lost)
      break;
    changed_.wait_for(lock, rest_, [this] { return look_ || stopping_; });
    if (stopping_)
      break;
  }
  std::unique_lock lock{mutex_};
  stopping_ = true;
  auto jobs = std::exchange(jobs_, {});
  lock.unlock();
  jobs.clear(); // their promises are broken: whoever waits is told
  changed_.notify_all();
}

void membership::look() {
  auto step = steps_.look(now());
  for (;;) {
    carry_out(step.actions);
    if (!step.request)
      break;
    const auto answer = std::visit([this](const auto& what) { return ask(what); }, *step.request);
    step = steps_.answered(answer, now());
  }
  rest_ = step.rest;
  std::lock_guard lock{mutex_};
  may_leave_ = steps_.may_leave();
}

void membership::carry_out(const cluster::member_actions& actions) {
  if (actions.trust_until)
    shards_.trust_until(*actions.trust_until);
  report_lease();
  if (actions.seen)
    take_in(actions.seen);
  for (const auto& each : actions.taken) {
    spdlog::warn("shard {} belongs to another node since epoch {}", each.shard, each.epoch);
    shards_.drop(each.shard);
  }
  for (const auto shard : actions.drop)
    shards_.drop(shard);
  for (const auto& each : actions.places)
    shards_.place(each.shard, each.epoch, each.owner);
  for (const auto& each : actions.stop)
    shards_.stop_serving(each);
  shards_.warm(actions.warm);
  for (const auto& [owner, shard] : actions.prepared)
    others_.tell(owner, cluster::prepared{shard});
  shards_.serve(actions.serve);
  for (const auto& each : actions.serve)
    others_.tell_all(cluster::shard_at{each.shard, each.epoch});
  if (actions.tell_all == cluster::member_actions::news::look)
    others_.tell_all(cluster::look{});
}

void membership::take_in(const std::shared_ptr<const cluster::cluster_view>& seen) {
  others_.members(seen->members);
  {
    std::lock_guard lock{mutex_};
    view_ = seen;
    ++looks_;
  }
  if (std::exchange(catalog_version_, seen->catalog_version) != seen->catalog_version)
    events_.catalog(seen->catalog_version);
}

void membership::report_lease() {
  const auto state = steps_.lease();
  {
    std::lock_guard lock{mutex_};
    if (lease_ == state)
      return;
    lease_ = state;
  }
  events_.lease(state, state == lease_state::held ? std::string{} : why_away_);
}

// ---- what the steps ask

cluster::member_answer membership::ask(const cluster::renew_lease&) {
  const auto told = table_.renew();
  if (told)
    return view_of(*told);
  why_away_ = told.error().detail;
  return as_answer(told.error());
}

cluster::member_answer membership::ask(const cluster::release_shards& what) {
  const auto released = table_.release(as_rows(what.shards));
  if (!released)
    return as_answer(released.error());
  return cluster::request_done{};
}

cluster::member_answer membership::ask(const cluster::claim_shards& what) {
  const auto got = table_.claim(what.shards);
  if (!got) {
    spdlog::warn("shards could not be claimed: {}", got.error().detail);
    return as_answer(got.error());
  }
  std::vector<cluster::owned_shard> ours;
  for (const auto& each : *got)
    ours.push_back({each.shard, each.epoch});
  return ours;
}

cluster::member_answer membership::ask(const cluster::take_lead&) {
  const auto got = table_.lead();
  if (!got)
    return as_answer(got.error());
  return *got == persistence::leadership::leads ? cluster::leadership::leads : cluster::leadership::follows;
}

cluster::member_answer membership::ask(const cluster::probe_nodes& what) {
  const auto seen = view();
  cluster::probe_results results;
  for (const auto number : what.nodes)
    if (const auto* who = seen->find(number))
      results[number] = cluster::probe(who->address, limits_.probe);
  return results;
}

cluster::member_answer membership::ask(const cluster::declare_dead& what) {
  const auto lapsed = what.seen == cluster::death_evidence::lapsed;
  const auto verdict = table_.declare_dead(what.node, lapsed ? persistence::death_evidence::lapsed
                                                             : persistence::death_evidence::lock_lost);
  if (!verdict)
    return as_answer(verdict.error());
  const auto dead = *verdict == persistence::death_verdict::dead;
  const auto seen = view();
  const auto* who = seen->find(what.node);
  spdlog::warn("{} (number {}) {}", who == nullptr ? "a node" : who->name, what.node,
               !dead    ? "came back"
               : lapsed ? "is declared dead: its lease lapsed"
                        : "is declared dead: it is gone");
  return dead ? cluster::death_verdict::dead : cluster::death_verdict::came_back;
}

cluster::member_answer membership::ask(const cluster::want_shards& what) {
  const auto written = table_.want(what.wishes);
  if (!written)
    return as_answer(written.error());
  return cluster::request_done{};
}

// ---- questions and wishes of other threads

std::shared_ptr<const cluster::cluster_view> membership::view() const {
  std::lock_guard lock{mutex_};
  return view_;
}

lease_state membership::lease() const {
  std::lock_guard lock{mutex_};
  return lease_;
}

bool membership::wait_until_placed(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [this] {
    return stopping_ || (view_ != nullptr && std::all_of(view_->shards.begin(), view_->shards.end(), [&](const auto& each) {
                           return each.owner != 0 && view_->find(each.owner) != nullptr;
                         }));
  }) && !stopping_;
}

membership::drain_answer membership::drain(cluster::node_number node) {
  const auto seen = view();
  if (!seen)
    return drain_answer::unavailable;
  const auto* who = seen->find(node);
  if (who == nullptr)
    return drain_answer::no_such_node;
  if (who->hosting == cluster::shard_hosting::hosts && !cluster::somebody_else_hosts(*seen, node))
    return drain_answer::no_other_node;
  auto promise = std::make_shared<std::promise<drain_answer>>();
  auto coming = promise->get_future();
  {
    std::lock_guard lock{mutex_};
    if (stopping_)
      return drain_answer::unavailable;
    jobs_.push_back([this, node, promise] {
      const auto done = table_.drain(node, persistence::drain_wish::drain);
      others_.tell_all(cluster::look{});
      promise->set_value(!done                                                   ? drain_answer::unavailable
                         : *done == persistence::drain_answer::no_such_node ? drain_answer::no_such_node
                                                                            : drain_answer::done);
    });
    wake();
  }
  promise.reset();
  try {
    return coming.get();
  } catch (const std::future_error&) { // the thread ended first
    return drain_answer::unavailable;
  }
}

void membership::leave_gracefully(std::chrono::milliseconds patience) {
  const auto until = now() + patience;
  if (lease() != lease_state::held || drain(self_) != drain_answer::done)
    return;
  spdlog::info("draining");
  std::unique_lock lock{mutex_};
  while (now() < until && !stopping_ && lease_ == lease_state::held && !may_leave_)
    changed_.wait_for(lock, limits_.steps.renew);
}

std::size_t membership::rebalance() {
  const auto seen = view();
  if (!seen)
    return 0;
  std::vector<cluster::shard_host> hosts;
  for (const auto& each : seen->members)
    if (each.hosting == cluster::shard_hosting::hosts && each.wish == cluster::node_wish::stay)
      hosts.push_back({each.number, each.weight});
  std::vector<cluster::node_number> present;
  for (const auto& each : seen->shards)
    present.push_back(each.wanted != 0 ? each.wanted : each.owner);
  const auto placed = cluster::place(std::move(hosts), present);
  std::size_t moves = 0;
  for (std::size_t shard = 0; shard < placed.size(); ++shard)
    moves += placed[shard] != 0 && placed[shard] != seen->shards[shard].owner;
  tell_all_to_look();
  return moves;
}

void membership::catalog_is_at(std::int64_t version) {
  {
    std::lock_guard lock{mutex_};
    catalog_at_[self_] = std::max(catalog_at_[self_], version);
    changed_.notify_all();
  }
  others_.tell_all(cluster::catalog_at{version});
}

void membership::spread_catalog(std::chrono::milliseconds patience) {
  const auto until = now() + patience;
  tell_all_to_look();
  std::unique_lock lock{mutex_};
  const auto begun_after_now = looks_ + 2; // one may be under way
  while (looks_ < begun_after_now && !stopping_ && now() < until) {
    look_ = true;
    changed_.notify_all();
    changed_.wait_until(lock, std::min(until, now() + limits_.steps.try_again));
  }
  if (!view_)
    return;
  const auto version = view_->catalog_version;
  const auto shown = [&] {
    return stopping_ || std::all_of(view_->members.begin(), view_->members.end(), [&](const auto& each) {
             const auto at = catalog_at_.find(each.number);
             const auto within_reach = each.number == self_ || others_.is_up(each.number);
             return !within_reach || (at != catalog_at_.end() && at->second >= version);
           });
  };
  changed_.wait_until(lock, until, shown);
}

void membership::tell_all_to_look() {
  others_.tell_all(cluster::look{});
  std::lock_guard lock{mutex_};
  wake();
}

} // namespace frontrow::actors
