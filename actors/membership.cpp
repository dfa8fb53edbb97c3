#include "actors/membership.hpp"

#include <algorithm>
#include <future>

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

std::vector<cluster::owned_shard> as_owned(const std::vector<persistence::owned_shard>& rows) {
  std::vector<cluster::owned_shard> shards;
  for (const auto& each : rows)
    shards.push_back({each.shard, each.epoch});
  return shards;
}

std::vector<persistence::owned_shard> as_rows(const std::vector<cluster::owned_shard>& shards) {
  std::vector<persistence::owned_shard> rows;
  for (const auto& each : shards)
    rows.push_back({each.shard, each.epoch});
  return rows;
}

cluster::steady_time now() { return std::chrono::steady_clock::now(); }

} // namespace

membership::membership(persistence::cluster_table& table, node& shards, cluster::links& others,
                       membership_limits limits, membership_events events)
    : table_(table), shards_(shards), others_(others), limits_(limits), events_(std::move(events)),
      self_(table.number()), keeper_(self_, limits.keeper), leader_(limits.leader) {}

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
  in_haste_until_ = now() + limits_.renew;
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
  look_ = false;
  lock.unlock();
  for (const auto shard : ahead)
    keeper_.warmed(shard);
  for (const auto& shard : stopped)
    keeper_.stopped(shard);
  for (const auto& each : news)
    if (const auto* ready = std::get_if<cluster::prepared>(&each.what))
      keeper_.prepared(each.from, ready->shard);
  for (const auto& each : jobs)
    each();
}

// ---- the thread

