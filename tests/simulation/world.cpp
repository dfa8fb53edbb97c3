#include "tests/simulation/world.hpp"

#include "persistence/replay.hpp"
#include "tests/simulation/client.hpp"
#include "tests/simulation/node.hpp"

namespace frontrow::simulation {

namespace {
/// Some day, so that no stored time is near 1970.
constexpr domain::instant first_moment{domain::milliseconds{1'700'000'000'000}};
/// After the last fault: for all that is owed, queued and held to come to its end.
constexpr sim_time settle_patience = 150 * second;
constexpr sim_time look_every = 500 * millisecond;
/// After the last fault: until every shard surely has an owner and every entity that must be awake is.
constexpr sim_time recovery_max = 25 * second;
} // namespace

world::world(const run_plan& plan)
    : plan_(plan), chance_(plan.seed * 2 + 1), fault_chance_(plan.seed * 2 + 2), watch_(*this),
      database_(*this, run_settings{}.shards), network_(*this) {
  choose_settings();
  choose_faults();
}

world::~world() = default;

void world::choose_settings() {
  auto& s = settings_;
  const auto ms = [&](std::int64_t low, std::int64_t high) {
    return std::chrono::milliseconds{chance_.between(low, high)};
  };
  s.nodes = static_cast<int>(chance_.between(2, 4));
  s.fronts = chance_.one_in(3) ? 1 : 0;
  s.users = static_cast<int>(chance_.between(8, 20));
  s.concerts = static_cast<int>(chance_.between(1, 2));
  s.passivate_after = ms(1'000, 10'000);
  s.snapshot_min_events = chance_.between(1, 15);
  s.member.leader.lease = s.member.lease;
  s.member.leader.moves_max = static_cast<std::size_t>(chance_.between(1, 8));
  s.requests.ask_timeout = std::chrono::milliseconds{5'000};
  s.terms.sections = {{"stalls", "A", 100, static_cast<std::int32_t>(chance_.between(1, 2)),
                       static_cast<std::int32_t>(chance_.between(3, 5))}};
  s.terms.hold_seconds = static_cast<std::int32_t>(chance_.between(4, 12));
  s.terms.max_seats_per_user = static_cast<std::int32_t>(chance_.between(2, 4));
  s.terms.on_payment_failure =
      chance_.one_in(3) ? domain::payment_failure::release : domain::payment_failure::keep;
  s.policy.rate_per_second = static_cast<std::int32_t>(chance_.between(1, 4));
  s.policy.burst = static_cast<std::int32_t>(chance_.between(1, 3));
  s.policy.max_active = static_cast<std::int32_t>(chance_.between(2, 5));
  s.policy.active_seconds = static_cast<std::int32_t>(chance_.between(5, 12));
  s.policy.abandon_seconds = chance_.one_in(2) ? 0 : static_cast<std::int32_t>(chance_.between(5, 10));
  s.faults_until = chance_.between(15, 60) * second;
}

void world::choose_faults() {
  gentle_ = fault_chance_.one_in(6);
  if (gentle_) {
    enabled_ = {fault::move, fault::drain, fault::clock_error};
  } else {
    for (std::size_t kind = 0; kind < fault_kinds; ++kind)
      if (fault_chance_.one_in(2))
        enabled_.push_back(static_cast<fault>(kind));
  }
  if (!gentle_ && fault_chance_.one_in(3)) { // so little patience and room that they run out
    settings_.member.keeper.warm_patience = std::chrono::milliseconds{fault_chance_.between(1, 500)};
    settings_.member.keeper.stop_patience = std::chrono::milliseconds{fault_chance_.between(1, 50)};
    settings_.requests.held_time_max = std::chrono::milliseconds{fault_chance_.between(100, 4'000)};
    settings_.requests.held_max = static_cast<std::size_t>(fault_chance_.between(1, 10));
  }
  disturb_every_ = fault_chance_.between(150, 3'000) * millisecond;
}

// ---- time and processes

domain::instant world::database_time() const {
  return first_moment + domain::milliseconds{now() / millisecond};
}

node* world::find(cluster::node_number number) {
  const auto found = processes_.find(number);
  return found == processes_.end() ? nullptr : found->second.runs.get();
}

std::vector<cluster::node_number> world::processes() const {
  std::vector<cluster::node_number> all;
  for (const auto& [number, state] : processes_)
    all.push_back(number);
  return all;
}

bool world::is_frozen(cluster::node_number number) const {
  const auto found = processes_.find(number);
  return found != processes_.end() && found->second.frozen;
}

bool world::is_cut_off(cluster::node_number number) const {
  const auto found = processes_.find(number);
  return found != processes_.end() && now() < found->second.cut_off_until;
}

cluster::node_number world::any_process() {
  std::vector<cluster::node_number> open;
  for (const auto& [number, state] : processes_)
    if (!state.runs->is_leaving())
      open.push_back(number);
  return open.empty() ? 0 : chance_.pick(open);
}

void world::start_node(cluster::shard_hosting hosting) {
  --starting_;
  const auto number = database_.join("node", hosting);
  auto& state = processes_[number];
  state.hosting = hosting;
  state.runs = std::make_unique<node>(*this, number);
  trace([&] { return "node " + std::to_string(number) + " starts"; });
  state.runs->start();
  network_.joined(number);
}

void world::end(cluster::node_number number) {
  const auto found = processes_.find(number);
  if (found == processes_.end())
    return;
  trace([&] { return "node " + std::to_string(number) + " is gone"; });
  const auto process = std::move(found->second.runs);
  const auto hosting = found->second.hosting;
  processes_.erase(found);
  network_.left(number);
  for (auto& each : clients_)
    each->connection_lost(number);
  if (onlooker_)
    onlooker_->connection_lost(number);
  plan(now() + chance_.between(0, 20) * millisecond, 0,
       [this, number] { database_.terminate_all_of(number); });
  ++starting_;
  plan(now() + chance_.between(300, 4'000) * millisecond, 0, [this, hosting] { start_node(hosting); });
}

void world::carry_out(happening next) {
  ++figures_.steps;
  if (next.owner == 0)
    return next.what();
  const auto found = processes_.find(next.owner);
  if (found == processes_.end())
    return;
  if (found->second.frozen)
    found->second.backlog.push_back(std::move(next));
  else
    next.what();
}

// ---- faults

bool world::strikes(fault kind, std::int64_t times) {
  if (calm() || !budget_left() || std::find(enabled_.begin(), enabled_.end(), kind) == enabled_.end() ||
      !fault_chance_.one_in(times))
    return false;
  count(kind);
  return true;
}

void world::count(fault kind) {
  ++faults_;
  ++figures_.faults[static_cast<std::size_t>(kind)];
  trace([&] { return "FAULT " + std::string{name_of(kind)}; });
}

void world::disturb() {
  if (calm())
    return heal();
  if (budget_left() && !enabled_.empty())
    inject(fault_chance_.pick(enabled_));
  plan(now() + fault_chance_.between(1, 2 * disturb_every_), 0, [this] { disturb(); });
}

bool world::inject(fault kind) {
  std::vector<cluster::node_number> awake;
  for (const auto each : processes())
    if (!is_frozen(each))
      awake.push_back(each);
  if (awake.empty())
    return false;
  // The leader is the one that has most to lose.
  auto victim = fault_chance_.pick(awake);
  const auto leader = database_.look(0).leader;
  if (fault_chance_.one_in(3) && std::find(awake.begin(), awake.end(), leader) != awake.end())
    victim = leader;
  const auto other = fault_chance_.pick(processes());
  const auto how_long = fault_chance_.between(100, fault_chance_.one_in(2) ? 3'000 : 14'000) * millisecond;
  switch (kind) {
  case fault::crash:
    count(kind);
    end(victim);
    return true;
  case fault::freeze:
    count(kind);
    freeze(victim, how_long);
    return true;
  case fault::link_break:
  case fault::partition:
    if (victim == other)
      return false;
    count(kind);
    kind == fault::partition ? network_.part(victim, other) : network_.drop(victim, other);
    if (kind == fault::partition)
      plan(now() + how_long, 0, [this] { network_.heal_all(); });
    return true;
  case fault::database_cut:
    count(kind);
    processes_.at(victim).cut_off_until =
        now() + fault_chance_.between(1, 14) * second; // often past the lease
    return true;
  case fault::database_away:
    count(kind);
    database_away_until_ = now() + fault_chance_.between(50, 4'000) * millisecond;
    database_.terminate_all();
    return true;
  case fault::early_death:
    return awake.size() > 1 && declare_dead_too_early(victim);
  case fault::move:
    return wish_for_a_shard(victim);
  case fault::drain: {
    // One that has left the tables, but is not gone yet, cannot take what the victim gives up.
    const auto staying =
        std::count_if(awake.begin(), awake.end(), [this](auto each) { return !find(each)->is_leaving(); });
    return staying > settings_.fronts + 1 && fault_chance_.one_in(3) && drain(victim);
  }
  default:
    return false; // these strike on their own
  }
}

bool world::declare_dead_too_early(cluster::node_number victim) {
  if (!database_.is_member(victim))
    return false;
  count(fault::early_death);
  trace([&] { return "node " + std::to_string(victim) + " is declared dead though it lives"; });
  database_.bury(victim);
  watch_.old_reads_until(now() + settings_.member.lease.count() * millisecond + second);
  return true;
}

bool world::wish_for_a_shard(cluster::node_number victim) {
  const auto view = database_.look(0);
  const auto* who = view.find(victim);
  if (who == nullptr || who->hosting == cluster::shard_hosting::none ||
      who->wish == cluster::node_wish::drain)
    return false;
  count(fault::move);
  const auto shard = static_cast<cluster::shard_id>(fault_chance_.between(0, settings_.shards - 1));
  database_.want(victim, {{shard, victim}});
  return true;
}

bool world::drain(cluster::node_number victim) {
  for (const auto& each : database_.look(0).members)
    if (each.wish == cluster::node_wish::drain)
      return false; // one at a time
  if (!database_.is_member(victim))
    return false;
  count(fault::drain);
  database_.drain(victim);
  find(victim)->leave_when_drained();
  return true;
}

void world::freeze(cluster::node_number number, sim_time how_long) {
  processes_.at(number).frozen = true;
  trace([&] { return "node " + std::to_string(number) + " freezes"; });
  const auto link_timeout = 2 * second;
  if (how_long > link_timeout)
    plan(now() + link_timeout, 0, [this, number] {
      if (is_frozen(number))
        network_.drop_all_of(number);
    });
  plan(now() + how_long, 0, [this, number] { thaw(number); });
}

void world::thaw(cluster::node_number number) {
  const auto found = processes_.find(number);
  if (found == processes_.end() || !found->second.frozen)
    return;
  trace([&] { return "node " + std::to_string(number) + " thaws"; });
  found->second.frozen = false;
  auto backlog = std::exchange(found->second.backlog, {});
  // Threads wake in any order: timers before what has come meanwhile, or after it.
  const auto timers_wake = fault_chance_.one_in(2) ? fault_chance_.between(0, 30) * millisecond : 0;
  for (auto& each : backlog)
    scheduler_.plan(now() + (each.cause == happening::by::timer ? timers_wake : 0), each.owner,
                    std::move(each.what), each.cause);
}

void world::heal() {
  trace([] { return std::string{"from now on nothing goes wrong"}; });
  network_.heal_all();
  database_away_until_ = 0;
  for (auto& [number, state] : processes_)
    state.cut_off_until = 0;
  for (const auto number : processes())
    thaw(number);
}

// ---- the run

run_result world::run() {
  starting_ = settings_.nodes + settings_.fronts;
  for (int i = 0; i < starting_; ++i) {
    const auto hosting = i < settings_.nodes ? cluster::shard_hosting::hosts : cluster::shard_hosting::none;
    plan(gentle_ ? 0 : chance_.between(0, 1'500) * millisecond, 0, [this, hosting] { start_node(hosting); });
  }
  for (int user = 0; user <= settings_.users; ++user)
    clients_.push_back(std::make_unique<client>(*this, user + 1));
  const auto open = gentle_ ? 5 * second : second;
  plan(open, 0, [this] {
    clients_.front()->organise([this] {
      for (std::size_t i = 1; i < clients_.size(); ++i)
        clients_[i]->shop();
      onlooker_ = std::make_unique<client>(*this, settings_.users + 2);
      onlooker_->look_on();
    });
  });
  plan(gentle_ ? 6 * second : 2 * second, 0, [this] { disturb(); });

  const auto limit = settings_.faults_until + settle_patience;
  auto next_look = gentle_ ? 10 * second : settings_.faults_until;
  std::string not_yet;
  while (!watch_.failed()) {
    carry_out(scheduler_.take());
    if (now() < next_look)
      continue;
    next_look = now() + look_every;
    if (gentle_ || now() > settings_.faults_until + recovery_max)
      watch_.deadlines_are_met();
    if (calm() && everything_settled(not_yet))
      break;
    if (now() > limit)
      watch_.violated("everything owed gets settled", not_yet);
  }
  if (!watch_.failed())
    watch_.look_through_journal();
  if (!watch_.failed())
    compare_living();
  figures_.runs = 1;
  figures_.simulated_ms = static_cast<std::uint64_t>(now() / millisecond);
  return result();
}

run_result world::broken_off(const std::string& invariant, const std::string& what) {
  watch_.violated(invariant, what);
  return result();
}

run_result world::result() const {
  run_result result{figures_, watch_.invariant(), watch_.what(), {}, faults_};
  for (const auto& line : trace_)
    result.trace += line + "\n";
  return result;
}

bool world::everything_settled(std::string& not_yet) {
  for (const auto& each : clients_)
    if (!each->finished()) {
      not_yet = "a client still waits: " + each->waits_for();
      return false;
    }
  const auto view = database_.look(0);
  std::map<cluster::node_number, int> owned;
  for (const auto& each : view.members)
    if (each.hosting == cluster::shard_hosting::hosts)
      owned[each.number] = 0;
  for (const auto& each : view.shards) {
    if (find(each.owner) == nullptr || view.find(each.owner) == nullptr || each.wanted != 0) {
      not_yet = "a shard has no living owner, or is on the move";
      return false;
    }
    ++owned[each.owner];
  }
  const auto [least, most] = std::minmax_element(
      owned.begin(), owned.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (starting_ > 0 || most->second - least->second > 1) {
    not_yet = "the shards are not balanced";
    return false;
  }
  not_yet.clear();
  for (const auto& [entity, history] : database_.journal()) {
    if (entity.kind == domain::entity_kind::seat_map)
      check_history<domain::seat_map>(entity, history, not_yet);
    else if (entity.kind == domain::entity_kind::queue)
      check_history<domain::queue>(entity, history, not_yet);
    if (!not_yet.empty())
      return false;
  }
  return true;
}

template <class Machine>
void world::check_history(domain::entity_ref entity, const database::history& history, std::string& not_yet) {
  const auto name = std::string{domain::name_of(entity.kind)} + "/" + std::to_string(entity.id);
  persistence::replay<Machine> replay{entity.id};
  if (const auto corrupt = replay.feed(history.rows)) {
    watch_.violated("history replays", name + ": " + corrupt->what);
    return;
  }
  const auto& machine = replay.machine();
  if constexpr (requires { machine.effects(); })
    if (!machine.effects().empty())
      not_yet = name + " is owed an answer since version " + std::to_string(machine.effects().begin()->first);
  if constexpr (requires { machine.waiting(); }) {
    if (machine.waiting() > 0 && !machine.sold_out())
      not_yet = name + ": somebody waits to be let in";
    if (machine.waiting() + machine.active() > 0 && not_yet.empty())
      not_yet = machine.sold_out() && machine.active() == 0 ? "" : name + ": somebody is still in";
  } else if (const auto next = machine.next_deadline()) {
    not_yet = name + (*next < database_time() ? ": a lapsed hold is not free" : ": somebody holds seats");
  }
}

void world::compare_living() {
  const auto view = database_.look(0);
  for (const auto& [number, process] : processes_)
    for (const auto& [entity, living] : process.runs->states()) {
      const auto shard = cluster::shard_of(entity, settings_.shards);
      if (view.shards[static_cast<std::size_t>(shard)].owner != number || living.version != living.durable)
        continue; // one who does not know yet that it is no owner any more, or is about to write
      const auto* history = database_.find(entity);
      const auto rows = history == nullptr ? std::vector<persistence::stored_event>{} : history->rows;
      const auto replayed = [&]<class Machine>(std::type_identity<Machine>) {
        persistence::replay<Machine> replay{entity.id};
        static_cast<void>(replay.feed(rows));
        return persistence::encode_snapshot(replay.machine().snapshot()).data;
      };
      const auto text =
          entity.kind == domain::entity_kind::seat_map ? replayed(std::type_identity<domain::seat_map>{})
          : entity.kind == domain::entity_kind::queue  ? replayed(std::type_identity<domain::queue>{})
                                                       : replayed(std::type_identity<domain::account>{});
      if (text != living.snapshot)
        watch_.violated("replay is the same state, byte for byte", std::string{domain::name_of(entity.kind)} +
                                                                       "/" + std::to_string(entity.id) +
                                                                       "\n" + text + "\n" + living.snapshot);
    }
}

void world::write_trace(std::string line) {
  char when[32];
  std::snprintf(when, sizeof when, "%9.3f ms  ", static_cast<double>(now()) / 1000.0);
  trace_.push_back(when + std::move(line));
  if (trace_.size() > plan_.trace_lines)
    trace_.pop_front();
}

} // namespace frontrow::simulation
