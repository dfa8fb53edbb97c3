#include "tests/simulation/node.hpp"

#include "actors/effect_answer.hpp"

namespace frontrow::simulation {

namespace {
constexpr sim_time look_through_every = 50 * millisecond;
constexpr sim_time ask_again_after = 200 * millisecond;
/// Longer than a round of an I/O thread takes, so that some come together.
constexpr sim_time join_round_max = 200 * millisecond;
constexpr std::size_t lanes = 2;
constexpr std::size_t readers = 2;

/// For the deliberate fault: the same command, not to be recognised.
template <class Command>
void forget_id(caf::message& payload, wish_number fresh) {
  if (!payload.match_elements<Command>())
    return;
  auto command = payload.get_as<Command>(0);
  command.command = {~std::uint64_t{0}, fresh};
  payload = caf::make_message(std::move(command));
}
} // namespace

node::node(world& around, cluster::node_number self)
    : world_(around), self_(self), map_(around.settings().shards),
      handlers_(static_cast<std::size_t>(around.settings().shards)), steps_(self, around.settings().member) {
  map_.join(self);
  for (std::uint16_t number = 1; number <= 2; ++number)
    routers_.push_back(std::make_unique<cluster::router>(around.settings().requests, *this, held_, number));
  for (std::size_t i = 0; i < lanes; ++i)
    lanes_.push_back(std::make_unique<lane>());
  for (std::size_t i = 0; i < readers; ++i)
    readers_.push_back(std::make_unique<connection>());
}

node::~node() = default;

void node::start() {
  for (auto& each : lanes_)
    each->thread = write(*each);
  membership_ = keep_membership();
}

bool node::believes_in(cluster::node_number peer) const {
  return view_.members.empty() || view_.find(peer) != nullptr || world_.tables_know(peer);
}

void node::post(channel& way, std::function<void()> what) {
  const auto delay =
      world_.chance().one_in(12) ? world_.chance().between(200, 4'000) : world_.chance().between(1, 60);
  way.last = std::max(way.last, world_.now() + delay);
  world_.plan(way.last, self_, std::move(what));
}

void node::later(sim_time wait, std::function<void()> what) {
  world_.plan(world_.now() + wait, self_, std::move(what), happening::by::timer);
}

bool node::trusted() const {
  return world_.has(flaw::lease_not_checked) || map_.trusted(world_.steady());
}

// ---- requests

namespace {
void complete_all(cluster::router::finished_list over) {
  for (auto& each : over)
    each.complete();
}
} // namespace

void node::plan_tick() {
  if (std::exchange(ticking_, true))
    return;
  later(look_through_every, [this] {
    ticking_ = false;
    std::size_t under_way = 0;
    for (auto& each : routers_) {
      complete_all(each->tick(world_.steady()));
      under_way += each->under_way();
    }
    if (under_way > 0)
      plan_tick();
  });
}

/// Gives each of a company its own answer.
class node::company_waits final : public cluster::pending_answer {
public:
  explicit company_waits(std::vector<std::unique_ptr<cluster::pending_answer>> all) : all_(std::move(all)) {}
  void complete(const caf::message& answer) override {
    const auto* told =
        answer.match_elements<domain::joined_together>() ? &answer.get_as<domain::joined_together>(0) : nullptr;
    for (std::size_t nth = 0; nth < all_.size(); ++nth)
      all_[nth]->complete(told == nullptr ? answer
                                          : std::visit([](const auto& own) { return caf::make_message(own); },
                                                       told->answers.at(nth)));
  }

private:
  std::vector<std::unique_ptr<cluster::pending_answer>> all_;
};

void node::ask(cluster::envelope letter, std::unique_ptr<cluster::pending_answer> waiting) {
  if (letter.payload.match_elements<domain::join_queue>())
    return join_soon(std::move(letter), std::move(waiting));
  if (letter.payload.match_elements<domain::read_place>() && trusted())
    if (const auto board = boards_.of(letter.to.id))
      if (const auto told = board->read(letter.payload.get_as<domain::read_place>(0), database_time()))
        return waiting->complete(caf::make_message(*told));
  send(std::move(letter), std::move(waiting));
}

void node::join_soon(cluster::envelope letter, std::unique_ptr<cluster::pending_answer> waiting) {
  auto& mine = joining_[letter.to];
  mine.all.all.push_back(letter.payload.get_as<domain::join_queue>(0));
  mine.waiting.push_back(std::move(waiting));
  if (mine.waiting.size() > 1)
    return; // the first one's letter is planned
  later(world_.chance().between(0, join_round_max), [this, letter, begun = world_.now()] {
    auto gone = std::move(joining_.extract(letter.to).mapped());
    // Frozen meanwhile: they have given up, as those whose requests such a front had not looked at yet.
    if (world_.now() - begun > 2 * join_round_max)
      return company_waits{std::move(gone.waiting)}.complete({});
    auto together = letter;
    together.payload = caf::make_message(std::move(gone.all));
    send(std::move(together), std::make_unique<company_waits>(std::move(gone.waiting)));
  });
}

void node::send(cluster::envelope letter, std::unique_ptr<cluster::pending_answer> waiting) {
  plan_tick();
  letter.shard = cluster::shard_of(letter.to, world_.settings().shards);
  complete_all(router_of(1).ask(std::move(letter), std::move(waiting), world_.steady()));
}

void node::ask_effect(domain::entity_ref from, domain::event_number effect, domain::entity_ref to,
                      caf::message command, const std::string& trace) {
  plan_tick();
  cluster::envelope letter;
  letter.to = to;
  letter.shard = cluster::shard_of(to, world_.settings().shards);
  letter.trace = trace;
  letter.payload = std::move(command);
  complete_all(router_of(2).ask(
      std::move(letter), std::make_unique<actors::effect_answer<node>>(*this, from, effect, trace), world_.steady()));
}

void node::answered(const cluster::return_address& to, const caf::message& what) {
  if (to.gateway == 0)
    return;
  const auto final_at_once = world_.has(flaw::moved_is_final) && what.match_elements<cluster::moved>();
  complete_all(router_of(to.gateway)
                   .answered(to.correlation, final_at_once ? caf::make_message(actors::unavailable{}) : what,
                             world_.steady()));
}

void node::served(cluster::shard_id shard) {
  for (auto& each : routers_)
    complete_all(each->served(shard, world_.steady()));
}

void node::link_up() {
  for (auto& each : routers_)
    complete_all(each->tick(world_.steady()));
  wake_membership();
}

void node::link_down(cluster::node_number peer) {
  for (auto& each : routers_)
    complete_all(each->link_lost(peer, world_.steady()));
  link_lost_ = true;
  wake_membership();
}

void node::to_shard(std::shared_ptr<shard_host> shard, std::function<void(shard_host&)> what) {
  post(shard->from_node, [shard, what = std::move(what)] { what(*shard); });
}

cluster::sending node::carry(cluster::envelope& letter, cluster::node_number& to) {
  using way = actors::shard_map::way;
  const auto direction = map_.way_of(letter.shard, world_.steady());
  if (direction.way == way::unknown)
    return cluster::sending::held;
  if (letter.epoch != 0 && world_.has(flaw::command_id_dropped)) {
    forget_id<domain::charge>(letter.payload, world_.new_wish());
    forget_id<domain::hold_seats>(letter.payload, world_.new_wish());
    forget_id<domain::hold_best>(letter.payload, world_.new_wish());
  }
  world_.watching().sent(letter.command.low);
  letter.epoch = direction.epoch;
  to = direction.owner;
  if (direction.way == way::over_there) {
    const auto sent = world_.links().send(self_, to, [&around = world_, from = self_, to, letter]() mutable {
      letter.from.node = from;
      around.find(to)->deliver(std::move(letter));
    });
    return sent ? cluster::sending::sent : cluster::sending::held;
  }
  if (direction.way == way::past_lease && !world_.has(flaw::lease_not_checked))
    return cluster::sending::unavailable;
  to_shard(handler_of(letter.shard), [letter](shard_host& shard) { shard.receive(letter); });
  return cluster::sending::sent;
}

void node::deliver(cluster::envelope letter) {
  if (map_.takes(letter.shard, letter.epoch))
    to_shard(handler_of(letter.shard), [letter = std::move(letter)](shard_host& shard) { shard.receive(letter); });
  else
    answer(letter.from, caf::make_message(cluster::moved{letter.shard, map_.epoch_of(letter.shard)}));
}

void node::come_home(domain::entity_ref to, caf::message command, const std::string& trace) {
  cluster::envelope letter;
  letter.to = to;
  letter.shard = cluster::shard_of(to, world_.settings().shards);
  letter.trace = trace;
  letter.payload = std::move(command);
  deliver(std::move(letter));
}

void node::answer(const cluster::return_address& to, const caf::message& what) {
  if (to.node == 0 || to.node == self_)
    return answered(to, what);
  static_cast<void>(world_.links().send(
      self_, to.node, [&around = world_, to, what] { around.find(to.node)->answered(to, what); }));
}

// ---- shards come and go

void node::warm(const std::vector<cluster::shard_id>& shards) {
  for (const auto shard : shards) {
    map_.warm(shard);
    handler_of(shard) = std::make_shared<shard_host>(*this, shard, 0);
  }
  load_those_awake(shards);
}

void node::serve(const std::vector<cluster::owned_shard>& shards) {
  std::vector<cluster::shard_id> numbers;
  for (const auto& each : shards) {
    if (map_.serve(each) == actors::shard_map::handler_to_serve::the_one_ahead)
      to_shard(handler_of(each.shard), [epoch = each.epoch](shard_host& host) { host.begin(epoch); });
    else
      handler_of(each.shard) = std::make_shared<shard_host>(*this, each.shard, each.epoch);
    numbers.push_back(each.shard);
  }
  for (const auto shard : numbers)
    served(shard);
  load_those_awake(numbers);
}

void node::stop_serving(cluster::owned_shard shard) {
  if (map_.stop(shard))
    to_shard(handler_of(shard.shard), [](shard_host& host) { host.stop(actors::hand_over::how::when_durable); });
}

void node::has_stopped(cluster::owned_shard shard) {
  if (map_.stopped(shard))
    handler_of(shard.shard) = nullptr;
  stopped_.push_back(shard);
  wake_membership();
}

void node::drop(cluster::shard_id shard) {
  if (map_.drop(shard))
    to_shard(std::exchange(handler_of(shard), {}),
             [](shard_host& host) { host.stop(actors::hand_over::how::at_once); });
}

void node::place(cluster::shard_id shard, cluster::epoch_number epoch, cluster::node_number owner) {
  if (map_.learn(shard, epoch, owner))
    served(shard);
}

void node::load_those_awake(std::vector<cluster::shard_id> shards) {
  if (shards.empty())
    return;
  auto found = std::make_shared<std::vector<persistence::entity_address>>();
  auto& reader = *readers_[next_reader_++ % readers];
  send_statement(
      reader, [found, shards](database& at, session_number) { *found = at.to_wake(shards); },
      [this, found, shards](bool came) {
        if (!came)
          return later(ask_again_after, [this, shards] { load_those_awake(shards); });
        for (auto& [shard, entities] : actors::to_wake_by_shard(shards, *found))
          if (const auto& handler = handler_of(shard))
            to_shard(handler, [entities](shard_host& host) { host.load(entities); });
      });
}

void node::is_ahead(cluster::shard_id shard) {
  ahead_.push_back(shard);
  wake_membership();
}

std::map<domain::entity_ref, living_state> node::states() const {
  std::map<domain::entity_ref, living_state> result;
  for (cluster::shard_id shard = 0; shard < world_.settings().shards; ++shard)
    if (map_.life_of(shard) == actors::shard_map::life::serving)
      result.merge(handlers_[static_cast<std::size_t>(shard)]->states());
  return result;
}

const living_entity* node::serving(cluster::shard_id shard, domain::entity_ref entity) const {
  return map_.life_of(shard) == actors::shard_map::life::serving
             ? handlers_[static_cast<std::size_t>(shard)]->find(entity)
             : nullptr;
}

} // namespace frontrow::simulation