void membership::run() {
  for (;;) {
    const auto next = step();
    std::unique_lock lock{mutex_};
    changed_.notify_all();
    if (stopping_ || next == pace::over)
      break;
    if (next == pace::again || look_)
      continue;
    const auto rest = next == pace::failing       ? limits_.try_again
                      : now() < in_haste_until_ ? limits_.look_again
                                                : limits_.renew;
    changed_.wait_for(lock, rest, [this] { return look_ || stopping_; });
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

membership::pace membership::step() {
  take_news();
  const auto asked_at = now();
  const auto told = table_.renew();
  if (!told) {
    failed(told.error());
    return told.error().reason == persistence::ownership_failure::lost ? pace::over : pace::failing;
  }
  take_in(*told, asked_at);
  const auto seen = view();
  bool changed = carry_out(keeper_.look(*seen, now()));
  if (seen->leader == self_ || seen->find(seen->leader) == nullptr || seen->find(seen->leader)->lease_left.count() < 0 ||
      seen->find(seen->leader)->lock == cluster::alive_lock::free)
    changed = lead(*seen) || changed;
  {
    std::lock_guard lock{mutex_};
    owned_ = keeper_.owned().size();
  }
  if (!changed)
    return pace::rest;
  others_.tell_all(cluster::look{});
  return pace::again;
}

void membership::failed(const persistence::ownership_error& why) {
  was_away_ = true;
  if (why.reason == persistence::ownership_failure::lost) {
    shards_.trust_until(cluster::steady_time::min());
    set_lease(lease_state::lost, why.detail);
  } else {
    set_lease(lease_state::away, why.detail);
  }
}

void membership::take_in(const persistence::table_view& told, cluster::steady_time asked_at) {
  // A thread that slept through its lease (frozen, or no processor) has seen nothing die meanwhile.
  if (std::exchange(was_away_, false) || now() - asked_at >= limits_.lease)
    leader_.database_was_away(now());
  shards_.trust_until(asked_at + limits_.lease - limits_.lease_margin);
  set_lease(lease_state::held, {});
  auto seen = view_of(told);
  others_.members(seen->members);
  for (std::size_t shard = 0; shard < seen->shards.size(); ++shard) {
    const auto& entry = seen->shards[shard];
    if (entry.owner != self_ && seen->find(entry.owner) != nullptr)
      shards_.place(static_cast<cluster::shard_id>(shard), entry.epoch, entry.owner);
  }
  const auto catalog_changed = catalog_version_ != seen->catalog_version;
  catalog_version_ = seen->catalog_version;
  {
    std::lock_guard lock{mutex_};
    view_ = std::move(seen);
    ++looks_;
  }
  if (catalog_changed)
    events_.catalog(*catalog_version_);
}

/// Whether the tables were changed.
bool membership::carry_out(const cluster::keeper_orders& orders) {
  bool changed = false;
  for (const auto shard : orders.cool)
    shards_.drop(shard);
  for (const auto& shard : orders.drop) {
    spdlog::warn("shard {} belongs to another node since epoch {}", shard.shard, shard.epoch);
    shards_.drop(shard.shard);
  }
  for (const auto& shard : orders.stop)
    shards_.stop_serving(shard);
  if (!orders.release.empty()) {
    for (const auto& shard : orders.release)
      shards_.drop(shard.shard);
    if (table_.release(as_rows(orders.release))) {
      keeper_.released(orders.release);
      changed = true;
    }
  }
  if (!orders.claim.empty()) {
    if (const auto got = table_.claim({orders.claim.begin(), orders.claim.end()})) {
      const auto ours = as_owned(*got);
      keeper_.claimed(ours);
      shards_.serve(ours);
      for (const auto& each : ours)
        others_.tell_all(cluster::shard_at{each.shard, each.epoch});
      changed = changed || !ours.empty();
    } else {
      spdlog::warn("shards could not be claimed: {}", got.error().detail);
    }
  }
  shards_.warm(orders.warm);
  for (const auto& [owner, shard] : orders.prepared)
    others_.tell(owner, cluster::prepared{shard});
  return changed;
}

/// Whether the tables were changed.
bool membership::lead(const cluster::cluster_view& view) {
  const auto leads = table_.lead();
  if (!leads || *leads != persistence::leadership::leads)
    return false;
  std::map<cluster::node_number, cluster::probe_result> probes;
  for (const auto& each : view.members)
    if (each.number != self_ && each.lock == cluster::alive_lock::free)
      probes[each.number] = cluster::probe(each.address, limits_.probe);
  const auto plan = leader_.plan(view, probes, now());
  bool changed = view.leader != self_;
  for (const auto number : plan.dead) {
    const auto* who = view.find(number);
    const auto evidence = who->lease_left.count() < 0 ? persistence::death_evidence::lapsed
                                                      : persistence::death_evidence::lock_lost;
    const auto verdict = table_.declare_dead(number, evidence);
    if (!verdict)
      return changed;
    spdlog::warn("{} (number {}) {}", who->name, number,
                 *verdict == persistence::death_verdict::dead
                     ? (evidence == persistence::death_evidence::lapsed ? "is declared dead: its lease lapsed"
                                                                        : "is declared dead: it is gone")
                     : "came back");
    changed = true;
    if (*verdict == persistence::death_verdict::came_back)
      return changed; // the plan counted on its death
  }
  if (!plan.wanted.empty())
    changed = static_cast<bool>(table_.want({plan.wanted.begin(), plan.wanted.end()})) || changed;
  return changed;
}

void membership::set_lease(lease_state state, const std::string& why) {
  {
    std::lock_guard lock{mutex_};
    if (lease_ == state)
      return;
    lease_ = state;
  }
  events_.lease(state, why);
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

bool membership::somebody_else_hosts(const cluster::cluster_view& view, cluster::node_number but) const {
  return std::any_of(view.members.begin(), view.members.end(), [&](const auto& each) {
    return each.number != but && each.hosting == cluster::shard_hosting::hosts &&
           each.wish == cluster::node_wish::stay && each.lease_left.count() >= 0;
  });
}

membership::drain_answer membership::drain(cluster::node_number node) {
  const auto seen = view();
  if (!seen)
    return drain_answer::unavailable;
  const auto* who = seen->find(node);
  if (who == nullptr)
    return drain_answer::no_such_node;
  if (who->hosting == cluster::shard_hosting::hosts && !somebody_else_hosts(*seen, node))
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
  while (now() < until && !stopping_ && lease_ == lease_state::held && owned_ > 0 && view_ &&
         somebody_else_hosts(*view_, self_))
    changed_.wait_for(lock, limits_.renew);
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
    changed_.wait_until(lock, std::min(until, now() + limits_.try_again));
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
