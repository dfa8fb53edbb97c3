#include "tests/simulation/database.hpp"

#include "tests/simulation/watch.hpp"
#include "tests/simulation/world.hpp"

namespace frontrow::simulation {

database::database(world& around, std::int32_t shard_count)
    : world_(around), shards_(static_cast<std::size_t>(shard_count)) {}

std::int64_t database::now() const {
  return world_.database_time().time_since_epoch().count();
}

// ---- sessions

session_number database::open(cluster::node_number owner) {
  sessions_.emplace(++last_session_, owner);
  return last_session_;
}

void database::terminate(session_number session) {
  sessions_.erase(session);
  if (leader_lock_ == session)
    leader_lock_ = 0;
  for (auto& each : nodes_)
    if (each.lock == session)
      each.lock = 0;
}

void database::terminate_all_of(cluster::node_number owner) {
  std::vector<session_number> ended;
  for (const auto& [session, of] : sessions_)
    if (of == owner)
      ended.push_back(session);
  for (const auto session : ended)
    terminate(session);
}

void database::terminate_all() {
  while (!sessions_.empty())
    terminate(sessions_.begin()->first);
}

// ---- members

database::node_row* database::living(cluster::node_number number) {
  if (number < 1 || number > static_cast<cluster::node_number>(nodes_.size()))
    return nullptr;
  auto& row = nodes_[static_cast<std::size_t>(number - 1)];
  return row.left ? nullptr : &row;
}

bool database::is_member(cluster::node_number who) const {
  return const_cast<database*>(this)->living(who) != nullptr;
}

cluster::node_number database::join(const std::string& name, cluster::shard_hosting hosting) {
  node_row row;
  row.who.number = static_cast<cluster::node_number>(nodes_.size()) + 1;
  row.who.incarnation = name;
  row.who.name = name;
  row.who.hosting = hosting;
  row.who.started_at = now();
  row.heartbeat = now();
  nodes_.push_back(row);
  return row.who.number;
}

cluster::cluster_view database::look(cluster::node_number) const {
  cluster::cluster_view view;
  view.leader = leader_;
  view.shards = shards_;
  for (const auto& row : nodes_) {
    if (row.left)
      continue;
    view.members.push_back(row.who);
    auto& who = view.members.back();
    who.lock = row.lock != 0 ? cluster::alive_lock::held : cluster::alive_lock::free;
    who.lease_left = std::chrono::milliseconds{row.heartbeat - now()} + world_.settings().member.lease;
  }
  return view;
}

database::if_member<cluster::cluster_view> database::renew(session_number session, cluster::node_number self) {
  auto* row = living(self);
  if (row == nullptr)
    return std::nullopt;
  row->heartbeat = now();
  if (row->lock != session) {
    if (row->lock != 0)
      terminate(row->lock); // a ghost of this node's own
    row->lock = session;
  }
  return look(self);
}

database::if_member<cluster::leadership> database::lead(session_number session, cluster::node_number self) {
  if (living(self) == nullptr)
    return std::nullopt;
  if (leader_lock_ != 0 && leader_lock_ != session) {
    const auto holder = sessions_.at(leader_lock_);
    const auto* row = living(holder);
    const auto stale =
        row == nullptr || holder == self || row->heartbeat + world_.settings().member.lease.count() < now();
    if (!stale)
      return cluster::leadership::follows;
    terminate(leader_lock_);
  }
  leader_lock_ = session;
  leader_ = self;
  return cluster::leadership::leads;
}

database::if_member<cluster::death_verdict> database::declare_dead(cluster::node_number self,
                                                                   cluster::node_number who,
                                                                   cluster::death_evidence seen) {
  if (living(self) == nullptr)
    return std::nullopt;
  if (self == who)
    return cluster::death_verdict::came_back;
  auto* row = living(who);
  if (row == nullptr)
    return cluster::death_verdict::dead;
  const auto lapsed = row->heartbeat + world_.settings().member.lease.count() < now();
  const auto holds = seen == cluster::death_evidence::lapsed ? lapsed : row->lock == 0;
  world_.trace([&] {
    return "node " + std::to_string(self) + " says of node " + std::to_string(who) +
           (holds ? ": dead" : ": came back");
  });
  if (!holds)
    return cluster::death_verdict::came_back;
  bury(who);
  return cluster::death_verdict::dead;
}

void database::bury(cluster::node_number who) {
  if (auto* row = living(who)) {
    row->left = true;
    terminate_all_of(who);
  }
}

void database::drain(cluster::node_number who) {
  if (auto* row = living(who))
    row->who.wish = cluster::node_wish::drain;
}

void database::leave(cluster::node_number self) {
  for (auto& entry : shards_)
    if (entry.owner == self)
      entry.owner = 0;
  bury(self);
}

// ---- shards

database::if_member<cluster::request_done>
database::want(cluster::node_number self,
               const std::vector<std::pair<cluster::shard_id, cluster::node_number>>& wishes) {
  if (living(self) == nullptr)
    return std::nullopt;
  for (const auto& [shard, node] : wishes)
    shards_[static_cast<std::size_t>(shard)].wanted = node;
  return cluster::request_done{};
}

bool database::may_claim(cluster::node_number self, const cluster::shard_entry& entry) const {
  const auto asked = entry.wanted == self || (entry.wanted == 0 && entry.owner == self);
  return asked && (entry.owner == 0 || entry.owner == self || !is_member(entry.owner));
}

database::if_member<std::vector<cluster::owned_shard>>
database::claim(cluster::node_number self, const std::vector<cluster::shard_id>& shards) {
  if (living(self) == nullptr)
    return std::nullopt;
  std::vector<cluster::owned_shard> taken;
  for (const auto shard : shards) {
    auto& entry = shards_[static_cast<std::size_t>(shard)];
    if (!may_claim(self, entry))
      continue;
    const auto after_death = entry.owner != 0 && entry.owner != self;
    const auto kept = entry.epoch > 0 && (world_.has(flaw::claim_keeps_epoch) ||
                                          (world_.has(flaw::death_keeps_epoch) && after_death));
    entry.epoch += kept ? 0 : 1;
    entry.owner = self;
    entry.wanted = 0;
    taken.push_back({shard, entry.epoch});
    ++world_.counted().claims;
    world_.trace([&] {
      return "node " + std::to_string(self) + " owns shard " + std::to_string(shard) + " since epoch " +
             std::to_string(entry.epoch);
    });
  }
  return taken;
}

database::if_member<cluster::request_done>
database::release(cluster::node_number self, const std::vector<cluster::owned_shard>& shards) {
  if (living(self) == nullptr)
    return std::nullopt;
  for (const auto& [shard, epoch] : shards) {
    auto& entry = shards_[static_cast<std::size_t>(shard)];
    if (entry.owner == self && entry.epoch == epoch) {
      entry.owner = 0;
      world_.trace(
          [&, s = shard] { return "node " + std::to_string(self) + " released shard " + std::to_string(s); });
    }
  }
  return cluster::request_done{};
}

// ---- the journal

const database::history* database::find(domain::entity_ref entity) const {
  const auto found = journal_.find(entity);
  return found == journal_.end() ? nullptr : &found->second;
}

append_answer database::append(cluster::node_number writer, const batch& part) {
  append_answer answer;
  for (const auto& each : part) {
    const auto& of = *each.stream;
    if (shards_[static_cast<std::size_t>(of.address.shard)].epoch != of.epoch)
      answer.stale.push_back(of.address.shard);
  }
  if (!answer.stale.empty() && !world_.has(flaw::fence_left_out)) {
    answer.how = append_answer::end::fenced;
    return answer;
  }
  for (const auto& each : part) {
    const auto* known = find(each.stream->address.entity);
    if (known != nullptr && each.first <= static_cast<std::int64_t>(known->rows.size())) {
      world_.watching().collided(each.stream->address.entity, each.first, writer);
      answer.how = append_answer::end::rejected;
      return answer;
    }
  }
  for (const auto& each : part) {
    const auto& of = *each.stream;
    auto& known = journal_[of.address.entity];
    known.shard = of.address.shard;
    auto version = each.first;
    for (const auto& row : each.rows) {
      known.rows.push_back({of.address.entity, version++, of.epoch, row});
      world_.watching().written(known.rows.back(), of.address.shard, writer,
                                shards_[static_cast<std::size_t>(of.address.shard)].epoch,
                                static_cast<std::int64_t>(known.rows.size()));
    }
    if (each.wake == persistence::wake_up::at_start)
      awake_.insert(of.address);
  }
  return answer;
}

bool database::has_landed(const batch& part) const {
  const auto& first = part.front();
  const auto* known = find(first.stream->address.entity);
  const auto at = static_cast<std::size_t>(first.first - 1);
  return known != nullptr && at < known->rows.size() && known->rows[at].epoch == first.stream->epoch;
}

void database::store(const simulation::stream& by, const persistence::snapshot_row& snapshot) {
  if (shards_[static_cast<std::size_t>(by.address.shard)].epoch != by.epoch &&
      !world_.has(flaw::fence_left_out))
    return;
  auto& known = journal_[by.address.entity];
  known.shard = by.address.shard;
  if (!known.snapshot || known.snapshot->version < snapshot.version)
    known.snapshot = snapshot;
}

std::vector<persistence::entity_address>
database::to_wake(const std::vector<cluster::shard_id>& shards) const {
  std::vector<persistence::entity_address> found;
  for (const auto& each : awake_)
    for (const auto shard : shards)
      if (each.shard == shard)
        found.push_back(each);
  return found;
}

} // namespace frontrow::simulation
